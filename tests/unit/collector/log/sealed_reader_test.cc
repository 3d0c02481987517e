#include "collector/log/sealed_reader.h"

#include "tests/unit/collector/log/sealed_fixture.h"

namespace spoor::collector {
namespace {

class SealedReaderTest : public SealedFixture {
 protected:
  // Three groups and some.
  void seal_groups() {
    for (int i = 0; i < 25; ++i) add_noise(300'000);
    ASSERT_TRUE(seal().is_ok());
    ASSERT_GT(open()->index().groups.size(), 2u);
  }
  // The numbers of what can be read behind `after`.
  std::vector<uint64_t> read(uint64_t after) {
    SealedReader reader(*open(), "1.sealed");
    std::vector<uint64_t> numbers;
    while (true) {
      const auto next = reader.next(after);
      EXPECT_TRUE(next.is_ok());
      if (!next.is_ok() || !*next) break;
      after = **next;
      const auto entry = reader.take();
      EXPECT_TRUE(entry.is_ok());
      if (entry.is_ok() && *entry) numbers.push_back((*entry)->number);
    }
    EXPECT_EQ(reader.passed(), open()->index().groups.back().end());
    return numbers;
  }
  std::vector<uint64_t> numbers_behind(uint64_t after) const {
    std::vector<uint64_t> numbers;
    for (const LogEntry& entry : entries_) {
      if (entry.number > after) numbers.push_back(entry.number);
    }
    return numbers;
  }
};

TEST_F(SealedReaderTest, AllBehindEachNumber) {
  add_some(300, 3);
  seal_groups();
  for (uint64_t after = 0; after <= number_ + 1; after += 1 + random_() % 40)
    EXPECT_EQ(read(after), numbers_behind(after)) << after;
}

TEST_F(SealedReaderTest, GivesEntriesAsTheyWere) {
  add_some(200, 3);
  ASSERT_TRUE(seal().is_ok());
  SealedReader reader(*open(), "1.sealed");
  uint64_t after = 0;
  for (const LogEntry& was : entries_) {
    after = reader.next(after)->value();
    EXPECT_EQ(reader.passed(), kSealedHeaderSize);  // a group is passed when all of it was taken
    const auto entry = reader.take();
    ASSERT_TRUE(entry.is_ok() && *entry);
    expect_same(**entry, was);
  }
  EXPECT_EQ(*reader.next(after), std::nullopt);
}

TEST_F(SealedReaderTest, StepsOverWhatIsDamaged) {
  seal_groups();
  const SealIndex index = open()->index();
  const std::string whole = files_.content("/log/1.sealed");
  // A table, which is all of its group.
  const SealedGroup& second = index.groups[1];
  files_.flip_bit("/log/1.sealed", second.offset + second.blocks_size + 3, 2);
  std::vector<uint64_t> others;
  for (const LogEntry& entry : entries_) {
    if (entry.number < second.first || entry.number > second.last) others.push_back(entry.number);
  }
  EXPECT_EQ(read(0), others);
  // A block, which is some.
  files_.put("/log/1.sealed", whole);
  files_.flip_bit("/log/1.sealed", second.offset + 5'000, 2);
  const std::vector<uint64_t> left = read(0);
  EXPECT_GT(left.size(), others.size());
  EXPECT_LT(left.size(), entries_.size());
}

// A disk that fails loses nothing: the same place is read again.
TEST_F(SealedReaderTest, AFailureIsNoDamage) {
  add_some(50, 2);
  ASSERT_TRUE(seal().is_ok());
  SealedReader reader(*open(), "1.sealed");
  files_.fail_next(FakeFiles::Operation::read, unavailable("broken"), 1);
  EXPECT_EQ(reader.next(0).code(), Code::unavailable);
  EXPECT_EQ(*reader.next(0), entries_[0].number);
  files_.fail_next(FakeFiles::Operation::read, unavailable("broken"), 1);
  EXPECT_EQ(reader.take().code(), Code::unavailable);
  EXPECT_EQ((*reader.take())->number, entries_[0].number);
}

}  // namespace
}  // namespace spoor::collector
