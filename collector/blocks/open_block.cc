#include "collector/blocks/open_block.h"

#include <array>
#include <limits>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "collector/blocks/block_writer.h"
#include "collector/blocks/command_pairs.h"

namespace spoor::collector {

namespace {

TextValue text_of(const BlockWriter& writer, Text column, uint32_t number) {
  return number == 0 ? TextValue() : writer.tables()[static_cast<size_t>(column)].at(number);
}

}  // namespace

// Which halves of commands belong together: found out by who asks, from where it was asked last.
class Partners {
 public:
  // Of the rows from `begin` to `end`, as far as both halves are before `rows`.
  template <typename RowAt>
  std::vector<uint64_t> of(size_t begin, size_t end, size_t rows, RowAt row_at);

 private:
  void add(const BlockWriter::Kept& row);

  std::mutex mutex_;
  CommandPairs pairs_;
  struct Known {
    uint64_t partner = 0;
    uint32_t other = 0;  // row
  };
  std::vector<Known> known_;  // of each row
};

void Partners::add(const BlockWriter::Kept& row) {
  const auto number = [&](Number column) { return row.numbers[static_cast<size_t>(column)]; };
  const auto text = [&](Text column) { return row.texts[static_cast<size_t>(column)]; };
  const auto at = static_cast<uint32_t>(known_.size());
  known_.emplace_back();
  if (!is_half(number(Number::kind))) return;
  const SessionProcess process{text(Text::host), text(Text::session), number(Number::pid),
                               number(Number::birth)};
  const uint64_t exec = number(Number::exec);
  const auto pair =
      number(Number::kind) == kEndKind
          ? pairs_.end(process, exec, at)
          : pairs_.start(process, exec, number(Number::result) == kFailedResult, at);
  if (!pair) return;
  known_[pair->end] = {kHasStart, pair->start};
  known_[pair->start] = {partner_of(*pair), pair->end};
}

template <typename RowAt>
std::vector<uint64_t> Partners::of(size_t begin, size_t end, size_t rows, RowAt row_at) {
  const std::lock_guard lock(mutex_);
  while (known_.size() < rows) add(row_at(known_.size()));
  std::vector<uint64_t> out(end - begin);
  for (size_t i = begin; i < end; ++i) {
    if (known_[i].other < rows) out[i - begin] = known_[i].partner;
  }
  return out;
}

// Rows and texts that are there stay where they are; what says where (the writer's vectors) is
// behind `mutex`.
struct OpenBlock::Kept {
  explicit Kept(EventClass event_class) : writer(event_class) {}

  std::mutex mutex;
  BlockWriter writer;
  std::vector<ValueRange> times;  // of each page
  Partners partners;
};

class OpenBlock::View final : public RowTable {
 public:
  explicit View(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {
    const std::lock_guard lock(kept_->mutex);
    rows_ = kept_->writer.rows();
    times_ = kept_->times;
    for (const auto& page : kept_->writer.kept()) pages_.push_back(page.data());
  }

  size_t rows() const override { return rows_; }
  uint32_t texts(Text column) const override {
    return static_cast<uint32_t>(places(column).size());
  }
  Result<FoundTexts> find(Text column, const TextTest& test) const override;
  std::unique_ptr<RowPage> open_page(size_t page) const override;
  std::unique_ptr<RowTexts> open_texts() const override;

  const BlockWriter::Kept& row(size_t number) const {
    return pages_[number / kPageRows][number % kPageRows];
  }
  std::vector<uint64_t> partners(size_t page) const {
    return kept_->partners.of(page * kPageRows, page * kPageRows + rows_in(page), rows_,
                              [this](size_t number) -> const auto& { return row(number); });
  }
  TextValue text(Text column, uint64_t number) const {
    CHECK(number <= places(column).size());
    return number == 0 ? TextValue() : places(column)[number - 1].text();
  }

 private:
  ValueRange range_of(ColumnNumber column, size_t page) const override;
  const std::vector<TextTable::Place>& places(Text column) const;

  const std::shared_ptr<Kept> kept_;
  size_t rows_ = 0;
  std::vector<ValueRange> times_;
  std::vector<const BlockWriter::Kept*> pages_;
  // Where the texts are; of a column that was asked for.
  mutable std::array<std::once_flag, kTexts> is_known_;
  mutable std::array<std::vector<TextTable::Place>, kTexts> places_;
};

class OpenBlock::Page final : public RowPage {
 public:
  Page(const View& view, size_t page) : view_(view), page_(page) {}

 private:
  Result<std::span<const uint64_t>> column_of(ColumnNumber column) override;

  const View& view_;
  const size_t page_;
  std::array<std::vector<uint64_t>, kColumnNumbers> columns_;
};

class OpenBlock::Texts final : public RowTexts {
 public:
  explicit Texts(const View& view) : view_(view) {}
  Result<TextValue> text(Text column, uint64_t number) override {
    return view_.text(column, number);
  }

 private:
  const View& view_;
};

OpenBlock::OpenBlock(EventClass event_class) : kept_(std::make_shared<Kept>(event_class)) {}
OpenBlock::~OpenBlock() = default;

void OpenBlock::add(const Row& row) {
  const std::lock_guard lock(kept_->mutex);
  const uint64_t time = row[Number::time_ms];
  if (kept_->writer.rows() % kPageRows == 0) kept_->times.push_back({time, time});
  ValueRange& times = kept_->times.back();
  times = {std::min(times.least, time), std::max(times.greatest, time)};
  kept_->writer.add(row);
}

size_t OpenBlock::rows() const { return kept_->writer.rows(); }
bool OpenBlock::is_full() const { return kept_->writer.is_full(); }
std::string OpenBlock::seal() const { return kept_->writer.seal(); }
// As the writer sorts them: by the numbers of host and session.
std::vector<OpenBlock::Session> OpenBlock::sessions() const {
  const auto number = [](const BlockWriter::Kept& row, Text column) {
    return row.texts[static_cast<size_t>(column)];
  };
  const BlockWriter& writer = kept_->writer;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> rows;
  for (const auto& page : writer.kept()) {
    for (const auto& row : page) ++rows[{number(row, Text::host), number(row, Text::session)}];
  }
  std::vector<Session> out;
  uint32_t first = 0;
  for (const auto& [name, count] : rows) {
    out.push_back({text_of(writer, Text::host, name.first),
                   text_of(writer, Text::session, name.second), first, count});
    first += count;
  }
  return out;
}

Row OpenBlock::row(size_t number) const {
  const std::lock_guard lock(kept_->mutex);
  const BlockWriter::Kept& kept = kept_->writer.kept()[number / kPageRows][number % kPageRows];
  Row out;
  out.numbers = kept.numbers;
  for (size_t i = 0; i < kTexts; ++i) {
    out.texts[i] = text_of(kept_->writer, static_cast<Text>(i), kept.texts[i]);
  }
  return out;
}

std::shared_ptr<const RowTable> OpenBlock::view() const {
  return std::make_shared<const View>(kept_);
}

const std::vector<TextTable::Place>& OpenBlock::View::places(Text column) const {
  const auto i = static_cast<size_t>(column);
  std::call_once(is_known_[i], [&] {
    const std::lock_guard lock(kept_->mutex);
    places_[i] = kept_->writer.tables()[i].places();
  });
  return places_[i];
}

// In packs, as a sealed block has them: a text is like a test here if it is so there.
Result<FoundTexts> OpenBlock::View::find(Text column, const TextTest& test) const {
  CHECK(is_searched(column));
  FoundTexts out;
  TextSearch search(test);
  TextPackWriter writer;
  const uint32_t size = texts(column);
  for (uint32_t number = 1, first = 1; number <= size; ++number) {
    writer.add(text(column, number));
    if (!writer.is_full() && number < size) continue;
    const uint32_t texts = writer.texts();
    ASSIGN_OR_RETURN(const TextPack pack, TextPack::open(writer.take(), texts));
    RETURN_IF_ERROR(search.look_into(pack, first, out));
    first = number + 1;
  }
  return out;
}

std::unique_ptr<RowPage> OpenBlock::View::open_page(size_t page) const {
  CHECK(page < pages());
  return std::make_unique<Page>(*this, page);
}
std::unique_ptr<RowTexts> OpenBlock::View::open_texts() const {
  return std::make_unique<Texts>(*this);
}

ValueRange OpenBlock::View::range_of(ColumnNumber column, size_t page) const {
  if (column == column_number(Number::time_ms)) return times_[page];
  if (column == column_number(Number::twin)) return {};
  return {0, column < kFirstText ? std::numeric_limits<uint64_t>::max()
                                 : texts(static_cast<Text>(column - kFirstText))};
}

Result<std::span<const uint64_t>> OpenBlock::Page::column_of(ColumnNumber column) {
  std::vector<uint64_t>& out = columns_[column];
  if (out.empty() && column == column_number(Number::partner)) {
    out = view_.partners(page_);
  } else if (out.empty()) {
    out.resize(view_.rows_in(page_));
    for (size_t i = 0; i < out.size(); ++i) {
      const BlockWriter::Kept& row = view_.row(page_ * kPageRows + i);
      out[i] = column < kFirstText ? row.numbers[column] : row.texts[column - kFirstText];
    }
  }
  return std::span<const uint64_t>(out);
}

}  // namespace spoor::collector
