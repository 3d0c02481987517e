#include "collector/log/sealed_segment.h"

#include "tests/unit/collector/log/sealed_fixture.h"

namespace spoor::collector {
namespace {

class SealedSegmentTest : public SealedFixture {};

TEST_F(SealedSegmentTest, EmptySegment) {
  ASSERT_TRUE(seal().is_ok());
  EXPECT_EQ(open()->index().entries, 0u);
}

// Each byte, one after the other: refused, or what it touches is.
TEST_F(SealedSegmentTest, BytesThatAreNoSealedSegment) {
  add_some(40, 2);
  ASSERT_TRUE(seal().is_ok());
  const std::string whole = files_.content("/log/1.sealed");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string other = whole;
    other[at] ^= 0x11;
    files_.put("/log/1.sealed", other);
    const Result<SealedSegment> sealed = open();
    if (!sealed.is_ok()) continue;
    Result<SealedSegment::Group> group = sealed->open_group(0);
    bool is_told = !group.is_ok();
    for (size_t i = 0; !is_told && i < group->table().entries.size(); ++i)
      is_told = !sealed->entry(*group, i).is_ok();
    EXPECT_TRUE(is_told) << at;
  }
  for (size_t size = 0; size < whole.size(); size += 13) {
    files_.put("/log/1.sealed", whole.substr(0, size));
    EXPECT_FALSE(open().is_ok());
  }
}

// One that a later collector wrote is not ours to call damaged.
TEST_F(SealedSegmentTest, ALaterVersion) {
  add_some(5, 1);
  ASSERT_TRUE(seal().is_ok());
  std::string later = files_.content("/log/1.sealed");
  later[4] = 2;
  files_.put("/log/1.sealed", later);
  EXPECT_EQ(open().code(), Code::invalid);
}

// Many agents: the log's order goes to and fro between more blocks than are kept open.
TEST_F(SealedSegmentTest, EntriesInAnyOrder) {
  add_some(2'000, 40);
  ASSERT_TRUE(seal().is_ok());
  const SealedSegment sealed = *open();
  SealedSegment::Group group = *sealed.open_group(0);
  for (int i = 0; i < 300; ++i) {
    const size_t at = random_() % entries_.size();
    expect_same(*sealed.entry(group, at), entries_[at]);
  }
}

// A bad block takes only its own entries with it.
TEST_F(SealedSegmentTest, DamagedBlockLeavesTheOthers) {
  for (int i = 0; i < 4; ++i) add_noise(300'000);
  add_some(500, 3);
  ASSERT_TRUE(seal().is_ok());
  files_.flip_bit("/log/1.sealed", kSealedHeaderSize + 5'000, 3);
  const SealedSegment sealed = *open();
  SealedSegment::Group group = *sealed.open_group(0);
  ASSERT_GT(group.table().blocks.size(), 2u);
  size_t damaged = 0;
  for (size_t i = 0; i < group.table().entries.size(); ++i) {
    const Result<LogEntry> entry = sealed.entry(group, i);
    EXPECT_EQ(!entry.is_ok(), group.table().entries[i].block == 0);
    damaged += !entry.is_ok();
  }
  EXPECT_GE(damaged, 1u);
}

}  // namespace
}  // namespace spoor::collector
