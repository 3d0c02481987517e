#include "collector/index/block_cache.h"

#include <gtest/gtest.h>

#include "collector/index/limits.h"
#include "tests/support/fake_files.h"
#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"

namespace spoor::collector {
namespace {

class BlockCacheTest : public testing::Test {
 protected:
  SealedBlock put(uint64_t number, size_t rows) {
    RandomRows random(number);
    files_.put(cache_.path_of(number), seal(random.rows(rows)));
    SealedBlock out;
    out.number = number;
    out.event_class = EventClass::command;
    out.rows = rows;
    return out;
  }
  FakeFiles files_;
  BlockCache cache_{files_, "/blocks", 3 * kOpenFileBytes};
};

TEST_F(BlockCacheTest, WhatWasAskedForLongestAgoIsClosed) {
  std::vector<SealedBlock> blocks;
  for (uint64_t number = 1; number <= 4; ++number) blocks.push_back(put(number, 3));
  const auto first = cache_.open(blocks[0]);
  ASSERT_TRUE(first.is_ok());
  const BlockReader* second = cache_.open(blocks[1])->get();
  EXPECT_EQ(cache_.open(blocks[1])->get(), second);
  for (const SealedBlock& block : blocks) EXPECT_TRUE(cache_.open(block).is_ok());
  EXPECT_LE(cache_.bytes(), 3 * kOpenFileBytes);
  EXPECT_NE(cache_.open(blocks[0])->get(), first->get());  // opened anew
  EXPECT_EQ((*first)->rows(), 3u);                         // and the one in use is good
}

TEST_F(BlockCacheTest, OneThatIsLargerThanAllRoomIsStillOpened) {
  BlockCache small(files_, "/blocks", 1);
  EXPECT_TRUE(small.open(put(1, 3)).is_ok());
  EXPECT_TRUE(small.open(put(2, 3)).is_ok());
  EXPECT_GT(small.bytes(), 1u);
}

TEST_F(BlockCacheTest, AnotherBlockInItsPlaceIsNone) {
  SealedBlock block = put(1, 3);
  block.rows = 4;
  EXPECT_EQ(cache_.open(block).code(), Code::corrupt);
  block.rows = 3;
  block.event_class = EventClass::input;
  EXPECT_EQ(cache_.open(block).code(), Code::corrupt);
  block.number = 2;
  EXPECT_EQ(cache_.open(block).code(), Code::not_found);
  EXPECT_TRUE(cache_.open(put(2, 3)).is_ok());  // a failure is not kept
}

}  // namespace
}  // namespace spoor::collector
