// Rows are kept as rows, and become columns a page at a time:
//
//   rows as they came ─► their order ─► a page of them ─► its columns; texts are numbered anew, by
//     the first row that has them ─► which rows are alike ─► each column, packed
//   then the columns one behind the other, the texts in packs with their trigrams, and the layout
#include "collector/blocks/block_writer.h"

#include <algorithm>
#include <tuple>

#include "collector/blocks/command_pairs.h"
#include "collector/blocks/layout.h"
#include "collector/blocks/number_coding.h"
#include "collector/blocks/row_models.h"
#include "collector/blocks/text_pack.h"
#include "collector/blocks/trigrams.h"

namespace spoor::collector {

namespace {

// Rows that become columns together: few enough to stay in the processor's cache meanwhile.
constexpr size_t kTileRows = 256;
static_assert(kPageRows % kTileRows == 0);

constexpr size_t kRest = static_cast<size_t>(Text::rest);

// The texts of a column as the block numbers them.
struct Numbering {
  std::vector<uint32_t> block_number;  // by the writer's
  std::vector<uint32_t> in_order;      // the writer's, by the block's

  uint32_t of(uint32_t number) {
    uint32_t& out = block_number[number];
    if (out == 0 && number != 0) {
      in_order.push_back(number);
      out = static_cast<uint32_t>(in_order.size());
    }
    return out;
  }
};

class Sealing {
 public:
  Sealing(size_t rows, const BlockWriter::Rows& kept, const BlockWriter::Tables& tables,
          BlockWriter::Columns used);

  std::string seal(EventClass event_class);

 private:
  const BlockWriter::Kept& row(size_t number) const {
    return kept_[number / kPageRows][number % kPageRows];
  }
  void sort_rows();
  void read_page(size_t page);
  void read_tile(size_t begin, size_t size, size_t page_row);
  void find_models();
  void find_partners(size_t page);
  void write_page();
  void write_partners();
  void write_column(ColumnNumber column, const Coding& coding);
  void join_columns();
  void write_dictionary(Text column);

  const size_t rows_;
  const BlockWriter::Rows& kept_;
  const BlockWriter::Tables& tables_;
  BlockWriter::Columns used_;
  std::vector<uint32_t> order_;  // of the rows, each by its number
  std::array<Numbering, kTexts> numberings_;
  // The page at hand: its columns, and what they are told from.
  std::array<std::vector<uint64_t>, kColumnNumbers> page_;
  KindModels kinds_;
  std::vector<uint16_t> processes_;
  // An end may be on another page than its start: so these are written at the end.
  CommandPairs pairs_;
  std::vector<uint64_t> partners_;
  std::vector<KindModels> kinds_of_pages_;
  // The pages before it, by column.
  std::array<std::string, kColumnNumbers> packed_;
  ChunkPacker packer_;
  Layout layout_;
  std::string block_;
};

Sealing::Sealing(size_t rows, const BlockWriter::Rows& kept, const BlockWriter::Tables& tables,
                 BlockWriter::Columns used)
    : rows_(rows), kept_(kept), tables_(tables), used_(used) {
  used_[column_number(Number::twin)] = used[column_number(Number::pid)];
  used_[column_number(Number::partner)] = false;
  for (size_t i = 0; i < kTexts; ++i) {
    numberings_[i].block_number.resize(tables[i].size() + 1);
  }
}

std::string Sealing::seal(EventClass event_class) {
  sort_rows();
  for (size_t page = 0; page < pages_of(rows_); ++page) {
    read_page(page);
    find_models();
    find_partners(page);
    write_page();
  }
  write_partners();
  block_.resize(kIndexBlockHeaderSize);
  join_columns();
  for (size_t i = 0; i < kTexts; ++i) write_dictionary(static_cast<Text>(i));
  BlockHeader header;
  header.event_class = event_class;
  header.rows = static_cast<uint32_t>(rows_);
  header.layout = packer_.append(encode_layout(layout_), block_);
  header.size = block_.size();
  block_.replace(0, kIndexBlockHeaderSize, encode_block_header(header));
  return std::move(block_);
}

void Sealing::sort_rows() {
  struct Place {
    uint32_t host, session;
    uint64_t epoch, order;
    uint32_t row;
    bool operator<(const Place& other) const {
      return std::tie(host, session, epoch, order, row) <
             std::tie(other.host, other.session, other.epoch, other.order, other.row);
    }
  };
  std::vector<Place> places(rows_);
  for (uint32_t i = 0; i < rows_; ++i) {
    const BlockWriter::Kept& kept = row(i);
    places[i] = {kept.texts[static_cast<size_t>(Text::host)],
                 kept.texts[static_cast<size_t>(Text::session)],
                 kept.numbers[static_cast<size_t>(Number::epoch)],
                 kept.numbers[static_cast<size_t>(Number::order)], i};
  }
  std::ranges::sort(places, std::less());
  order_.resize(rows_);
  std::ranges::transform(places, order_.begin(), &Place::row);
}

void Sealing::read_page(size_t page) {
  const size_t size = rows_in_page(rows_, page);
  for (std::vector<uint64_t>& column : page_) column.clear();
  for (const Number column : {Number::kind, Number::pid, Number::birth}) {
    page_[column_number(column)].resize(size);  // find_models looks at them, used or not
  }
  page_[column_number(Text::host)].resize(size);
  for (size_t column = 0; column < kColumnNumbers; ++column) {
    if (used_[column]) page_[column].resize(size);
  }
  for (size_t i = 0; i < size; i += kTileRows) {
    read_tile(page * kPageRows + i, std::min(kTileRows, size - i), i);
  }
}

void Sealing::read_tile(size_t begin, size_t size, size_t page_row) {
  std::array<const BlockWriter::Kept*, kTileRows> tile;
  for (size_t i = 0; i < size; ++i) tile[i] = &row(order_[begin + i]);
  for (size_t column = 0; column < kNumbers; ++column) {
    if (!used_[column]) continue;
    uint64_t* out = page_[column].data() + page_row;
    for (size_t i = 0; i < size; ++i) out[i] = tile[i]->numbers[column];
  }
  for (size_t column = 0; column < kTexts; ++column) {
    if (!used_[kFirstText + column]) continue;
    uint64_t* out = page_[kFirstText + column].data() + page_row;
    for (size_t i = 0; i < size; ++i) out[i] = numberings_[column].of(tile[i]->texts[column]);
  }
}

void Sealing::find_models() {
  const auto column = [&](auto name) -> const std::vector<uint64_t>& {
    return page_[column_number(name)];
  };
  std::vector<ProcessName> processes(column(Number::kind).size());
  for (size_t i = 0; i < processes.size(); ++i) {
    processes[i] = {column(Text::host)[i], column(Number::pid)[i], column(Number::birth)[i]};
  }
  page_[column_number(Number::twin)] = twins_of(processes);
  kinds_ = kind_models(column(Number::kind));
  processes_ = process_models(column(Number::twin)).value();
}

void Sealing::find_partners(size_t page) {
  if (!used_[column_number(Number::exec)]) return;
  const auto at = [&](auto name, size_t i) { return page_[column_number(name)][i]; };
  for (size_t i = 0; i < page_[column_number(Number::kind)].size(); ++i) {
    const auto row = static_cast<uint32_t>(page * kPageRows + i);
    const uint64_t result = used_[column_number(Number::result)] ? at(Number::result, i) : 0;
    if (!is_half(at(Number::kind, i))) continue;
    const uint64_t session = used_[column_number(Text::session)] ? at(Text::session, i) : 0;
    const SessionProcess process{at(Text::host, i), session, at(Number::pid, i),
                                 at(Number::birth, i)};
    const uint64_t exec = at(Number::exec, i);
    const auto pair = at(Number::kind, i) == kEndKind
                          ? pairs_.end(process, exec, row)
                          : pairs_.start(process, exec, result == kFailedResult, row);
    if (!pair) continue;
    partners_.resize(rows_);
    partners_[pair->end] = kHasStart;
    partners_[pair->start] = partner_of(*pair);
  }
}

void Sealing::write_partners() {
  if (partners_.empty()) return;
  std::vector<uint64_t>& column = page_[column_number(Number::partner)];
  for (size_t page = 0; page < pages_of(rows_); ++page) {
    const auto begin = partners_.begin() + static_cast<ptrdiff_t>(page * kPageRows);
    column.assign(begin, begin + static_cast<ptrdiff_t>(rows_in_page(rows_, page)));
    kinds_ = std::move(kinds_of_pages_[page]);
    write_column(column_number(Number::partner), coding_of(Number::partner));
  }
}

void Sealing::write_page() {
  for (size_t i = 0; i < kNumbers; ++i) {
    const auto column = static_cast<Number>(i);
    if (column == Number::partner) continue;
    if (used_[i]) write_column(column_number(column), coding_of(column));
  }
  for (size_t i = 0; i < kTexts; ++i) {
    const auto column = static_cast<Text>(i);
    if (used_[kFirstText + i]) write_column(column_number(column), coding_of(column));
  }
  kinds_of_pages_.push_back(std::move(kinds_));
}

void Sealing::write_column(ColumnNumber column, const Coding& coding) {
  const std::vector<uint64_t>& values = page_[column];
  ColumnPage& out = layout_.columns[column].emplace_back();
  const auto [least, greatest] = std::ranges::minmax(values);
  out.least = least;
  out.greatest = greatest;
  if (least == greatest) return;
  out.coding = coding;
  CodingContext context{&kinds_, processes_, {}, least};
  if (coding.beside && used_[column_number(*coding.beside)]) {
    context.beside = page_[column_number(*coding.beside)];
  } else {
    out.coding.beside.reset();
    out.coding.beside_is_ms = false;
  }
  out.chunk = packer_.append(encode_numbers(values, out.coding, context), packed_[column]);
}

void Sealing::join_columns() {
  for (size_t column = 0; column < kColumnNumbers; ++column) {
    for (ColumnPage& page : layout_.columns[column]) page.chunk.offset += block_.size();
    block_ += packed_[column];
  }
}

void Sealing::write_dictionary(Text column) {
  const size_t i = static_cast<size_t>(column);
  const std::vector<uint32_t>& texts = numberings_[i].in_order;
  Dictionary& dictionary = layout_.dictionaries[i];
  TextPackWriter pack;
  TrigramWriter trigrams;
  for (size_t n = 0; n < texts.size(); ++n) {
    const TextValue text = tables_[i].at(texts[n]);
    pack.add(text);
    if (is_searched(column)) trigrams.add(text.text, text.is_cut);
    if (!pack.is_full() && n + 1 < texts.size()) continue;
    PackPlace place;
    place.first = dictionary.texts + 1;
    place.texts = pack.texts();
    place.chunk = packer_.append(pack.take(), block_);
    dictionary.texts += place.texts;
    dictionary.packs.push_back(place);
    trigrams.end_pack();
  }
  if (!is_searched(column) || dictionary.packs.size() < kTrigramPacksMin) return;
  for (const std::string& slab : trigrams.slabs()) {
    dictionary.slabs.push_back(packer_.append(slab, block_));
  }
}

}  // namespace

void BlockWriter::add(const Row& row) {
  CHECK(!is_full());
  const size_t page = rows_ / kPageRows;
  if (page == kept_.size()) kept_.emplace_back().reserve(kPageRows);
  Kept& kept = kept_[page].emplace_back(row.numbers);
  for (size_t i = 0; i < kNumbers; ++i) any_[i] |= row.numbers[i];
  const uint32_t session = place_of(Text::session, row[Text::session]).number();
  if (session >= before_.size()) before_.resize(session + 1);
  Before& before = before_[session];
  for (const TextTable::Place& place : before) place.expect();
  for (size_t i = 0; i < kTexts; ++i) {
    const TextValue& text = row.texts[i];
    if (text.is_nothing()) continue;
    const bool is_second = i == kRest && row[Number::kind] % 2 != 0;
    TextTable::Place& place = before[is_second ? kSecondRest : i];
    if (place.is_nothing() || place.text() != text) place = place_of(static_cast<Text>(i), text);
    kept.texts[i] = place.number();
  }
  ++rows_;
}

TextTable::Place BlockWriter::place_of(Text column, const TextValue& text) {
  TextTable& table = tables_[static_cast<size_t>(column)];
  const uint64_t bytes_before = table.bytes();
  const TextTable::Place out = table.place_of(text);
  text_bytes_ += table.bytes() - bytes_before;
  return out;
}

bool BlockWriter::is_full() const {
  return rows_ == kIndexBlockRowsMax || text_bytes_ >= kIndexBlockTextMax;
}

std::string BlockWriter::seal() const {
  CHECK(rows_ > 0);
  Columns used;
  for (size_t i = 0; i < kNumbers; ++i) used[i] = any_[i] != 0;
  for (size_t i = 0; i < kTexts; ++i) used[kFirstText + i] = tables_[i].size() > 0;
  return Sealing(rows_, kept_, tables_, used).seal(event_class_);
}

void BlockWriter::clear() {
  rows_ = 0;
  text_bytes_ = 0;
  any_ = {};
  before_.clear();
  for (std::vector<Kept>& page : kept_) page.clear();
  for (TextTable& table : tables_) table.clear();
}

}  // namespace spoor::collector
