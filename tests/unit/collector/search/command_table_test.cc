#include "collector/search/command_table.h"

#include <gtest/gtest.h>

#include "collector/blocks/command_pairs.h"
#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

Query asking(Field field) {
  Query out;
  out.where = Expression{.kind = Expression::Kind::test, .test = {}, .parts = {}};
  out.where->test.field = field;
  return out;
}

TEST(CommandTable, IsNeededWhereEndsAreAskedFor) {
  EXPECT_TRUE(asks_ends(asking(Field::exit)));
  EXPECT_TRUE(asks_ends(asking(Field::result)));
  EXPECT_FALSE(asks_ends(asking(Field::cmd)));
  EXPECT_FALSE(asks_ends(Query()));
  Query files = asking(Field::signal);
  EXPECT_TRUE(asks_ends(files));
  files.kinds = {};
  files.kinds.set(static_cast<size_t>(Kind::file));
  EXPECT_FALSE(asks_ends(files));
  Query many;
  many.where = Expression{.kind = Expression::Kind::any, .test = {}, .parts = {}};
  many.where->parts = {*asking(Field::cmd).where, *asking(Field::exit).where};
  EXPECT_TRUE(asks_ends(many));
}

// Commands one after the other, of which each 100th ends 5,000 rows on, and each 101st elsewhere.
std::vector<Row> rows() {
  std::vector<Row> out(3 * kPageRows);
  for (size_t i = 0; i < out.size(); ++i) {
    Row& row = out[i];
    row[Text::host].text = "web1";
    row[Number::order] = row[Number::entry] = i + 1;
    row[Number::exec] = 1;
    const bool ends_far = i >= 5'000 && (i - 5'000) % 100 == 0;
    row[Number::kind] = ends_far ? kEndKind : kStartKind;
    row[Number::pid] = ends_far ? i - 5'000 + 1 : i + 1;
    if (ends_far) row[Number::exit] = 1 + (i - 5'000) / 100 % 7;
  }
  return out;
}

TEST(CommandTable, AStartSaysWhatItsEndSays) {
  const FieldLook look(rows());
  const std::vector<FarEnd> far{{101, 3, 0}, {4'096, 0, 9}, {8'191, 200, 0}};
  for (const RowTable* table : {&look.open(), &look.sealed()}) {
    const CommandTable commands(*table, far);
    for (size_t p = 0; p < commands.pages(); ++p) {
      const auto page = commands.open_page(p);
      const auto exits = page->values(Number::exit).value();
      const auto signals = page->values(Number::signal).value();
      for (size_t i = 0; i < exits.size(); ++i) {
        const size_t row = p * kPageRows + i;
        uint64_t exit = row == 101 ? 3 : row == 8'191 ? 200 : 0;
        if (row % 100 == 0 && row + 5'000 < commands.rows()) exit = 1 + row / 100 % 7;
        if (row >= 5'000 && row % 100 == 0) exit = 1 + (row - 5'000) / 100 % 7;
        ASSERT_EQ(exits[i], exit) << row;
        ASSERT_EQ(signals[i], row == 4'096 ? 9u : 0u) << row;
        ASSERT_TRUE(commands.range(Number::exit, p).holds(exits[i]));
        ASSERT_TRUE(commands.range(Number::signal, p).holds(signals[i]));
      }
      EXPECT_EQ(page->values(Number::pid)->size(), exits.size());
    }
    EXPECT_EQ(commands.rows(), table->rows());
  }
  // Known of a page unread: how far away its ends are at most.
  const CommandTable commands(look.sealed(), far);
  EXPECT_EQ(commands.range(Number::exit, 0).greatest, 7u);
  EXPECT_EQ(commands.range(Number::signal, 2).greatest, 0u);
}

}  // namespace
}  // namespace spoor::collector
