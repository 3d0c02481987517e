#include "collector/blocks/page_reader.h"

#include <gtest/gtest.h>

#include "tests/support/index_block.h"

namespace spoor::collector {
namespace {

std::string sample() {
  std::vector<Row> rows(100);
  for (uint64_t i = 0; i < rows.size(); ++i) {
    rows[i][Number::kind] = 100 + i % 2;
    rows[i][Number::order] = i;
    rows[i][Number::time_ms] = 1000 + i * i;
    rows[i][Number::pid] = 1 + i / 2;
    rows[i][Number::birth] = rows[i][Number::pid] * 50;
  }
  return seal(rows);
}

TEST(PageReader, DecodesAColumnOnce) {
  const std::string block = sample();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  PageReader page(reader, 0);
  const auto first = page.values(Number::birth).value();
  EXPECT_EQ(first[99], 50 * 50u);
  EXPECT_EQ(page.values(Number::birth)->data(), first.data());
  EXPECT_EQ(page.values(Number::twin)->operator[](1), 1u);
}

TEST(PageReader, AColumnThatIsNotThereIsZero) {
  const std::string block = sample();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  PageReader page(reader, 0);
  EXPECT_EQ(page.values(Number::exit)->size(), 100u);
  EXPECT_EQ(page.values(Text::cwd)->back(), 0u);
}

// With right CRCs: what a page says of a column must be so, since others believe it unread.
TEST(PageReader, AColumnMustKeepWhatItsPageSays) {
  const std::string block = sample();
  for (const int change : {1, -1}) {
    const std::string changed = with_layout(block, [&](Layout& layout) {
      layout.columns[column_number(Number::time_ms)][0].greatest += static_cast<uint64_t>(change);
    });
    const BlockReader reader = BlockReader::open(as_bytes(changed)).value();
    PageReader page(reader, 0);
    EXPECT_EQ(page.values(Number::time_ms).code(), Code::corrupt);
    EXPECT_EQ(page.values(Number::birth).code(), Code::corrupt);  // it stands beside the time
    EXPECT_TRUE(page.values(Number::order).is_ok());
  }
}

}  // namespace
}  // namespace spoor::collector
