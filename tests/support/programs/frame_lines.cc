#include "tests/support/programs/frame_lines.h"

#include <google/protobuf/util/json_util.h>

#include <cstdio>

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

}  // namespace

Status print_frame(const Frame& frame, const std::string& first_fields) {
  const FrameHeader& header = frame.head.header;
  const char* name = event_class_name(header.event_class);
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  if (header.kind != FrameKind::data) {
    std::printf("{%s\"class\":\"%s\",\"epoch\":%llu,\"sequence\":%llu,\"last\":%llu,",
                first_fields.c_str(), name, number(header.epoch), number(header.first_sequence),
                number(header.last_sequence));
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
    std::printf("{%s\"class\":\"%s\",\"epoch\":%llu,\"sequence\":%llu,\"event\":%s,\"text\":%s}\n",
                first_fields.c_str(), name, number(header.epoch), number(sequence++),
                event.c_str(), text.c_str());
  }
  return ok();
}

Status advance(const Frame& frame, Expected& expected) {
  RETURN_IF_ERROR(check_continues(frame.head, expected));
  const FrameHeader& header = frame.head.header;
  expected = {header.epoch, header.last_sequence + 1, frame.head.chain};
  if (header.kind != FrameKind::tombstone) return ok();
  ASSIGN_OR_RETURN(const Tombstone stone, decode_tombstone(*frame.entries[0].fields));
  expected.chain = stone.end_chain;
  return ok();
}

}  // namespace spoor
