#include "collector/index/catalogue.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

TEST(Catalogue, NumbersAreInTheirOrder) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  EXPECT_LT(ordered(0), ordered(1));
  EXPECT_LT(ordered(kMax / 2), ordered(kMax / 2 + 1));
  EXPECT_EQ(from_ordered(ordered(kMax)), kMax);
  EXPECT_LT(newest_first(2), newest_first(1));
  EXPECT_LT(newest_first(std::numeric_limits<int64_t>::max()),
            newest_first(std::numeric_limits<int64_t>::min()));
}

class CatalogueTest : public testing::Test {
 protected:
  Catalogue open() { return Catalogue::open(folder_ / "index.db", LogName()).value(); }
  static Seal seal(uint64_t entry) {
    Seal out;
    out.position = {entry};
    out.events_total = 10 * entry;
    SealedBlock block;
    block.number = entry;
    block.event_class = EventClass::input;
    block.rows = 7;
    out.blocks = {block};
    return out;
  }
  TempFolder folder_;
};

TEST_F(CatalogueTest, WhatWasSealedIsKnown) {
  EventMaker make;
  {
    Catalogue catalogue = open();
    EXPECT_EQ(catalogue.known()->position, Position{0});
    Seal first = seal(5), second = seal(9);
    for (uint64_t i = 0; i < 3; ++i)
      first.history.push_back({HistoryKind::own, i, "web1", make.index(make.event(0))});
    second.left_out = {{HistoryKind::own, 1}, {HistoryKind::failed_logins, 0}};
    second.history = {{HistoryKind::failed_logins, 3, "db1", make.index(make.event(0))}};
    first.marks = {{sample_uid(1), 1, 2, 3}};
    second.marks = {{sample_uid(1), 4, 5, 6}};
    ASSERT_TRUE(catalogue.write(1, first, [] {}).is_ok());
    ASSERT_TRUE(catalogue.write(2, second, [] {}).is_ok());
    ASSERT_TRUE(catalogue.tidy_up().is_ok());
  }
  const Catalogue::Known known = open().known().value();
  EXPECT_EQ(known.position, Position{9});
  EXPECT_EQ(known.seals, 2u);
  EXPECT_EQ(known.events_total, 90u);
  ASSERT_EQ(known.blocks.size(), 2u);
  EXPECT_EQ(known.blocks[1].number, 9u);
  EXPECT_EQ(known.blocks[1].event_class, EventClass::input);
  EXPECT_EQ(known.blocks[1].rows, 7u);
  ASSERT_EQ(known.history.size(), 3u);
  EXPECT_EQ(known.history[1].number, 2u);
  EXPECT_EQ(known.history[1].event.sequence, 3u);
  EXPECT_EQ(known.history[2].kind, HistoryKind::failed_logins);
  EXPECT_EQ(known.history[2].whose, "db1");
  EXPECT_EQ(known.marks, (std::vector<StreamMark>{{sample_uid(1), 4, 5, 6}}));
}

TEST_F(CatalogueTest, ASealIsThereWhollyOrNotAtAll) {
  Catalogue catalogue = open();
  Seal first = seal(5);
  ASSERT_TRUE(catalogue.write(1, first, [] {}).is_ok());
  first.position = {6};  // its block is there by now
  bool was_asked = false;
  EXPECT_EQ(catalogue.write(2, first, [&] { was_asked = true; }).code(), Code::invalid);
  EXPECT_FALSE(was_asked);
  EXPECT_EQ(catalogue.known()->position, Position{5});
}

TEST_F(CatalogueTest, ASessionBeganWithTheEarliestOfItsParts) {
  EventMaker make;
  Catalogue catalogue = open();
  const SessionKey key{"web1", sample_uid(3)};
  EXPECT_EQ(catalogue.first_ns_of(key).value(), std::nullopt);
  const std::set<uint32_t> none;
  uint64_t seal_number = 0;
  for (const int64_t first_ns : {kBase + 5, kBase, kBase + 9}) {
    v1::Event event = make.event(3);
    event.set_time_ns(first_ns);
    SessionPart part;
    part.add(make.index(event));
    Seal next = seal(++seal_number);
    next.parts = {{key, &part, {}, &none, catalogue.first_ns_of(key).value()}};
    ASSERT_TRUE(catalogue.write(seal_number, next, [] {}).is_ok());
  }
  EXPECT_EQ(catalogue.first_ns_of(key).value(), kBase);
  EXPECT_EQ(catalogue.first_ns_of({"web2", sample_uid(3)}).value(), std::nullopt);
}

}  // namespace
}  // namespace spoor::collector
