#include "collector/receive/journal.h"

#include <gmock/gmock.h>

#include "collector/follow/decoder.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

v1::Event state(v1::CollectorState::Change change) {
  v1::Event event;
  event.mutable_collector_state()->set_change(change);
  return event;
}

class JournalTest : public testing::Test {
 protected:
  // Seals and writes what waits.
  void write(Journal& journal) {
    while (auto entry = journal.seal()) {
      entries_.push_back(std::move(*entry));
      journal.written();
    }
  }
  // What a follower reads of the stream: no event twice, no hole.
  std::vector<IndexedEvent> followed() const {
    Decoder decoder;
    std::vector<IndexedEvent> out;
    for (const NewEntry& e : entries_)
      decoder.decode({1, e.agent, e.received_ns, e.head, e.block}, out);
    return out;
  }

  FakeClock clock_;
  const Id log_ = Id{5};
  std::vector<NewEntry> entries_;
};

TEST_F(JournalTest, IsAStreamLikeAnyOther) {
  Journal journal(log_, nullptr, clock_);
  EXPECT_TRUE(journal.is_empty());
  EXPECT_FALSE(journal.seal());
  journal.add(state(v1::CollectorState::CHANGE_STARTED));
  journal.add(state(v1::CollectorState::CHANGE_DISK_FULL));
  write(journal);
  journal.add(state(v1::CollectorState::CHANGE_STOPPED));
  write(journal);
  const StreamHead end = entries_.back().head;
  Journal next(log_, &end, clock_);  // the next run
  next.add(state(v1::CollectorState::CHANGE_STARTED));
  write(next);
  const std::vector<IndexedEvent> events = followed();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].agent, kOwnAgent);
  EXPECT_EQ(events[0].stream, Journal::stream_of(log_));
  EXPECT_EQ(events[1].event->order(), 2u);
  EXPECT_EQ(events[1].event->time_ns(), clock_.now().realtime_ns);
  EXPECT_EQ(events[1].event->origin().writer(), v1::Origin::WRITER_COLLECTOR);
  EXPECT_EQ(events[2].event->collector_state().change(), v1::CollectorState::CHANGE_STOPPED);
  EXPECT_EQ(events[3].epoch, 2u);
  EXPECT_EQ(events[3].sequence, 1u);
}

TEST_F(JournalTest, WhatWasNotWrittenIsGivenAgain) {
  Journal journal(log_, nullptr, clock_);
  journal.add(state(v1::CollectorState::CHANGE_STARTED));
  EXPECT_TRUE(journal.seal());
  journal.add(state(v1::CollectorState::CHANGE_IO_ERROR));
  write(journal);
  const std::vector<IndexedEvent> events = followed();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].sequence, 1u);
  EXPECT_EQ(events[1].sequence, 2u);
}

TEST_F(JournalTest, IsBoundedAndSaysWhatItDropped) {
  Journal journal(log_, nullptr, clock_);
  for (size_t i = 0; i < kJournalEventsMax + 7; ++i)
    journal.add(state(v1::CollectorState::CHANGE_IO_ERROR));
  write(journal);
  const std::vector<IndexedEvent> events = followed();
  ASSERT_EQ(events.size(), kJournalEventsMax + 1);
  const v1::CollectorState& last = events.back().event->collector_state();
  EXPECT_EQ(last.change(), v1::CollectorState::CHANGE_EVENTS_DROPPED);
  EXPECT_EQ(last.count(), 7);
}

TEST_F(JournalTest, TellsThatThereIsSomethingToWrite) {
  Journal journal(log_, nullptr, clock_);
  int told = 0;
  journal.on_added([&] { ++told; });
  journal.add(state(v1::CollectorState::CHANGE_STARTED));
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace spoor::collector
