// Prints what lies in an agent's spool, for tests that compare it with what the kernel was asked to
// tell: spoor-test-spool FOLDER
//
// A line an event: {"class":2,"sequence":7,"types":[1300,1309,…],"event":{…}}, `types` being those
// of its verbatim records, `event` with the names of event.proto. A line a tombstone:
// {"class":2,"tombstone":{"first":8,"last":90,"events":83,"cause":6}}.
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/frame/segment.h"
#include "spoor/v1/event.pb.h"

namespace spoor {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "spoor-test-spool: %s\n", what.c_str());
  std::exit(1);
}

void print_tombstone(const Frame& frame) {
  const FrameHeader& h = frame.head.header;
  const auto tombstone = decode_tombstone(frame.entries.at(0).fields.value());
  if (!tombstone.is_ok()) give_up(tombstone.status().message());
  std::printf("{\"class\":%d,\"tombstone\":{\"first\":%llu,\"last\":%llu,\"events\":%llu,"
              "\"cause\":%d}}\n",
              static_cast<int>(h.event_class), static_cast<unsigned long long>(h.first_sequence),
              static_cast<unsigned long long>(h.last_sequence),
              static_cast<unsigned long long>(tombstone->events),
              static_cast<int>(tombstone->cause));
}

void print_event(const Frame& frame, size_t i) {
  const FrameEntry& entry = frame.entries[i];
  v1::Event event;
  v1::EventText text;
  if (!event.ParseFromArray(entry.fields->data(), static_cast<int>(entry.fields->size())) ||
      !text.ParseFromArray(entry.text->data(), static_cast<int>(entry.text->size()))) {
    give_up("an event that does not parse");
  }
  std::string json, types;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(event, &json, options).ok()) {
    give_up("an event that is no JSON");
  }
  for (const auto& record : text.records()) {
    types += (types.empty() ? "" : ",") + std::to_string(record.type());
  }
  std::printf("{\"class\":%d,\"sequence\":%llu,\"types\":[%s],\"event\":%s}\n",
              static_cast<int>(frame.head.header.event_class),
              static_cast<unsigned long long>(frame.head.header.first_sequence + i), types.c_str(),
              json.c_str());
}

void print_segment(const std::string& path) {
  PosixFiles files;
  const auto file = files.open_read(path);
  if (!file.is_ok()) give_up(file.status().message());
  SegmentScanner scanner(**file);
  while (scanner.next() == SegmentScanner::State::block) {
    const auto block = OpenBlock::open(as_bytes(scanner.block()));
    if (!block.is_ok()) give_up(path + ": " + block.status().message());
    for (const Frame& frame : block->frames()) {
      if (frame.head.header.kind == FrameKind::tombstone) print_tombstone(frame);
      if (frame.head.header.kind != FrameKind::data) continue;
      for (size_t i = 0; i < frame.entries.size(); ++i) print_event(frame, i);
    }
  }
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) {
  if (argc != 2) spoor::give_up("usage: spoor-test-spool FOLDER");
  std::vector<std::string> segments;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (entry.path().extension() == ".seg") segments.push_back(entry.path());
  }
  std::sort(segments.begin(), segments.end());
  for (const std::string& path : segments) spoor::print_segment(path);
  return 0;
}
