// Prints what a spool holds: spoor-test-spool FOLDER, lines of JSON (frame_lines.h), stream by
// stream. Fails where a frame does not prove or does not continue its stream.
#include <cstdio>

#include "agent/uplink/spool_reader.h"
#include "tests/support/programs/frame_lines.h"

namespace spoor {
namespace {

Status print_stream(uplink::SpoolReader& spool, EventClass event_class) {
  Expected expected;
  while (true) {
    ASSIGN_OR_RETURN(const auto frame, spool.next(event_class));
    if (!frame) return ok();
    ASSIGN_OR_RETURN(const OpenBlock block, OpenBlock::open(as_bytes(frame->block)));
    for (const Frame& one : block.frames()) {
      RETURN_IF_ERROR(advance(one, expected));
      RETURN_IF_ERROR(print_frame(one, ""));
    }
  }
}

Status print_spool(const std::string& folder) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const auto spool, uplink::SpoolReader::open(files, folder));
  for (size_t i = 1; i <= kEventClasses; ++i) {
    RETURN_IF_ERROR(print_stream(*spool, static_cast<EventClass>(i)));
  }
  return ok();
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: spoor-test-spool FOLDER\n", stderr);
    return 2;
  }
  const spoor::Status status = spoor::print_spool(argv[1]);
  if (status.is_ok()) return 0;
  std::fprintf(stderr, "spoor-test-spool: %s\n", status.message().c_str());
  return 1;
}
