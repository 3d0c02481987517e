#include "collector/index/half_catalogue.h"

#include <gtest/gtest.h>

#include "collector/index/catalogue.h"

namespace spoor::collector {
namespace {

CommandHalf start(uint64_t exec, uint32_t row, bool failed = false) {
  return {"p", exec, false, failed, true, row, 0, 0};
}
CommandHalf end(uint64_t exec, uint32_t row, bool is_known_by_birth = true) {
  return {"p", exec, true, false, is_known_by_birth, row, 4, 0};
}

class HalfCatalogueTest : public testing::Test {
 protected:
  void seal(uint64_t block, std::vector<CommandHalf> halves) {
    ASSERT_TRUE(database_.transaction([&] {
      return write_halves(database_, block, {{block, std::move(halves)}});
    }).is_ok());
  }
  HalvesElsewhere of(uint64_t block) { return read_halves(database_, block).value(); }
  std::vector<int64_t> waiting() {
    std::vector<int64_t> rows;
    EXPECT_TRUE(database_.run("SELECT row FROM waiting ORDER BY is_end", {},
                              [&](const DatabaseRow& row) { rows.push_back(row.integer(0)); })
                    .is_ok());
    return rows;
  }

  Database database_ = Database::open(":memory:", std::span(&kHalfTables, 1)).value();
};

TEST_F(HalfCatalogueTest, AnEndFindsItsStartInAnotherBlock) {
  seal(1, {start(1, 10)});
  EXPECT_EQ(waiting(), std::vector<int64_t>{10});
  const auto other = waiting_for(database_, end(1, 0)).value();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->at, (BlockRow{1, 10}));
  EXPECT_FALSE(waiting_for(database_, end(2, 0)).value());
  seal(3, {end(1, 30)});
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(of(1).ends, (std::vector<EndElsewhere>{{10, 4, 0, {3, 30}}}));
  EXPECT_EQ(of(3).joined_ends, std::vector<uint32_t>{30});
  EXPECT_TRUE(of(1).joined_ends.empty());
}

TEST_F(HalfCatalogueTest, AnEndThatWasSealedFirst) {
  seal(1, {end(1, 10), end(1, 11)});
  EXPECT_EQ(waiting(), std::vector<int64_t>{10});
  seal(2, {start(1, 20)});
  EXPECT_EQ(of(2).ends, (std::vector<EndElsewhere>{{20, 4, 0, {1, 10}}}));
  EXPECT_EQ(of(1).joined_ends, std::vector<uint32_t>{10});
  seal(3, {end(9, 30, false)});  // whose pid will be used again
  EXPECT_TRUE(waiting().empty());
}

TEST_F(HalfCatalogueTest, WhatIsReplacedWaitsNoMore) {
  seal(1, {start(1, 10)});
  seal(2, {start(2, 20)});
  EXPECT_EQ(waiting(), std::vector<int64_t>{20});
  seal(3, {end(3, 30)});  // whose start is lost
  EXPECT_EQ(waiting(), std::vector<int64_t>{30});
  EXPECT_TRUE(of(2).ends.empty());
}

TEST_F(HalfCatalogueTest, AStartThatFailedEndsNothing) {
  seal(1, {start(1, 10)});
  seal(2, {start(2, 20, true), end(1, 21)});
  EXPECT_EQ(of(1).ends, (std::vector<EndElsewhere>{{10, 4, 0, {2, 21}}}));
  // Of those that all failed the last one is what the end names; it says nothing of it.
  seal(3, {start(3, 30, true)});
  seal(4, {start(4, 40, true)});
  seal(5, {end(4, 50)});
  EXPECT_TRUE(of(4).ends.empty());
  EXPECT_EQ(of(5).joined_ends, std::vector<uint32_t>{50});
}

TEST_F(HalfCatalogueTest, ADiskThatLies) {
  seal(1, {start(1, 10)});
  ASSERT_TRUE(database_.run("UPDATE waiting SET row = -1").is_ok());
  EXPECT_FALSE(waiting_for(database_, end(1, 0)).value());
  ASSERT_TRUE(database_.run("INSERT INTO halves VALUES(7, 1, 'x')").is_ok());
  EXPECT_EQ(read_halves(database_, 7).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
