#include "collector/log/segment_reader.h"

#include "tests/support/fake_files.h"

namespace spoor::collector {
namespace {

constexpr uint32_t kSalt = 9;

std::string entry_bytes(uint64_t number, std::string block) {
  NewEntry entry;
  entry.agent = "web1";
  entry.block = std::move(block);
  std::string out;
  append_entry(out, entry, number, 0, kSalt);
  return out;
}

class SegmentReaderTest : public testing::Test {
 protected:
  SegmentReader open(const std::string& content) {
    files_.put("/f/1", content);
    return SegmentReader(std::move(files_.open_read("/f/1")).value(), kSalt);
  }
  // Numbers of all entries up to `end`.
  std::vector<uint64_t> numbers(SegmentReader& reader, uint64_t end) {
    std::vector<uint64_t> out;
    while (true) {
      const auto found = reader.next(end);
      EXPECT_TRUE(found.is_ok());
      if (!found.is_ok() || !*found) return out;
      out.push_back((*found)->header.number);
    }
  }
  FakeFiles files_;
};

TEST_F(SegmentReaderTest, WalksEntriesAndReadsBlocks) {
  const std::string big(100'000, 'b');
  const std::string content = entry_bytes(1, "one") + entry_bytes(2, big) + entry_bytes(3, "");
  SegmentReader reader = open(content);
  EXPECT_EQ(reader.next(content.size())->value().header.number, 1u);
  const auto second = reader.next(content.size())->value();
  std::string block;
  ASSERT_TRUE(reader.read_block(second, block).is_ok());
  EXPECT_EQ(block, big);
  EXPECT_EQ(numbers(reader, content.size()), std::vector<uint64_t>{3});
  EXPECT_EQ(reader.skipped(), 0u);
}

TEST_F(SegmentReaderTest, WhatIsBehindTheEndIsNotThereYet) {
  const std::string first = entry_bytes(1, "one");
  const std::string content = first + entry_bytes(2, "two");
  SegmentReader reader = open(content);
  EXPECT_EQ(numbers(reader, first.size()), std::vector<uint64_t>{1});
  EXPECT_EQ(numbers(reader, content.size() - 1), std::vector<uint64_t>{});
  EXPECT_EQ(numbers(reader, content.size()), std::vector<uint64_t>{2});
}

TEST_F(SegmentReaderTest, StepsOverDamage) {
  std::string damaged = entry_bytes(2, "two");
  damaged[20] = 'x';
  const std::string content = entry_bytes(1, "one") + damaged + entry_bytes(3, "three");
  SegmentReader reader = open(content);
  EXPECT_EQ(numbers(reader, content.size()), (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(reader.skipped(), damaged.size());
}

// A host chooses the bytes of its blocks. What looks like an entry in one is none: it does not know
// the log's salt.
TEST_F(SegmentReaderTest, ABlockCannotPretendToHoldEntries) {
  NewEntry forged;
  forged.agent = "victim";
  std::string inside;
  append_entry(inside, forged, 2, 0, kSalt + 1);
  std::string carrier = entry_bytes(1, inside);
  carrier[20] = 'x';  // damage, so that a reader looks for the next entry
  const std::string content = carrier + entry_bytes(3, "three");
  SegmentReader reader = open(content);
  EXPECT_EQ(numbers(reader, content.size()), std::vector<uint64_t>{3});
}

TEST_F(SegmentReaderTest, FindsWhatLiesFarBehindAndAcrossWindows) {
  for (const size_t junk : {(1u << 20) - 3, (1u << 20), (3u << 20) + 1}) {
    const std::string content = std::string(junk, 'S') + entry_bytes(4, "four");
    SegmentReader reader = open(content);
    EXPECT_EQ(numbers(reader, content.size()), std::vector<uint64_t>{4}) << junk;
  }
}

}  // namespace
}  // namespace spoor::collector
