#include "tests/golden/agent/played_events.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "common/files.h"
#include "common/frame/reader.h"
#include "common/sha256.h"

namespace spoor::agent {
namespace {

constexpr size_t kShownBytesMax = 200;

Host fixed_host() {
  Host host;
  host.name = "web1";
  host.machine_id.fill(0x11);
  host.boot_id.fill(0x22);
  host.kernel = "6.18";
  return host;
}

class ShortValues : public google::protobuf::TextFormat::FastFieldValuePrinter {
 public:
  void PrintBytes(const std::string& value,
                  google::protobuf::TextFormat::BaseTextGenerator* to) const override {
    if (value.size() <= kShownBytesMax) {
      FastFieldValuePrinter::PrintBytes(value, to);
      return;
    }
    const std::string hash = to_hex(sha256(as_bytes(value))).substr(0, 16);
    to->PrintString("<" + std::to_string(value.size()) + " bytes, sha256 " + hash + "…>");
  }
};

}  // namespace

Played play_as_fixed_host(std::string_view recording) {
  Played played;
  WriterPlace place;
  const auto take = [&](PipelineFrame&& frame) {
    const auto block = OpenBlock::open(as_bytes(frame.frame.block));
    ASSERT_TRUE(block.is_ok()) << block.status().message();
    for (const FrameEntry& entry : block->frames()[0].entries) {
      ASSERT_TRUE(played.events.emplace_back().ParseFromArray(
          entry.fields->data(), static_cast<int>(entry.fields->size())));
      // The collector parses what protobuf would have written otherwise, which costs.
      ASSERT_EQ(played.events.back().SerializeAsString(), *entry.fields);
      ASSERT_TRUE(played.texts.emplace_back().ParseFromArray(
          entry.text->data(), static_cast<int>(entry.text->size())));
    }
  };
  Pipeline pipeline(fixed_host(), place, std::nullopt, take);
  pipeline.set_names(std::make_shared<const Names>(Names{{0, "root"}, {64199, "spoordemo"}}));
  // The tmpfs of one recording and of another, and two disks.
  pipeline.set_devices(std::make_shared<const Devices>(
      Devices{device_number(0, 0x27), device_number(0, 0x2d), device_number(0xfe, 0),
              device_number(0xfe, 1)}));
  played.result = play(recording, pipeline);
  played.undecoded = pipeline.undecoded();
  std::stable_sort(played.events.begin(), played.events.end(),
                   [](const v1::Event& a, const v1::Event& b) { return a.order() < b.order(); });
  return played;
}

std::string line_of(const v1::Event& event) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(false);
  printer.SetDefaultFieldValuePrinter(new ShortValues);  // the printer owns it
  std::string line;
  printer.PrintToString(event, &line);
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

void expect_golden(const std::string& path, const std::string& text) {
  PosixFiles files;
  if (std::getenv("SPOOR_WRITE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(files, path, text).is_ok()) << path;
    return;
  }
  const auto golden = read_file(files, path, 64u << 20);
  ASSERT_TRUE(golden.is_ok()) << golden.status().message();
  // Line by line, since a whole file's difference tells nobody anything.
  std::string_view want = *golden, have = text;
  for (int number = 1; !want.empty() || !have.empty(); ++number) {
    const size_t want_end = std::min(want.find('\n'), want.size());
    const size_t have_end = std::min(have.find('\n'), have.size());
    ASSERT_EQ(want.substr(0, want_end), have.substr(0, have_end)) << path << ":" << number;
    want.remove_prefix(std::min(want_end + 1, want.size()));
    have.remove_prefix(std::min(have_end + 1, have.size()));
  }
}

}  // namespace spoor::agent
