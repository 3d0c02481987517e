// spoor-bench-rows [ROWS [CLASS]]: what it takes to bring recorded events (fleet_events.h) into a
// block of the index, class by class: a line a figure, `NAME VALUE UNIT`.
#include <cstdio>
#include <cstdlib>

#include "collector/blocks/block_writer.h"
#include "collector/follow/decoder.h"
#include "collector/index/event_of_row.h"
#include "collector/index/row_maker.h"
#include "tests/bench/bench_time.h"
#include "tests/bench/block_sizes.h"
#include "tests/bench/fleet_events.h"

namespace spoor::collector {
namespace {

constexpr size_t kFramesAtOnce = 64;  // made before they are timed

class Bench {
 public:
  explicit Bench(EventClass event_class)
      : event_class_(event_class), fleet_(event_class), writer_(event_class) {}

  void run(size_t rows) {
    while (writer_.rows() < rows && !writer_.is_full()) take_frames();
    std::string block;
    seal_s_ = seconds([&] { block = std::move(writer_).seal(); });
    const BlockReader reader = BlockReader::open(as_bytes(block)).value();
    rows_ = static_cast<double>(reader.rows());
    tell("events_per_s", rows_ / (decode_s_ + add_s_ + seal_s_), "events/s");
    tell("decode_ns", 1e9 * decode_s_ / rows_, "ns");
    tell("row_ns", 1e9 * row_s_ / rows_, "ns");
    tell("add_ns", 1e9 * (add_s_ - row_s_) / rows_, "ns");
    tell("seal_ns", 1e9 * seal_s_ / rows_, "ns");
    tell("event_of_row_ns", 1e9 * back_s_ / rows_, "ns");
    tell("rows_made", static_cast<double>(rows_made_), "rows");
    tell("rows", rows_, "rows");
    tell("rows_cut", static_cast<double>(rows_cut_), "rows");
    tell("different_commands", reader.texts(Text::command), "texts");
    tell("different_rests", reader.texts(Text::rest), "texts");
    tell("different_values", reader.texts(Text::values), "texts");
    for (const auto& [what, bytes] : bytes_per_row({reader})) tell(what, bytes, "B");
  }

 private:
  void take_frames();
  void tell(const std::string& what, double value, const char* unit) const {
    std::printf("%s.%s %.9g %s\n", event_class_name(event_class_), what.c_str(), value, unit);
  }

  const EventClass event_class_;
  FleetEvents fleet_;
  Decoder decoder_;
  RowMaker maker_;
  BlockWriter writer_;
  double decode_s_ = 0, row_s_ = 0, add_s_ = 0, seal_s_ = 0, back_s_ = 0, rows_ = 0;
  size_t rows_made_ = 0, rows_cut_ = 0;
};

void Bench::take_frames() {
  std::vector<LogEntry> entries;
  for (size_t i = 0; i < kFramesAtOnce; ++i) entries.push_back(fleet_.frame());
  std::vector<IndexedEvent> events;
  decode_s_ += seconds([&] {
    for (const LogEntry& entry : entries) decoder_.decode(entry, events);
  });
  if (events.size() > kIndexBlockRowsMax - writer_.rows()) {
    events.resize(kIndexBlockRowsMax - writer_.rows());
  }
  uint64_t kinds = 0;
  row_s_ += seconds([&] {
    for (const IndexedEvent& event : events) kinds += maker_.row_of(event, 1)[Number::kind];
  });
  CHECK(kinds >= 100 * events.size());
  add_s_ += seconds([&] {
    for (const IndexedEvent& event : events) {
      if (writer_.is_full()) break;
      writer_.add(maker_.row_of(event, entries.front().number));
    }
  });
  rows_made_ += 2 * events.size();
  for (size_t i = 0; i < events.size(); i += 16) {
    const Row& row = maker_.row_of(events[i], 1);
    ++rows_made_;
    back_s_ += 16 * seconds([&] { rows_cut_ += !event_of(row, event_class_).value().is_whole; });
  }
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) {
  using namespace spoor;
  const size_t rows =
      argc > 1 ? std::strtoul(argv[1], nullptr, 10) : collector::kIndexBlockRowsMax;
  for (const EventClass each : {EventClass::command, EventClass::activity, EventClass::access}) {
    if (argc > 2 && std::string(argv[2]) != event_class_name(each)) continue;
    collector::Bench(each).run(rows);
  }
  return 0;
}
