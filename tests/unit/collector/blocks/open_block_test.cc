#include "collector/blocks/open_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"

namespace spoor::collector {
namespace {

// A view has the first rows of `rows`, in their order.
void expect_rows(const RowTable& view, const std::vector<Row>& rows) {
  ASSERT_LE(view.rows(), rows.size());
  const auto texts = view.open_texts();
  for (size_t p = 0; p < view.pages(); ++p) {
    const auto page = view.open_page(p);
    const Row* row = rows.data() + p * kPageRows;
    for (size_t i = 0; i < kNumbers; ++i) {
      const auto column = static_cast<Number>(i);
      const auto values = page->values(column).value();
      ASSERT_EQ(values.size(), view.rows_in(p));
      const ValueRange range = view.range(column, p);
      for (size_t r = 0; r < values.size(); ++r) {
        ASSERT_EQ(values[r], row[r][column]) << name_of(column);
        ASSERT_TRUE(range.holds(values[r]));
      }
    }
    for (size_t i = 0; i < kTexts; ++i) {
      const auto column = static_cast<Text>(i);
      const auto values = page->values(column).value();
      const ValueRange range = view.range(column, p);
      for (size_t r = 0; r < values.size(); ++r) {
        ASSERT_EQ(texts->text(column, values[r]).value(), row[r][column]) << name_of(column);
        ASSERT_TRUE(range.holds(values[r]));
        ASSERT_LE(values[r], view.texts(column));
      }
    }
  }
}

TEST(OpenBlock, AViewHasTheRowsThatThereWere) {
  RandomRows random(1);
  const std::vector<Row> rows = random.rows(kPageRows + 100);
  OpenBlock block(EventClass::command);
  EXPECT_EQ(block.view()->pages(), 0u);
  std::vector<std::shared_ptr<const RowTable>> views;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i % 1500 == 0) views.push_back(block.view());
    block.add(rows[i]);
  }
  views.push_back(block.view());
  for (size_t i = 0; i < views.size(); ++i) {
    EXPECT_EQ(views[i]->rows(), i + 1 < views.size() ? i * 1500 : rows.size());
    expect_rows(*views[i], rows);
  }
}

TEST(OpenBlock, TimesOfAPageAreKnown) {
  OpenBlock block(EventClass::command);
  for (size_t i = 0; i < kPageRows + 2; ++i) {
    Row row;
    row[Number::time_ms] = 10'000 - i;
    block.add(row);
  }
  const auto view = block.view();
  EXPECT_EQ(view->range(Number::time_ms, 0).least, 10'000 - kPageRows + 1);
  EXPECT_EQ(view->range(Number::time_ms, 0).greatest, 10'000u);
  EXPECT_EQ(view->range(Number::time_ms, 1).greatest, 10'000 - kPageRows);
}

TEST(OpenBlock, AViewOutlivesTheBlockAndItsSealing) {
  RandomRows random(2);
  const std::vector<Row> rows = random.rows(500);
  std::shared_ptr<const RowTable> view;
  std::string sealed;
  {
    OpenBlock block(EventClass::command);
    for (const Row& row : rows) block.add(row);
    view = block.view();
    sealed = block.seal();
  }
  expect_rows(*view, rows);
  EXPECT_EQ(sealed, seal(rows));
}

// The same texts are like a test as in the sealed block, by whatever number.
TEST(OpenBlock, FindsWhatTheSealedBlockFinds) {
  RandomRows random(3);
  const std::vector<Row> rows = random.rows(3000);
  OpenBlock block(EventClass::command);
  for (const Row& row : rows) block.add(row);
  const std::string sealed = seal(rows);
  const BlockReader reader = BlockReader::open(as_bytes(sealed)).value();
  const auto found = [](const RowTable& table, Text column, const TextTest& test) {
    const auto texts = table.open_texts();
    std::vector<std::string> out;
    const FoundTexts fitting = table.find(column, test).value();
    for (const uint32_t number : fitting.fitting) {
      const TextValue text = texts->text(column, number).value();
      out.push_back(std::string(text.text) + '/' + std::string(text.cuts));
    }
    std::ranges::sort(out);
    return out;
  };
  size_t all = 0;
  for (const char* needle : {"7", "12", "srv/6", "curl", "a b", "-K", "/srv/7", "nothing"}) {
    for (const Text column : {Text::cwd, Text::command}) {
      const TextTest test{Pattern::containing(needle), false, column == Text::command};
      const auto in_view = found(*block.view(), column, test);
      EXPECT_EQ(in_view, found(reader, column, test)) << needle;
      all += in_view.size();
    }
  }
  EXPECT_GT(all, 500u);
}

// Where a session's rows lie once it is sealed is where the sealed block has them.
TEST(OpenBlock, SessionsLieWhereItSays) {
  RandomRows random(5);
  const std::vector<Row> rows = random.rows(2'000);
  OpenBlock block(EventClass::command);
  for (const Row& row : rows) block.add(row);
  for (size_t i = 0; i < rows.size(); i += 97) {
    EXPECT_EQ(block.row(i).numbers, rows[i].numbers);
    EXPECT_EQ(block.row(i).texts, rows[i].texts);
  }
  const std::string sealed = block.seal();
  const BlockReader reader = BlockReader::open(as_bytes(sealed)).value();
  const auto page = reader.open_page(0);
  const auto texts = reader.open_texts();
  const auto text = [&](Text column, size_t row) {
    return std::string(texts->text(column, page->values(column).value()[row]).value().text);
  };
  size_t next = 0;
  for (const OpenBlock::Session& session : block.sessions()) {
    EXPECT_EQ(session.first, next);
    next += session.rows;
    for (size_t row = session.first; row < next; ++row) {
      ASSERT_EQ(text(Text::host, row), session.host.text);
      ASSERT_EQ(text(Text::session, row), session.session.text);
    }
  }
  EXPECT_EQ(next, rows.size());
  EXPECT_EQ(block.sessions().size(), 15u);  // three hosts, five sessions
}

TEST(OpenBlock, OthersAskWhileOneAdds) {
  RandomRows random(4);
  const std::vector<Row> rows = random.rows(3 * kPageRows);
  OpenBlock block(EventClass::command);
  std::atomic<bool> is_done = false;
  std::vector<std::jthread> askers;
  for (int i = 0; i < 2; ++i) {
    askers.emplace_back([&] {
      for (bool last = false; !last;) {
        last = is_done;
        expect_rows(*block.view(), rows);
      }
    });
  }
  for (const Row& row : rows) block.add(row);
  is_done = true;
}

}  // namespace
}  // namespace spoor::collector
