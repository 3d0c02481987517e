#include "collector/search/row_query.h"

#include <algorithm>
#include <limits>

#include "collector/blocks/command_pairs.h"

namespace spoor::collector {

namespace {

Status cancelled() { return unavailable("the caller did not wait for the answer"); }

}  // namespace

bool RowQuery::Span::may_hold(const ValueRange& ms) const {
  return time_of(ms.greatest, kNsPerMs - 1) >= since_ns && time_of(ms.least, 0) < until_ns;
}

Result<RowQuery> RowQuery::make(const Query& query, const RowTable& table,
                                const Outside& outside, FarHalves far_halves) {
  const Span span{query.since_ns.value_or(0),
                  query.until_ns.value_or(std::numeric_limits<int64_t>::max())};
  RowFilter::Pages pages(table.pages());
  for (size_t page = 0; page < pages.size(); ++page) {
    pages[page] = span.may_hold(table.range(Number::time_ms, page));
  }
  std::unique_ptr<const CommandTable> commands;
  if (asks_ends(query)) {
    std::vector<FarEnd> far_ends;
    if (far_halves.ends && std::ranges::find(pages, true) != pages.end()) {
      ASSIGN_OR_RETURN(far_ends, far_halves.ends());
    }
    commands = std::make_unique<CommandTable>(table, std::move(far_ends));
  }
  const RowTable& asked = commands ? *commands : table;
  ASSIGN_OR_RETURN(RowFilter filter, RowFilter::make(query, asked, outside, std::move(pages)));
  return RowQuery(table, std::move(commands), outside, std::move(far_halves), span,
                  std::move(filter));
}

bool RowQuery::finds_nothing() const {
  return std::ranges::find(filter_.pages(), true) == filter_.pages().end();
}

Status RowQuery::drop_joined_ends(size_t number, RowPage& page, std::span<Answer> answers) {
  if (!table_.range(Number::kind, number).holds(kEndKind)) return ok();
  ASSIGN_OR_RETURN(const auto partners, page.values(Number::partner));
  for (size_t i = 0; i < answers.size(); ++i) {
    if (partners[i] == kHasStart) answers[i] = Answer::no;
  }
  if (!far_halves_.joined_ends) return ok();
  if (!joined_ends_) {
    ASSIGN_OR_RETURN(const auto kinds, page.values(Number::kind));
    bool is_end = false;
    for (size_t i = 0; i < answers.size() && !is_end; ++i) {
      is_end = answers[i] != Answer::no && kinds[i] == kEndKind;
    }
    if (!is_end) return ok();
    ASSIGN_OR_RETURN(joined_ends_, far_halves_.joined_ends());
  }
  const size_t first = number * kPageRows;
  for (auto at = std::ranges::lower_bound(*joined_ends_, first);
       at != joined_ends_->end() && *at < first + answers.size(); ++at) {
    answers[*at - first] = Answer::no;
  }
  return ok();
}

template <typename Use>
Status RowQuery::each_row(size_t number, const Span& span, bool to_the_ns,
                          const IsCancelled& is_cancelled, Use use) {
  if (is_cancelled()) return cancelled();
  const auto page = table_.open_page(number);
  PageLook look{table_, number, *page, *texts_, outside_};
  std::vector<Answer> answers(table_.rows_in(number));
  RETURN_IF_ERROR(filter_.answer(look, 0, answers));
  const auto is_any_left = [&] {
    return std::ranges::count(answers, Answer::no) != std::ssize(answers);
  };
  if (!is_any_left()) return ok();
  RETURN_IF_ERROR(drop_joined_ends(number, *page, answers));
  if (!is_any_left()) return ok();
  ASSIGN_OR_RETURN(const auto ms, page->values(Number::time_ms));
  std::span<const uint64_t> ns;
  if (to_the_ns) {
    ASSIGN_OR_RETURN(ns, page->values(Number::time_ns));
  }
  look.asks_log = true;
  for (size_t row = 0; row < answers.size(); ++row) {
    if (answers[row] == Answer::no) continue;
    const int64_t time_ns = time_of(ms[row], to_the_ns ? ns[row] : 0);
    if (!span.holds(time_ns)) continue;
    if (answers[row] == Answer::unsure) {
      if (is_cancelled()) return cancelled();
      const Status looked = filter_.answer(look, row, std::span(answers).subspan(row, 1));
      if (looked.code() == Code::full) {
        ++unsure_;
        continue;
      }
      RETURN_IF_ERROR(looked);
      if (answers[row] != Answer::yes) continue;
    }
    RETURN_IF_ERROR(use(row, time_ns, *page));
  }
  return ok();
}

// Page by page, those with the newest rows first, until no page can have one that is newer than
// those that were found.
Result<std::vector<FoundRow>> RowQuery::newest(const Newest& wanted,
                                               const IsCancelled& is_cancelled) {
  Span span = span_;
  span.since_ns = std::max(span.since_ns, wanted.since_ns);
  if (wanted.before && wanted.before->time_ns < span.until_ns) {
    span.until_ns = wanted.before->time_ns + 1;
  }
  std::vector<size_t> pages;
  for (size_t page = 0; page < table_.pages(); ++page) {
    if (filter_.pages()[page]) pages.push_back(page);
  }
  std::ranges::stable_sort(pages, std::greater(), [&](size_t page) {
    return table_.range(Number::time_ms, page).greatest;
  });
  std::vector<FoundRow> found;  // a heap: the oldest on top
  for (const size_t number : pages) {
    if (wanted.rows == 0) break;
    if (!span.may_hold(table_.range(Number::time_ms, number))) continue;
    RETURN_IF_ERROR(each_row(number, span, true, is_cancelled,
                             [&](size_t row, int64_t time_ns, RowPage& page) -> Status {
      ASSIGN_OR_RETURN(const auto entries, page.values(Number::entry));
      ASSIGN_OR_RETURN(const auto sequences, page.values(Number::sequence));
      const FoundRow one{{time_ns, entries[row], sequences[row]},
                         static_cast<uint32_t>(number * kPageRows + row)};
      if (wanted.before && one.key >= *wanted.before) return ok();
      if (found.size() == wanted.rows) {
        if (one < found.front()) return ok();
        std::ranges::pop_heap(found, std::greater());
        found.pop_back();
      }
      found.push_back(one);
      std::ranges::push_heap(found, std::greater());
      return ok();
    }));
    if (found.size() == wanted.rows) span.since_ns = found.front().key.time_ns;
  }
  std::ranges::sort(found, std::greater());
  return found;
}

Result<uint64_t> RowQuery::count_page(size_t number) {
  std::vector<Answer> answers(table_.rows_in(number), Answer::yes);
  const auto page = table_.open_page(number);
  RETURN_IF_ERROR(drop_joined_ends(number, *page, answers));
  return static_cast<uint64_t>(std::ranges::count(answers, Answer::yes));
}

Status RowQuery::count(Histogram& histogram, const IsCancelled& is_cancelled) {
  const int64_t begin = histogram.begin_ns, width = histogram.width_ns;
  CHECK(begin >= 0 && width > 0);
  const int64_t widths_left = (std::numeric_limits<int64_t>::max() - begin) / width;
  Span span = span_;
  span.since_ns = std::max(span.since_ns, begin);
  CHECK(std::ssize(histogram.counts) <= widths_left);
  span.until_ns = std::min(span.until_ns, begin + width * std::ssize(histogram.counts));
  const auto has_ns = [](int64_t time_ns) { return time_ns % kNsPerMs != 0; };
  const bool to_the_ns =
      has_ns(begin) || has_ns(width) || has_ns(span.since_ns) || has_ns(span.until_ns);
  // Where the row before was counted: mostly this one is, too, and to divide takes longer.
  Span last;
  size_t at = 0;
  for (size_t number = 0; number < table_.pages(); ++number) {
    if (!filter_.pages()[number]) continue;
    const ValueRange ms = table_.range(Number::time_ms, number);
    if (!span.may_hold(ms)) continue;
    // A page of one span, all of which is wanted: no time of it need be read.
    const int64_t first = time_of(ms.least, 0), end = time_of(ms.greatest, kNsPerMs - 1);
    if (span.holds(first) && span.holds(end) && (first - begin) / width == (end - begin) / width &&
        filter_.wants_all(table_, number)) {
      if (is_cancelled()) return cancelled();
      ASSIGN_OR_RETURN(const uint64_t rows, count_page(number));
      histogram.counts[static_cast<size_t>((first - begin) / width)] += rows;
      continue;
    }
    RETURN_IF_ERROR(each_row(number, span, to_the_ns, is_cancelled,
                             [&](size_t, int64_t time_ns, RowPage&) -> Status {
      if (!last.holds(time_ns)) {
        at = static_cast<size_t>((time_ns - begin) / width);
        last.since_ns = begin + width * static_cast<int64_t>(at);
        last.until_ns = last.since_ns + width;
      }
      ++histogram.counts[at];
      return ok();
    }));
  }
  return ok();
}

}  // namespace spoor::collector
