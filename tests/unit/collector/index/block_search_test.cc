#include "collector/index/block_search.h"

#include <gtest/gtest.h>

#include "collector/index/block_index.h"
#include "collector/index/memory_index.h"
#include "tests/support/naive_query.h"
#include "tests/support/query_events.h"
#include "tests/support/random_query.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

using Keys = std::vector<RowKey>;

bool never() { return false; }

// A log of which some is sealed in several blocks, and some is not; and what it should answer.
class Searched {
 public:
  Searched(uint64_t seed, size_t count, size_t tail_rows)
      : tail_rows_(tail_rows), drawn_(seed, count, QueryEvents::Processes::honest),
        events_(drawn_.events()),
        commands_(events_), outside_(drawn_.outside()) {
    index_ = BlockIndex::open(files_, folder_ / "index", {}, {tail_rows, kBlockReadersBytesMax})
                 .value();
    for (size_t i = 0; i < events_.size(); ++i) {
      events_[i].entry = QueryEvents::entry_of(i);
      if (events_[i].event->has_command_started() || events_[i].event->has_process_ended())
        events_[i].event_class = EventClass::command;
    }
    for (size_t i = 0; i < events_.size(); i += 10) {
      const std::span batch(events_.data() + i, std::min<size_t>(10, events_.size() - i));
      const Position from{i / 10}, to{i / 10 + 1};
      CHECK(index_->apply(batch, from, to).is_ok());
      CHECK(memory_.apply(batch, from, to).is_ok());
    }
    read_keys();
  }

  const BlockIndex& index() const { return *index_; }
  const std::vector<IndexedEvent>& events() const { return events_; }
  const NaiveCommands& commands() const { return commands_; }
  const Outside& outside() const { return outside_; }
  // A tail of so many is sealed before more are taken.
  size_t seal_of(size_t event) const { return event / tail_rows_; }
  RowKey key_of(size_t event) const {
    return {NaiveEvent(events_[event], outside_).time_ns(), QueryEvents::entry_of(event),
            events_[event].sequence};
  }

  std::vector<size_t> naive(const Query& query) const {
    const NaiveQuery naive(query, outside_);
    std::vector<size_t> out;
    for (size_t i = 0; i < events_.size(); ++i) {
      const auto other = commands_.other(i);
      if (commands_.is_joined_end(i)) continue;
      if (naive.wants(events_[i], other ? &events_[*other] : nullptr)) out.push_back(i);
    }
    std::ranges::sort(out, std::greater(), [&](size_t event) { return key_of(event); });
    return out;
  }

  // All of it, `rows` at a time.
  std::vector<FoundUnit> asked(const Query& query, size_t rows) const {
    std::vector<FoundUnit> out;
    Newest newest{rows, {}};
    while (true) {
      FoundUnits found = index_->search(query, newest, outside_, never).value();
      EXPECT_EQ(found.shortfall.missing.rows, 0u);
      EXPECT_EQ(found.shortfall.unsure, 0u);
      std::ranges::move(found.units, std::back_inserter(out));
      if (found.units.size() < rows) return out;
      newest.before = out.back().key;
    }
  }

 private:
  // As the sessions' summaries have them.
  void read_keys() {
    const auto sessions = memory_.sessions({}, 10'000).value();
    for (const SessionSummary& session : sessions) {
      Words& keys = keys_[session.row.key];
      for (const std::string& key : {session.head.key_fingerprint, session.head.certificate_id})
        if (!key.empty()) keys.push_back(key);
    }
    outside_.keys = [this](std::string_view host, std::string_view session) {
      SessionKey key{std::string(host), {}};
      if (session.size() != key.session_uid.size()) return Words();
      std::ranges::copy(as_bytes(session), key.session_uid.begin());
      const auto at = keys_.find(key);
      return at == keys_.end() ? Words() : at->second;
    };
  }

  const size_t tail_rows_;
  TempFolder folder_;
  PosixFiles files_;
  const QueryEvents drawn_;
  std::vector<IndexedEvent> events_;
  const NaiveCommands commands_;
  Outside outside_;
  std::map<SessionKey, Words> keys_;
  MemoryIndex memory_;
  std::unique_ptr<BlockIndex> index_;
};

bool drop_part(Expression& expression, uint64_t which) {
  const bool has_parts = expression.kind == Expression::Kind::all ||
                         expression.kind == Expression::Kind::any;
  if (!has_parts) return false;
  expression.parts.erase(expression.parts.begin() +
                         static_cast<ptrdiff_t>(which % expression.parts.size()));
  return true;
}

struct Score {
  int queries = 0, not_empty = 0, mattered = 0, noticed = 0, far_ends = 0;
};

void compare(const Searched& searched, uint64_t seed, int queries, Score& score) {
  RandomQuery random(seed, searched.events(), searched.outside());
  for (int i = 0; i < queries; ++i) {
    const Query query = random.query();
    const std::vector<size_t> naive = searched.naive(query);
    ++score.queries;
    score.not_empty += !naive.empty();
    const std::vector<FoundUnit> found = searched.asked(query, i % 4 == 0 ? 13 : 100'000);
    ASSERT_EQ(found.size(), naive.size()) << "seed " << seed << ": " << query.to_text();
    for (size_t n = 0; n < found.size(); ++n) {
      ASSERT_EQ(found[n].key, searched.key_of(naive[n])) << query.to_text();
      ASSERT_EQ(found[n].event.sequence, searched.events()[naive[n]].sequence);
      const auto end = searched.commands().other(naive[n]);
      ASSERT_EQ(found[n].end.has_value(), end.has_value());
      if (!end) continue;
      ASSERT_EQ(found[n].end->sequence, searched.events()[*end].sequence);
      score.far_ends += searched.seal_of(*end) != searched.seal_of(naive[n]);
    }
    Query forgetful = query;
    if (!query.where || !drop_part(*forgetful.where, seed + static_cast<uint64_t>(i))) continue;
    if (searched.naive(forgetful) == naive) continue;
    ++score.mattered;
    const std::vector<FoundUnit> others = searched.asked(forgetful, 100'000);
    const auto key = [](const FoundUnit& unit) { return unit.key; };
    score.noticed += !std::ranges::equal(others, found, {}, key, key);
  }
}

TEST(BlockSearch, FindsWhatANaiveLookAtCommandsFinds) {
  Score score;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const Searched searched(seed, 700, 40 + seed * 20);
    ASSERT_NO_FATAL_FAILURE(compare(searched, seed, 170, score));
  }
  EXPECT_GE(score.queries, 2'000);
  EXPECT_GE(score.not_empty * 2, score.queries);
  EXPECT_GE(score.mattered, 300);
  EXPECT_GE(score.noticed * 100, score.mattered * 99);
  EXPECT_GE(score.far_ends, 100);
}

TEST(BlockSearch, CountsByTime) {
  const Searched searched(3, 900, 200);
  RandomQuery random(5, searched.events(), searched.outside());
  uint64_t all = 0;
  for (int64_t i = 0; i < 100; ++i) {
    const Query query = random.query();
    Histogram empty;
    empty.begin_ns = 1'795'300'000'000'000'000 + i * 1'000;
    empty.width_ns = i % 2 == 0 ? 1 + i * 1'000'000'007 : (i + 1) * 1'000'000;
    empty.counts.resize(50);
    Histogram naive = empty, found = empty;
    for (const size_t event : searched.naive(query)) {
      const int64_t at = searched.key_of(event).time_ns - empty.begin_ns;
      if (at < 0 || at / empty.width_ns >= 50) continue;
      ++naive.counts[static_cast<size_t>(at / empty.width_ns)];
      ++all;
    }
    ASSERT_TRUE(searched.index().count(query, found, searched.outside(), never).is_ok());
    EXPECT_EQ(found.counts, naive.counts) << query.to_text();
  }
  EXPECT_GT(all, 500u);
}

}  // namespace
}  // namespace spoor::collector
