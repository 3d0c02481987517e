#include "collector/follow/event_reader.h"

#include <gtest/gtest.h>

#include "tests/support/stream_writer.h"

namespace spoor::collector {
namespace {

TEST(EventReader, FindsTheEventByItsPlace) {
  StreamWriter stream(1);
  stream.frame(2);
  std::vector<v1::Event> events(3);
  for (size_t i = 0; i < 3; ++i) events[i].set_time_ns(static_cast<int64_t>(100 + i));
  const SealedFrame frame = stream.frame(events);
  LogEntry entry;
  entry.number = 7;
  entry.block = frame.block;
  IndexedEvent place;
  place.stream = stream.stream();
  place.epoch = 1;
  place.entry = 7;
  for (uint64_t sequence = 3; sequence <= 5; ++sequence) {
    place.sequence = sequence;
    const auto found = event_in(entry, place);
    ASSERT_TRUE(found.is_ok()) << found.status().message();
    EXPECT_EQ((*found)->time_ns(), static_cast<int64_t>(97 + sequence));
  }
  const auto code_of = [&](auto change) {
    IndexedEvent other = place;
    change(other);
    return event_in(entry, other).code();
  };
  EXPECT_EQ(code_of([](auto& e) { e.sequence = 2; }), Code::not_found);
  EXPECT_EQ(code_of([](auto& e) { e.sequence = 6; }), Code::not_found);
  EXPECT_EQ(code_of([](auto& e) { e.epoch = 2; }), Code::not_found);
  EXPECT_EQ(code_of([](auto& e) { e.stream[3] = 9; }), Code::not_found);
  EXPECT_EQ(code_of([](auto& e) { e.entry = 8; }), Code::not_found);
  entry.block[entry.block.size() - 1] ^= 1;
  EXPECT_EQ(event_in(entry, place).code(), Code::corrupt);
}

TEST(EventReader, WhatIsNoEventIsCorrupt) {
  StreamWriter stream(1);
  LogEntry entry;
  entry.number = 1;
  entry.block = stream.junk_frame().block;
  IndexedEvent place;
  place.stream = stream.stream();
  place.epoch = place.sequence = place.entry = 1;
  EXPECT_EQ(event_in(entry, place).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
