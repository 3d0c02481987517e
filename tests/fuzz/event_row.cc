// An event of any fields, as protobuf writes it or in any other form, becomes a row and itself
// again, and what protobuf refuses has no row; and a row of which a few columns have been changed,
// as a disk would that lies, is an event or refused.
//
// An input is the size of an event (2 bytes), the event, and changes of 12 bytes each: a column,
// what is done with it, where, and the value.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "collector/index/event_of_row.h"
#include "collector/index/row_maker.h"
#include "tests/support/left_to_log.h"

namespace spoor::collector {
namespace {

constexpr size_t kChangeSize = 12;

void expect(bool good) {
  if (!good) std::abort();
}

FrameEvent framed(std::string_view wire) {
  FrameEvent out;
  out.agent = "web1";
  out.stream.fill(7);
  out.epoch = 3;
  out.sequence = 9;
  out.entry = 1;
  out.wire = wire;
  return out;
}

// What was read is an event, whose row can be made, too.
void read(const Row& row) {
  const Result<RowEvent> told = event_of(row, EventClass::command);
  expect(told.is_ok() || told.status().code() == Code::corrupt);
  if (!told.is_ok()) return;
  RowMaker maker;
  const std::string wire = bytes_of(*told->event.event);
  const FrameEvent event = framed(wire);
  expect(event_of(*maker.row_of(event), EventClass::command).is_ok());
}

void change(Row& row, ByteView how, std::string& room) {
  const uint64_t value = load_le<uint64_t>(how.data() + 4);
  if (how[0] < kFirstText) {
    row.numbers[how[0] % kNumbers] = value;
    return;
  }
  TextValue& text = row.texts[(how[0] - kFirstText) % kTexts];
  const size_t at = load_le<uint16_t>(how.data() + 2) % (text.text.size() + 1);
  room = text.text;
  switch (how[1] % 4) {
    case 0: room.resize(at); break;
    case 1: room.insert(at, how[1] / 4 % 9, static_cast<char>(value)); break;
    case 2: room.replace(at, 1, 1, static_cast<char>(value)); break;
    default: text.cuts = as_text(how.subspan(4, how[1] / 4 % 9)); break;
  }
  text.text = room;
}

void take(ByteView input) {
  if (input.size() < 2) return;
  const size_t size = std::min<size_t>(load_le<uint16_t>(input.data()), input.size() - 2);
  const FrameEvent as_it_came = framed(as_text(input.subspan(2, size)));
  RowMaker maker;
  const Row* const made = maker.row_of(as_it_came);
  v1::Event event;
  const bool is_event = event.ParseFromArray(as_it_came.wire.data(), static_cast<int>(size));
  expect((made != nullptr) == is_event);
  if (!is_event) return;
  const std::string canonical = bytes_of(event);
  const FrameEvent as_written = framed(canonical);
  RowMaker other;
  Row row = *other.row_of(as_written);
  expect(row.numbers == made->numbers && row.texts == made->texts);
  const Result<RowEvent> told = event_of(row, EventClass::command);
  expect(told.is_ok());
  expect(!told->is_whole || bytes_of(*told->event.event) == bytes_of(without_addresses(event)));
  input = input.subspan(2 + size);
  std::array<std::string, 8> rooms;
  for (std::string& room : rooms) {
    if (input.size() < kChangeSize) break;
    change(row, input.first(kChangeSize), room);
    read(row);
    input = input.subspan(kChangeSize);
  }
}

}  // namespace
}  // namespace spoor::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spoor::collector::take({data, size});
  return 0;
}
