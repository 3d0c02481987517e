#include "collector/blocks/block_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"

namespace spoor::collector {
namespace {

// By its first appearance: what the block sorts hosts and sessions by.
std::vector<Row> sorted(std::vector<Row> rows) {
  const auto rank = [&](Text column) {
    std::map<std::string_view, size_t> out;
    for (const Row& row : rows) out.emplace(row[column].text, out.size());
    return out;
  };
  auto hosts = rank(Text::host), sessions = rank(Text::session);
  std::ranges::stable_sort(rows, {}, [&](const Row& row) {
    return std::tuple(hosts[row[Text::host].text], sessions[row[Text::session].text],
                      row[Number::epoch], row[Number::order]);
  });
  return rows;
}

void expect_rows(const std::string& block, const std::vector<Row>& rows) {
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  ASSERT_EQ(reader.rows(), rows.size());
  TextReader texts(reader);
  size_t row = 0;
  for (size_t p = 0; p < reader.pages(); ++p) {
    PageReader page(reader, p);
    for (size_t i = 0; i < kNumbers; ++i) {
      const auto column = static_cast<Number>(i);
      if (column == Number::twin || column == Number::partner) continue;
      const auto values = page.values(column).value();
      for (size_t r = 0; r < page.rows(); ++r) {
        ASSERT_EQ(values[r], rows[row + r][column]) << name_of(column) << " of row " << row + r;
      }
    }
    for (size_t i = 0; i < kTexts; ++i) {
      const auto column = static_cast<Text>(i);
      const auto values = page.values(column).value();
      for (size_t r = 0; r < page.rows(); ++r) {
        ASSERT_EQ(texts.text(column, values[r]).value(), rows[row + r][column])
            << name_of(column) << " of row " << row + r;
      }
    }
    row += page.rows();
  }
}

TEST(BlockWriter, AnyRowsComeBackInTheOrderOfTheirSessions) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RandomRows random(seed);
    const std::vector<Row> rows = random.rows(1 + random.below(600));
    expect_rows(seal(rows), sorted(rows));
  }
}

TEST(BlockWriter, PagesAreFullButTheLast) {
  for (const size_t size : {kPageRows - 1, kPageRows, kPageRows + 1, 2 * kPageRows + 5}) {
    RandomRows random(size);
    const std::vector<Row> rows = random.rows(size);
    expect_rows(seal(rows), sorted(rows));
  }
}

// Nothing of a block is left in the next one.
TEST(BlockWriter, OneWriterMakesManyBlocks) {
  BlockWriter writer(EventClass::command);
  for (const size_t size : {2 * kPageRows + 5, size_t{1}, kPageRows + 7}) {
    RandomRows random(size);
    const std::vector<Row> rows = random.rows(size);
    for (const Row& row : rows) writer.add(row);
    EXPECT_EQ(writer.rows(), size);
    EXPECT_TRUE(writer.seal() == seal(rows));
    writer.clear();
    EXPECT_EQ(writer.rows(), 0u);
  }
}

TEST(BlockWriter, ARowThatSaysNothingIsARow) {
  expect_rows(seal({Row()}), {Row()});
  std::vector<Row> rows(5);
  rows[3][Number::pid] = 7;
  expect_rows(seal(rows), rows);
}

TEST(BlockWriter, AnyColumnsComeBackWithoutTheOthers) {
  for (size_t a = 0; a < kNumbers; ++a) {
    for (size_t b = 0; b <= a; ++b) {
      const auto column = static_cast<Number>(a);
      if (column == Number::twin || column == Number::partner) continue;
      std::vector<Row> rows(20);
      for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].numbers[a] = 1000 + i * i;
        rows[i].numbers[b] = 1000 + i * i;
      }
      expect_rows(seal(rows), sorted(rows));
    }
  }
}

TEST(BlockWriter, OtherWordsAreAnotherTextInTheNextRow) {
  std::vector<Row> rows(4);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i][Number::order] = i;
    rows[i][Text::command] = i % 2 == 0 ? TextValue("a b") : TextValue("a b", "\x03");
  }
  rows[3][Text::command].is_cut = true;
  expect_rows(seal(rows), rows);
}

TEST(BlockWriter, ColumnsThatSayNothingTakeNoRoom) {
  std::vector<Row> rows(1000);
  for (size_t i = 0; i < rows.size(); ++i) rows[i][Number::order] = i;
  EXPECT_LT(seal(rows).size(), 200u);
}

TEST(BlockWriter, TheSameRowsAreTheSameBytes) {
  RandomRows random(1);
  const std::vector<Row> rows = random.rows(500);
  EXPECT_EQ(seal(rows), seal(rows));
}

TEST(BlockWriter, NumbersTextsByTheFirstRowThatHasThem) {
  std::vector<Row> rows(3);
  const char* hosts[] = {"b", "a", "b"};
  const char* words[] = {"one", "two", "three"};
  for (size_t i = 0; i < 3; ++i) {
    rows[i][Text::host].text = hosts[i];
    rows[i][Text::command].text = words[i];
    rows[i][Number::order] = i;
  }
  const std::string block = seal(rows);
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  PageReader page(reader, 0);
  EXPECT_TRUE(std::ranges::equal(page.values(Text::command).value(), std::vector{1, 2, 3}));
  EXPECT_EQ(TextReader(reader).text(Text::command, 2).value().text, "three");
}

TEST(BlockWriter, IsFullByRowsAndByTexts) {
  BlockWriter many(EventClass::access);
  Row row;
  for (size_t i = 0; i < kIndexBlockRowsMax; ++i) {
    ASSERT_FALSE(many.is_full());
    row[Number::order] = i;
    many.add(row);
  }
  EXPECT_TRUE(many.is_full());
  const std::string block = many.seal();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  EXPECT_EQ(reader.rows(), kIndexBlockRowsMax);
  EXPECT_EQ(reader.event_class(), EventClass::access);
  EXPECT_EQ(reader.range(Number::order, reader.pages() - 1).greatest, kIndexBlockRowsMax - 1);

  BlockWriter large(EventClass::access);
  std::string text(kIndexTextMax, 'x');
  while (!large.is_full()) {
    text.replace(0, 8, std::to_string(10'000'000 + large.rows()));
    row[Text::input].text = text;
    large.add(row);
  }
  EXPECT_EQ(large.rows(), kIndexBlockTextMax / kIndexTextMax);
  const std::string texts = large.seal();
  EXPECT_TRUE(BlockReader::open(as_bytes(texts)).is_ok());
}

}  // namespace
}  // namespace spoor::collector
