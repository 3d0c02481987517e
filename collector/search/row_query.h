// A query asked of one table, sealed or not: its newest rows behind a cursor, or how many there
// were when. One thread; the table and what is outside must outlive it.
//
// A row stands for an event, and the start of a command for all of the command: it says how that
// ended, too, and an end is a row of its own only where no start is known.
#pragma once

#include <optional>
#include <vector>

#include "collector/model.h"
#include "collector/search/asked.h"
#include "collector/search/command_table.h"
#include "collector/search/row_filter.h"

namespace spoor::collector {

struct FoundRow {
  RowKey key;
  uint32_t row = 0;  // of the table
  auto operator<=>(const FoundRow&) const = default;
};

class RowQuery {
 public:
  // Errors are those of reading the table, or of the log for texts that were cut there.
  static Result<RowQuery> make(const Query& query, const RowTable& table, const Outside& outside,
                               FarHalves far_halves = {});

  // No row of the table can be wanted. This took no more than a look at ranges and at texts.
  bool finds_nothing() const;

  // The newest first. `unavailable` when cancelled.
  Result<std::vector<FoundRow>> newest(const Newest& wanted, const IsCancelled& is_cancelled);
  // Rows that may be wanted, of which the log was not asked, since that was enough (`full`).
  uint64_t unsure() const { return unsure_; }

  // Adds to `histogram`.
  Status count(Histogram& histogram, const IsCancelled& is_cancelled);

 private:
  // When a row may be: from the first ns on, before the other.
  struct Span {
    int64_t since_ns = 0, until_ns = 0;
    bool holds(int64_t time_ns) const { return since_ns <= time_ns && time_ns < until_ns; }
    bool may_hold(const ValueRange& ms) const;
  };

  RowQuery(const RowTable& table, std::unique_ptr<const CommandTable> commands,
           const Outside& outside, FarHalves far_halves, Span span, RowFilter filter)
      : table_(commands ? *commands : table), commands_(std::move(commands)), outside_(outside),
        far_halves_(std::move(far_halves)), span_(span), filter_(std::move(filter)),
        texts_(table.open_texts()) {}

  // Calls use(row within the page, time_ns, page) for each row of a page that is wanted.
  // `to_the_ns` not set: it is enough to know the ms.
  template <typename Use>
  Status each_row(size_t number, const Span& span, bool to_the_ns, const IsCancelled& is_cancelled,
                  Use use);

  // Those of a page all of whose events are wanted.
  Result<uint64_t> count_page(size_t number);
  // Ends whose starts are known are no rows of their own.
  Status drop_joined_ends(size_t number, RowPage& page, std::span<Answer> answers);

  const RowTable& table_;
  std::unique_ptr<const CommandTable> commands_;  // if ends are asked for
  const Outside& outside_;
  FarHalves far_halves_;
  std::optional<std::vector<uint32_t>> joined_ends_;  // if they were asked for
  uint64_t unsure_ = 0;
  const Span span_;
  RowFilter filter_;
  std::unique_ptr<RowTexts> texts_;
};

}  // namespace spoor::collector
