#include "collector/search/command_table.h"

#include <algorithm>

#include "collector/blocks/command_pairs.h"

namespace spoor::collector {

namespace {

constexpr size_t kOpenedMax = 4;

bool asks_ends(const Expression& expression) {
  if (expression.kind != Expression::Kind::test) {
    return std::ranges::any_of(expression.parts,
                               [](const Expression& part) { return asks_ends(part); });
  }
  const Field field = expression.test.field;
  return field == Field::exit || field == Field::signal || field == Field::result;
}

constexpr bool is_of_end(ColumnNumber column) {
  return column == column_number(Number::exit) || column == column_number(Number::signal);
}

uint64_t said_by(const FarEnd& end, Number column) {
  return column == Number::exit ? end.exit : end.signal;
}

}  // namespace

bool asks_ends(const Query& query) {
  const bool has_commands = query.kinds[static_cast<size_t>(Kind::command)];
  return has_commands && query.where && asks_ends(*query.where);
}

// One page, whose columns of ends are made of several.
class CommandTable::Page final : public RowPage {
 public:
  Page(const CommandTable& table, size_t number)
      : table_(table), number_(number), page_(table.table_.open_page(number)) {}

 private:
  Result<std::span<const uint64_t>> column_of(ColumnNumber column) override {
    if (column >= kFirstText) return page_->values(static_cast<Text>(column - kFirstText));
    const auto number = static_cast<Number>(column);
    if (!is_of_end(column)) return page_->values(number);
    std::vector<uint64_t>& out = number == Number::exit ? exits_ : signals_;
    if (out.empty()) RETURN_IF_ERROR(join(number, out));
    return std::span<const uint64_t>(out);
  }
  Status join(Number column, std::vector<uint64_t>& out);

  const CommandTable& table_;
  const size_t number_;
  const std::unique_ptr<RowPage> page_;
  std::vector<uint64_t> exits_, signals_;
};

Status CommandTable::Page::join(Number column, std::vector<uint64_t>& out) {
  ASSIGN_OR_RETURN(const auto own, page_->values(column));
  ASSIGN_OR_RETURN(const auto partners, page_->values(Number::partner));
  std::vector<uint64_t> joined(own.begin(), own.end());
  const size_t first = number_ * kPageRows;
  size_t at = number_;
  std::span<const uint64_t> there = own;
  for (size_t i = 0; i < joined.size(); ++i) {
    if (partners[i] <= kHasEndOfFailed) continue;
    const auto end = end_of(partners[i], first + i, table_.rows());
    if (!end) return corrupt("index block: a command ends outside of it");
    if (const size_t page = *end / kPageRows; page != at) {
      at = page;
      there = own;
      if (page != number_) {
        ASSIGN_OR_RETURN(there, table_.ends_on(page).values(column));
      }
    }
    joined[i] = there[*end % kPageRows];
  }
  for (const FarEnd& end : table_.far_ends(number_)) {
    if (partners[end.start - first] == 0) joined[end.start - first] = said_by(end, column);
  }
  out = std::move(joined);
  return ok();
}

std::unique_ptr<RowPage> CommandTable::open_page(size_t page) const {
  return std::make_unique<Page>(*this, page);
}

RowPage& CommandTable::ends_on(size_t page) const {
  if (const auto at = opened_.find(page); at != opened_.end()) return *at->second;
  if (opened_.size() == kOpenedMax) opened_.clear();
  return *(opened_[page] = table_.open_page(page));
}

std::span<const FarEnd> CommandTable::far_ends(size_t page) const {
  const auto first = std::ranges::lower_bound(far_ends_, page * kPageRows, {}, &FarEnd::start);
  const auto end = std::ranges::lower_bound(far_ends_, page * kPageRows + rows_in(page), {},
                                            &FarEnd::start);
  return {first, end};
}

// What the rows say, and all that ends say which are as far away as any of the page's.
ValueRange CommandTable::range_of(ColumnNumber column, size_t page) const {
  if (column >= kFirstText) return table_.range(static_cast<Text>(column - kFirstText), page);
  const auto number = static_cast<Number>(column);
  ValueRange out = table_.range(number, page);
  if (!is_of_end(column) || !table_.range(Number::kind, page).holds(kStartKind)) return out;
  const size_t away = std::min<size_t>(table_.range(Number::partner, page).greatest / 2, rows());
  const size_t first = page * kPageRows, last = first + rows_in(page) - 1;
  const size_t first_page = (first - std::min(first, away)) / kPageRows;
  const size_t last_page = std::min(last + away, rows() - 1) / kPageRows;
  for (size_t near = first_page; near <= last_page; ++near) {
    const ValueRange range = table_.range(number, near);
    out = {std::min(out.least, range.least), std::max(out.greatest, range.greatest)};
  }
  for (const FarEnd& end : far_ends(page)) {
    out.least = std::min(out.least, said_by(end, number));
    out.greatest = std::max(out.greatest, said_by(end, number));
  }
  return out;
}

}  // namespace spoor::collector
