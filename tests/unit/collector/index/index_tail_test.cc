#include "collector/index/index_tail.h"

#include <gtest/gtest.h>

#include "collector/index/event_of_row.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class IndexTailTest : public testing::Test {
 protected:
  void add(const IndexedEvent& event, std::optional<int64_t> sealed_first_ns = {}) {
    for (const IndexTail::Added& added : tail_.add_rows({&event, 1}, mutex_))
      tail_.add(added, sealed_first_ns);
  }
  std::shared_mutex mutex_;
  IndexTail tail_{4};
  EventMaker make_;
};

TEST_F(IndexTailTest, RowsAreTheEventsTheyCameFrom) {
  IndexedEvent typed = make_.index(make_.event(2));
  typed.event_class = EventClass::input;
  typed.entry = 9;
  add(make_.index(make_.event(1)));
  add(typed);
  add(make_.index(make_.event(2)));
  EXPECT_FALSE(tail_.is_full());
  add(make_.index(make_.loss(1, 2)));
  EXPECT_TRUE(tail_.is_full());
  const IndexTail::Session* session = tail_.session({"web1", sample_uid(2)});
  ASSERT_TRUE(session);
  ASSERT_EQ(session->rows.size(), 2u);
  const IndexTail::RowPlace place = session->rows[0];
  const IndexTail::Block& block = *tail_.blocks()[place.block];
  EXPECT_EQ(block.about.event_class, EventClass::input);
  EXPECT_EQ(block.about.last_entry, 9u);
  const auto told = event_of(block.rows.row(place.row), EventClass::input);
  EXPECT_EQ(told->event.event->order(), typed.event->order());
  EXPECT_EQ(told->entry, 9u);
  EXPECT_EQ(tail_.losses("web1").size(), 1u);
  EXPECT_EQ(tail_.boots("web1").size(), 1u);
  EXPECT_TRUE(tail_.boots("web2").empty());
}

// Where they will lie in the sealed block is known before it is.
TEST_F(IndexTailTest, ASealSaysWhereEachSessionLies) {
  EventMaker other("web2");
  for (const uint8_t name : std::vector<uint8_t>{3, 1, 3, 1, 3})
    add(make_.index(make_.event(name)));
  add(other.index(other.event(3)));
  add(make_.index(make_.event(0)));
  const Seal seal = tail_.seal({17});
  ASSERT_EQ(seal.blocks.size(), 1u);
  EXPECT_EQ(seal.blocks[0].number, 17u);
  EXPECT_EQ(seal.blocks[0].rows, 7u);
  std::map<SessionKey, RowRange> rows;
  for (const SealedPart& part : seal.parts) {
    ASSERT_EQ(part.rows.size(), 1u);
    rows[part.key] = part.rows[0];
  }
  EXPECT_EQ((rows[{"web1", sample_uid(3)}].rows), 3u);
  EXPECT_EQ((rows[{"web1", sample_uid(1)}].rows), 2u);
  EXPECT_EQ((rows[{"web2", sample_uid(3)}]), (RowRange{17, 6, 1}));
}

TEST_F(IndexTailTest, OnlyWhatBeganHereHasItsPlaceHere) {
  const int64_t sealed_ns = kBase + kNsPerSecond;
  v1::Event event = make_.event(1);
  event.set_time_ns(sealed_ns + 5);
  add(make_.index(event), sealed_ns);
  add(make_.index(make_.event(2)));
  EXPECT_EQ(tail_.starts({}, 9).size(), 1u);
  event.set_time_ns(sealed_ns - 5);
  add(make_.index(event), sealed_ns);
  event.set_time_ns(sealed_ns - 9);
  add(make_.index(event), sealed_ns);
  const auto starts = tail_.starts({}, 9);
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(tail_.starts(starts[0], 9).size(), 1u);
  EXPECT_EQ(tail_.starts(starts[1], 9).size(), 0u);
  EXPECT_EQ(tail_.session({"web1", sample_uid(1)})->part.row.first_ns, sealed_ns - 9);
}

TEST_F(IndexTailTest, SessionsAreFoundByTheirNames) {
  EventMaker other("web2");
  v1::Event manager = make_.event(2);
  manager.mutable_session_fact()->add_logins_of_user(1);
  add(make_.index(make_.event(1)));
  add(make_.index(manager));
  add(other.index(other.event(1)));
  EXPECT_EQ(tail_.keys_of(sample_uid(1)).size(), 2u);
  EXPECT_EQ(tail_.keys_named("web1", 1).size(), 1u);
  EXPECT_EQ(tail_.keys_named("web1", 3).size(), 0u);
  EXPECT_EQ(tail_.managers_of("web1", 1),
            (std::vector<SessionKey>{{"web1", sample_uid(2)}}));
}

// Few events of many words fill it as well.
TEST_F(IndexTailTest, WhatIsKeptBesideRowsIsBounded) {
  IndexTail tail(1u << 20);
  size_t sessions = 0;
  for (; !tail.is_full() && sessions < 200'000; ++sessions) {
    v1::Event event = make_.event(1);
    Id uid{};
    store_le(uid.data(), sessions);
    event.set_session_uid(std::string(as_text(uid)));
    event.mutable_session_fact()->set_method(std::string(100'000, 'x'));
    const IndexedEvent indexed = make_.index(event);
    for (const IndexTail::Added& added : tail.add_rows({&indexed, 1}, mutex_))
      tail.add(added, std::nullopt);
  }
  EXPECT_GT(sessions, 1'000u);
  EXPECT_LT(sessions, 20'000u);
}

}  // namespace
}  // namespace spoor::collector
