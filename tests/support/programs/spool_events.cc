// Prints what a spool holds: spoor-test-spool FOLDER, one JSON object a line, stream by stream:
//   {"class":"access","epoch":1,"sequence":3,"event":{…},"text":{…}}
// with `event` and `text` as protobuf's JSON. A tombstone is a line with "kind":"tombstone" and the
// "events" that it stands for, and a "cause" by number (common/frame/format.h). Fails where a frame
// does not prove or does not continue its stream.
#include <google/protobuf/util/json_util.h>

#include <cstdio>

#include "agent/uplink/spool_reader.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor {
namespace {

template <typename Message>
Result<std::string> json_of(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return corrupt("an entry that is no message");
  }
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto written = google::protobuf::util::MessageToJsonString(message, &json, options);
  return written.ok() ? Result<std::string>(json) : internal(written.ToString());
}

Status print_frame(const Frame& frame) {
  const FrameHeader& header = frame.head.header;
  const char* name = event_class_name(header.event_class);
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  if (header.kind != FrameKind::data) {
    std::printf("{\"class\":\"%s\",\"epoch\":%llu,\"sequence\":%llu,\"last\":%llu,", name,
                number(header.epoch), number(header.first_sequence), number(header.last_sequence));
    if (header.kind == FrameKind::tombstone) {
      ASSIGN_OR_RETURN(const Tombstone stone, decode_tombstone(*frame.entries[0].fields));
      std::printf("\"kind\":\"tombstone\",\"events\":%llu,\"cause\":%d}\n",
                  number(stone.events), static_cast<int>(stone.cause));
    } else {
      std::printf("\"kind\":\"checkpoint\"}\n");
    }
    return ok();
  }
  uint64_t sequence = header.first_sequence;
  for (const FrameEntry& entry : frame.entries) {
    ASSIGN_OR_RETURN(const std::string event, json_of<v1::Event>(entry.fields.value_or("")));
    ASSIGN_OR_RETURN(const std::string text, json_of<v1::EventText>(entry.text.value_or("")));
    std::printf("{\"class\":\"%s\",\"epoch\":%llu,\"sequence\":%llu,\"event\":%s,\"text\":%s}\n",
                name, number(header.epoch), number(sequence++), event.c_str(), text.c_str());
  }
  return ok();
}

Status print_stream(uplink::SpoolReader& spool, EventClass event_class) {
  Expected expected;
  while (true) {
    ASSIGN_OR_RETURN(const auto frame, spool.next(event_class));
    if (!frame) return ok();
    ASSIGN_OR_RETURN(const OpenBlock block, OpenBlock::open(as_bytes(frame->block)));
    for (const Frame& one : block.frames()) {
      RETURN_IF_ERROR(check_continues(one.head, expected));
      RETURN_IF_ERROR(print_frame(one));
      expected = {one.head.header.epoch, one.head.header.last_sequence + 1, one.head.chain};
      if (one.head.header.kind != FrameKind::tombstone) continue;
      ASSIGN_OR_RETURN(const Tombstone stone, decode_tombstone(*one.entries[0].fields));
      expected.chain = stone.end_chain;
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
