// A query asked of one table, sealed or not: its newest rows behind a cursor, or how many there
// were when. One thread; the table and what is outside must outlive it.
//
// A row is an event, which answers for itself: the start of a command knows no exit code, and its
// end no arguments.
#pragma once

#include <optional>
#include <vector>

#include "collector/model.h"
#include "collector/search/row_filter.h"
#include "collector/search/row_key.h"

namespace spoor::collector {

struct FoundRow {
  RowKey key;
  uint32_t row = 0;  // of the table
  auto operator<=>(const FoundRow&) const = default;
};

struct Newest {
  size_t rows = 0;              // at most
  std::optional<RowKey> before;  // strictly
};

// How many were in each of some spans of one width, one behind the other, none before 1970; others
// count nowhere.
struct Histogram {
  int64_t begin_ns = 0;
  int64_t width_ns = 1;
  std::vector<uint64_t> counts;
};

class RowQuery {
 public:
  // Errors are those of reading the table, or of the log for texts that were cut there.
  static Result<RowQuery> make(const Query& query, const RowTable& table, const Outside& outside);

  // No row of the table can be wanted. This took no more than a look at ranges and at texts.
  bool finds_nothing() const;

  // The newest first. `unavailable` when cancelled.
  Result<std::vector<FoundRow>> newest(const Newest& wanted, const IsCancelled& is_cancelled);
  // Adds to `histogram`.
  Status count(Histogram& histogram, const IsCancelled& is_cancelled);

 private:
  // When a row may be: from the first ns on, before the other.
  struct Span {
    int64_t since_ns = 0, until_ns = 0;
    bool holds(int64_t time_ns) const { return since_ns <= time_ns && time_ns < until_ns; }
    bool may_hold(const ValueRange& ms) const;
  };

  RowQuery(const RowTable& table, const Outside& outside, Span span, RowFilter filter)
      : table_(table), outside_(outside), span_(span), filter_(std::move(filter)),
        texts_(table.open_texts()) {}

  // Calls use(row within the page, time_ns, page) for each row of a page that is wanted.
  // `to_the_ns` not set: it is enough to know the ms.
  template <typename Use>
  Status each_row(size_t number, const Span& span, bool to_the_ns, const IsCancelled& is_cancelled,
                  Use use);

  const RowTable& table_;
  const Outside& outside_;
  const Span span_;
  RowFilter filter_;
  std::unique_ptr<RowTexts> texts_;
};

}  // namespace spoor::collector
