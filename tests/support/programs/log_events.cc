// Prints what a collector's log holds: spoor-test-log FOLDER, lines of JSON (frame_lines.h), class
// by class, each with its entry's "entry" and "stream" and whose it is, "agent". For a log that
// nobody writes. It trusts nothing of the collector's but the form of its segments, and fails where
// - bytes are no entry, or an entry's number does not grow;
// - a frame does not prove, does not continue its stream, or is there twice;
// - an entry does not say where its stream stands behind it.
#include <cstdio>
#include <map>

#include "collector/log/identity.h"
#include "collector/log/sealed_segment.h"
#include "collector/log/segment_name.h"
#include "collector/log/segment_reader.h"
#include "tests/support/programs/frame_lines.h"

namespace spoor::collector {
namespace {

// Of entries that follow one another in a class.
struct Walk {
  uint64_t number = 0;
  std::map<Id, Expected> streams;
};

Status print_entry(const LogEntry& entry, Walk& walk) {
  if (entry.number <= walk.number) return corrupt("an entry's number does not grow");
  walk.number = entry.number;
  const std::string first = "\"entry\":" + std::to_string(entry.number) + ",\"agent\":\"" +
                            entry.agent + "\",\"stream\":\"" + to_hex(entry.head.stream) + "\",";
  Expected& expected = walk.streams[entry.head.stream];
  ASSIGN_OR_RETURN(const OpenBlock block, OpenBlock::open(as_bytes(entry.block)));
  for (const Frame& frame : block.frames()) {
    if (frame.head.header.stream != entry.head.stream) return corrupt("a frame of another stream");
    RETURN_IF_ERROR(advance(frame, expected));
    RETURN_IF_ERROR(print_frame(frame, first));
  }
  const StreamHead& head = entry.head;
  const bool is_there = head.epoch == expected.epoch && head.chain == expected.chain &&
                        head.sequence + 1 == expected.next_sequence;
  return is_there ? ok() : corrupt("it does not say where its stream stands");
}

Status print_segment(std::unique_ptr<File> file, uint32_t salt, Walk& walk) {
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  SegmentReader reader(std::move(file), salt);
  while (true) {
    ASSIGN_OR_RETURN(const auto found, reader.next(size));
    if (!found) break;
    const EntryHeader& header = found->header;
    LogEntry entry{header.number, header.agent, header.received_ns, header.head, {}};
    RETURN_IF_ERROR(reader.read_block(*found, entry.block));
    RETURN_IF_ERROR(print_entry(entry, walk)
                        .with_context("entry " + std::to_string(header.number)));
  }
  if (reader.offset() == size && reader.skipped() == 0) return ok();
  return corrupt("bytes that are no entry");
}

Status print_sealed(std::unique_ptr<File> file, EventClass event_class, Walk& walk) {
  ASSIGN_OR_RETURN(const SealedSegment sealed, SealedSegment::open(std::move(file), event_class));
  for (size_t g = 0; g < sealed.index().groups.size(); ++g) {
    ASSIGN_OR_RETURN(SealedSegment::Group group, sealed.open_group(g));
    for (size_t i = 0; i < group.table().entries.size(); ++i) {
      ASSIGN_OR_RETURN(const LogEntry entry, sealed.entry(group, i));
      RETURN_IF_ERROR(
          print_entry(entry, walk).with_context("entry " + std::to_string(entry.number)));
    }
  }
  return ok();
}

Status print_log(const std::string& folder) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const std::string identity, read_file(files, folder + "/identity", 4096));
  ASSIGN_OR_RETURN(const StoredIdentity log, parse_identity(identity));
  for (size_t i = 1; i <= kEventClasses; ++i) {
    const auto event_class = static_cast<EventClass>(i);
    const std::string of_class = folder + "/" + event_class_name(event_class);
    ASSIGN_OR_RETURN(const auto names, files.list(of_class));
    Walk walk;
    for (const std::string& name : names) {
      const auto segment = SegmentName::parse(name);
      if (!segment || segment->form == SegmentForm::being_sealed) continue;
      ASSIGN_OR_RETURN(auto file, files.open_read(of_class + "/" + name));
      const Status printed = segment->form == SegmentForm::sealed
                                 ? print_sealed(std::move(file), event_class, walk)
                                 : print_segment(std::move(file), log.salt, walk);
      RETURN_IF_ERROR(printed.with_context(of_class + "/" + name));
    }
  }
  return ok();
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: spoor-test-log FOLDER\n", stderr);
    return 2;
  }
  const spoor::Status status = spoor::collector::print_log(argv[1]);
  if (status.is_ok()) return 0;
  std::fprintf(stderr, "spoor-test-log: %s\n", status.message().c_str());
  return 1;
}
