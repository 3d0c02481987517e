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

class Bench {
 public:
  explicit Bench(EventClass event_class) : event_class_(event_class) {}

  void run(size_t rows);

 private:
  // Every event of the frames, once; `use` returns its order.
  template <typename Use>
  double ns_each(const Use& use);
  void tell_block(std::string_view block) const;
  void tell(const std::string& what, double value, const char* unit) const {
    std::printf("%s.%s %.9g %s\n", event_class_name(event_class_), what.c_str(), value, unit);
  }

  const EventClass event_class_;
  std::vector<LogEntry> frames_;
  size_t events_ = 0;
};

template <typename Use>
double Bench::ns_each(const Use& use) {
  Decoder decoder;
  const Decoder::Take take = [&](const FrameEvent& event) { return use(event); };
  const double s = seconds([&] {
    for (const LogEntry& frame : frames_) decoder.decode(frame, take);
  });
  return 1e9 * s / static_cast<double>(events_);
}

// Each stage is timed as what it takes beyond the one before: what frames say, the rows of it, the
// rows brought into a block, the block sealed. A writer makes many blocks, so the first is not
// timed: its memory is new.
void Bench::run(size_t rows) {
  FleetEvents fleet(event_class_);
  while (events_ < rows) {
    frames_.push_back(fleet.frame());
    events_ += read_block_outside(as_bytes(frames_.back().block)).value().frames[0].header.entries;
  }
  RowMaker maker;
  BlockWriter writer(event_class_);
  std::string block;
  const auto add = [&](const FrameEvent& event) {
    const Row& row = *maker.row_of(event);
    if (!writer.is_full()) writer.add(row);
    return row[Number::order];
  };
  ns_each(add);
  block = writer.seal();
  writer.clear();
  const double decode_ns = ns_each([](const FrameEvent& event) { return event.wire.size(); });
  const double row_ns = ns_each([&](const FrameEvent& event) {
    return (*maker.row_of(event))[Number::order];
  });
  const double add_ns = ns_each(add);
  const double seal_ns = 1e9 / static_cast<double>(writer.rows()) *
                         seconds([&] { block = writer.seal(); });
  size_t cut = 0;
  const double back_ns = ns_each([&](const FrameEvent& event) {
    const Row& row = *maker.row_of(event);
    cut += !event_of(row, event_class_).value().is_whole;
    return row[Number::order];
  });
  tell("events_per_s", 1e9 / (add_ns + seal_ns), "events/s");
  tell("decode_ns", decode_ns, "ns");
  tell("row_ns", row_ns - decode_ns, "ns");
  tell("add_ns", add_ns - row_ns, "ns");
  tell("seal_ns", seal_ns, "ns");
  tell("event_of_row_ns", back_ns - row_ns, "ns");
  tell("rows_made", 4.0 * static_cast<double>(events_), "rows");
  tell("rows_cut", static_cast<double>(cut), "rows");
  tell_block(block);
}

void Bench::tell_block(std::string_view block) const {
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  tell("rows", static_cast<double>(reader.rows()), "rows");
  tell("different_commands", reader.texts(Text::command), "texts");
  tell("different_rests", reader.texts(Text::rest), "texts");
  tell("different_values", reader.texts(Text::values), "texts");
  for (const auto& [what, bytes] : bytes_per_row({reader})) tell(what, bytes, "B");
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
