#include "collector/search/row_query.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/open_block.h"
#include "collector/index/row_maker.h"
#include "tests/support/frame_event.h"
#include "tests/support/naive_commands.h"
#include "tests/support/naive_query.h"
#include "tests/support/query_events.h"
#include "tests/support/random_query.h"

namespace spoor::collector {
namespace {

using Keys = std::vector<RowKey>;

bool never() { return false; }

// The same events as rows in memory and as a sealed block.
class Tables {
 public:
  Tables(uint64_t seed, size_t count)
      : events_(seed, count), commands_(events_.events()), outside_(events_.outside()) {
    OpenBlock open(EventClass::access);
    RowMaker maker;
    for (size_t i = 0; i < count; ++i) {
      const IndexedEvent& event = events_.events()[i];
      const std::string wire = event.event->SerializeAsString();
      open.add(*maker.row_of(in_frame(event, wire, QueryEvents::entry_of(i))));
    }
    view_ = open.view();
    sealed_ = open.seal();
    reader_ = std::make_unique<BlockReader>(BlockReader::open(as_bytes(sealed_)).value());
  }

  const std::vector<IndexedEvent>& events() const { return events_.events(); }
  const Outside& outside() const { return outside_; }
  std::vector<const RowTable*> tables() const { return {view_.get(), reader_.get()}; }

  Keys naive(const Query& query) const {
    const NaiveQuery naive(query, outside_);
    Keys out;
    for (size_t i = 0; i < events().size(); ++i) {
      const IndexedEvent& event = events()[i];
      const auto other = commands_.other(i);
      if (commands_.is_joined_end(i)) continue;
      if (!naive.wants(event, other ? &events()[*other] : nullptr)) continue;
      out.push_back({NaiveEvent(event, outside_).time_ns(), QueryEvents::entry_of(i),
                     event.sequence});
    }
    std::ranges::sort(out, std::greater());
    return out;
  }

  // All of it, `rows` at a time.
  Keys asked(const Query& query, const RowTable& table, size_t rows) const {
    RowQuery made = RowQuery::make(query, table, outside_).value();
    Keys out;
    Newest newest{rows, {}};
    while (true) {
      const std::vector<FoundRow> found = made.newest(newest, never).value();
      for (const FoundRow& one : found) out.push_back(one.key);
      if (found.size() < rows) break;
      newest.before = out.back();
    }
    EXPECT_TRUE(out.empty() || !made.finds_nothing());
    return out;
  }

 private:
  const QueryEvents events_;
  const NaiveCommands commands_;
  const Outside outside_;
  std::shared_ptr<const RowTable> view_;
  std::string sealed_;
  std::unique_ptr<BlockReader> reader_;
};

// Without one of its parts, wherever in the tree; false: it has none that can go.
bool drop_part(Expression& expression, uint64_t which) {
  const bool has_parts = expression.kind == Expression::Kind::all ||
                         expression.kind == Expression::Kind::any;
  if (!has_parts || expression.parts.size() < 2) return false;
  expression.parts.erase(expression.parts.begin() +
                         static_cast<ptrdiff_t>(which % expression.parts.size()));
  return true;
}

struct Score {
  int queries = 0, not_empty = 0, mattered = 0, noticed = 0;
};

// What a naive look at each event finds, both tables find: all at once, and `rows` at a time. An
// evaluation that forgets a part of the query is told from the right one.
void compare(const Tables& tables, uint64_t seed, int queries, size_t rows, Score& score) {
  RandomQuery random(seed, tables.events(), tables.outside());
  for (int i = 0; i < queries; ++i) {
    const Query query = random.query();
    const Keys naive = tables.naive(query);
    ++score.queries;
    score.not_empty += !naive.empty();
    for (const RowTable* table : tables.tables()) {
      ASSERT_EQ(tables.asked(query, *table, i % 3 == 0 ? rows : 100'000), naive)
          << "seed " << seed << ", query " << i << ": " << query.to_text();
    }
    Query forgetful = query;
    if (!query.where || !drop_part(*forgetful.where, seed + static_cast<uint64_t>(i))) continue;
    if (tables.naive(forgetful) == naive) continue;
    ++score.mattered;
    score.noticed += tables.asked(forgetful, *tables.tables()[i % 2], 100'000) != naive;
  }
}

TEST(RowQuery, FindsWhatANaiveLookFinds) {
  Score score;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Tables tables(seed, 300);
    ASSERT_NO_FATAL_FAILURE(compare(tables, seed, 200, 7, score));
  }
  EXPECT_GE(score.not_empty * 2, score.queries);
  EXPECT_GE(score.mattered, 500);
  EXPECT_GE(score.noticed * 100, score.mattered * 99);
}

TEST(RowQuery, OverManyPages) {
  Score score;
  const Tables tables(99, 2 * kPageRows + 500);
  ASSERT_NO_FATAL_FAILURE(compare(tables, 99, 60, 700, score));
  EXPECT_GE(score.not_empty * 2, score.queries);
}

TEST(RowQuery, CountsByTime) {
  const Tables tables(3, 3'000);
  RandomQuery random(3, tables.events(), tables.outside());
  uint64_t all = 0;
  for (int64_t i = 0; i < 60; ++i) {
    const Query query = random.query();
    Histogram empty;
    empty.begin_ns = 1'795'300'000'000'000'000 + i * 1'000;
    empty.width_ns = i % 2 == 0 ? 1 + i * 1'000'000'007 : i * 1'000'000;
    empty.counts.resize(50);
    Histogram naive = empty;
    for (const RowKey& key : tables.naive(query)) {
      const int64_t at = key.time_ns - empty.begin_ns;
      if (at >= 0 && at / empty.width_ns < 50) {
        ++naive.counts[static_cast<size_t>(at / empty.width_ns)];
        ++all;
      }
    }
    for (const RowTable* table : tables.tables()) {
      Histogram histogram = empty;
      RowQuery made = RowQuery::make(query, *table, tables.outside()).value();
      ASSERT_TRUE(made.count(histogram, never).is_ok());
      EXPECT_EQ(histogram.counts, naive.counts) << query.to_text();
    }
  }
  EXPECT_GT(all, 1'000u);
}

// A page whose rows are all wanted is counted unread.
TEST(RowQuery, CountsPagesOfOneSpan) {
  const Tables tables(8, kPageRows + 300);
  RandomQuery random(8, tables.events(), tables.outside());
  for (int i = 0; i < 40; ++i) {
    Query query = random.query();
    if (i % 2 == 0) query.where.reset();
    if (i % 4 == 0) query.kinds.set();
    for (const RowTable* table : tables.tables()) {
      Histogram histogram{0, 2'000'000'000'000'000'000, {0}};
      RowQuery made = RowQuery::make(query, *table, tables.outside()).value();
      ASSERT_TRUE(made.count(histogram, never).is_ok());
      EXPECT_EQ(histogram.counts[0], tables.naive(query).size()) << query.to_text();
    }
  }
}

// Pages are passed over by their times alone, which do not tell these apart.
TEST(RowQuery, OfOneTimeThoseThatCameLast) {
  OpenBlock open(EventClass::command);
  for (size_t i = 1; i <= 2 * kPageRows; ++i) {
    Row row;
    row[Text::host].text = "web1";
    row[Number::time_ms] = 1'795'300'000'000;
    row[Number::entry] = i;
    open.add(row);
  }
  Query query;
  query.kinds.set();
  const auto view = open.view();
  const Outside outside;
  RowQuery made = RowQuery::make(query, *view, outside).value();
  Newest newest{3, {}};
  for (uint64_t entry = 2 * kPageRows; entry > 2 * kPageRows - 9;) {
    const auto found = made.newest(newest, never).value();
    ASSERT_EQ(found.size(), 3u);
    for (const FoundRow& one : found) EXPECT_EQ(one.key.entry, entry--);
    newest.before = found.back().key;
  }
}

// A log that has lost what it should have: an error, not an answer without it.
TEST(RowQuery, ATextThatTheLogCannotTellIsAnError) {
  OpenBlock open(EventClass::command);
  Row row;
  row[Text::host].text = "web1";
  row[Text::exe] = {"/usr/bin/x", {}, true};
  open.add(row);
  Outside outside;
  outside.full_text = [](const EventPlace&, Text) -> Result<std::vector<std::string>> {
    return corrupt("a hole");
  };
  Query query;
  query.kinds.set();
  query.where = Expression{.kind = Expression::Kind::test,
                           .test = {Field::exe, false, Pattern::containing("end")}, .parts = {}};
  const auto view = open.view();
  EXPECT_EQ(RowQuery::make(query, *view, outside)->newest({1, {}}, never).code(), Code::corrupt);
  outside.full_text = [](const EventPlace&, Text) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"/usr/bin/x/end"};
  };
  EXPECT_EQ(RowQuery::make(query, *view, outside)->newest({1, {}}, never)->size(), 1u);
}

TEST(RowQuery, EndsWhenNobodyWaits) {
  const Tables tables(4, 100);
  Query query;
  query.kinds.set();
  RowQuery made = RowQuery::make(query, *tables.tables()[1], tables.outside()).value();
  const auto gone = [] { return true; };
  EXPECT_EQ(made.newest({10, {}}, gone).code(), Code::unavailable);
  Histogram histogram{0, 1'000'000'000'000'000'000, {0, 0}};
  EXPECT_EQ(made.count(histogram, gone).code(), Code::unavailable);
}

}  // namespace
}  // namespace spoor::collector
