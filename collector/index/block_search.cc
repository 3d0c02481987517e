#include "collector/index/block_search.h"

#include <algorithm>

#include "collector/blocks/command_pairs.h"
#include "collector/index/row_events.h"

namespace spoor::collector {

namespace {

// Numbers of tables that are no blocks.
constexpr uint64_t kTailTables = uint64_t{1} << 62;
// Tables whose commands in several tables are kept at hand, 0.2 MB each.
constexpr size_t kHalvesKeptMax = 16;

Status cancelled() { return unavailable("the caller did not wait for the answer"); }

}  // namespace

void BlockSearch::add(EventClass event_class, std::shared_ptr<const RowTable> view) {
  if (view->rows() == 0) return;
  Table out{kTailTables + tail_tables_++, event_class, view->rows(), 0, 0, std::move(view)};
  out.least_ms = out.open->range(Number::time_ms, 0).least;
  for (size_t page = 0; page < out.open->pages(); ++page) {
    const ValueRange ms = out.open->range(Number::time_ms, page);
    out.least_ms = std::min(out.least_ms, ms.least);
    out.greatest_ms = std::max(out.greatest_ms, ms.greatest);
  }
  tables_.push_back(std::move(out));
}

Status BlockSearch::list() {
  ASSIGN_OR_RETURN(const std::vector<SealedBlock> blocks, reader_.blocks());
  for (const SealedBlock& block : blocks) {
    tables_.push_back({block.number, block.event_class, block.rows, block.least_ms,
                       block.greatest_ms, nullptr});
  }
  return ok();
}

bool BlockSearch::may_have(const Table& table) const {
  if (query_.until_ns && time_of(table.least_ms, 0) >= *query_.until_ns) return false;
  return !query_.since_ns || time_of(table.greatest_ms, kNsPerMs - 1) >= *query_.since_ns;
}

Status BlockSearch::tolerate(const Status& status, uint64_t rows) {
  if (status.code() != Code::corrupt && status.code() != Code::not_found) return status;
  shortfall_.missing.add(rows, status);
  return ok();
}

Result<const RowTable*> BlockSearch::open(Table& table) {
  if (table.open) return table.open.get();
  SealedBlock block;
  block.number = table.number;
  block.event_class = table.event_class;
  block.rows = table.rows;
  const auto opened = cache_.open(block);
  if (opened.is_ok()) {
    table.open = *opened;
  } else {
    RETURN_IF_ERROR(tolerate(opened.status(), table.rows));
  }
  return table.open.get();
}

// ------------------------------------------------------------------ commands in several tables

void BlockSearch::close(Table& table) {
  if (table.number < kTailTables) table.open = nullptr;
  if (halves_.size() > kHalvesKeptMax) halves_.clear();
}

// Good until a table is closed.
Result<const HalvesElsewhere*> BlockSearch::halves_of(uint64_t table) {
  if (const auto known = halves_.find(table); known != halves_.end()) return &known->second;
  if (!is_tail_joined_) RETURN_IF_ERROR(join_tail());
  HalvesElsewhere out;
  if (table < kTailTables) {
    ASSIGN_OR_RETURN(out, reader_.halves_of(table));
  }
  if (const auto at = tail_halves_.find(table); at != tail_halves_.end()) {
    const HalvesElsewhere& more = at->second;
    out.ends.insert(out.ends.end(), more.ends.begin(), more.ends.end());
    out.joined_ends.insert(out.joined_ends.end(), more.joined_ends.begin(),
                           more.joined_ends.end());
    out.sort();
  }
  return &(halves_[table] = std::move(out));
}

Status BlockSearch::join_tail() {
  for (size_t i = 0; i < tail_tables_; ++i) {
    if (is_cancelled_()) return cancelled();
    ASSIGN_OR_RETURN(const std::vector<CommandHalf> halves, lone_halves(*tables_[i].open));
    for (const CommandHalf& half : halves) {
      RETURN_IF_ERROR(pair_with_tail(tables_[i].number, half));
    }
  }
  is_tail_joined_ = true;
  return ok();
}

// With what came before in the tail, or is sealed.
Status BlockSearch::pair_with_tail(uint64_t table, const CommandHalf& half) {
  std::optional<WaitingHalf> other;
  const auto here = waiting_.find({half.process, !half.is_end});
  if (here != waiting_.end() && here->second.second.exec == half.exec) {
    const auto& [number, found] = here->second;
    other = {found.exec, found.failed, {number, found.row}, found.exit, found.signal};
    waiting_.erase(here);
  } else {
    ASSIGN_OR_RETURN(other, reader_.waiting_for(half));
  }
  if (!other) {
    waiting_[{half.process, half.is_end}] = {table, half};
    return ok();
  }
  const BlockRow at{table, half.row};
  const BlockRow& start = half.is_end ? other->at : at;
  const BlockRow& end = half.is_end ? at : other->at;
  if (!(half.is_end ? other->failed : half.failed)) {
    tail_halves_[start.block].ends.push_back({start.row, half.is_end ? half.exit : other->exit,
                                              half.is_end ? half.signal : other->signal, end});
  }
  tail_halves_[end.block].joined_ends.push_back(end.row);
  return ok();
}

FarHalves BlockSearch::far_halves(uint64_t table) {
  FarHalves out;
  out.ends = [this, table]() -> Result<std::vector<FarEnd>> {
    ASSIGN_OR_RETURN(const HalvesElsewhere* const halves, halves_of(table));
    std::vector<FarEnd> ends;
    for (const EndElsewhere& end : halves->ends) ends.push_back({end.start, end.exit, end.signal});
    return ends;
  };
  out.joined_ends = [this, table]() -> Result<std::vector<uint32_t>> {
    ASSIGN_OR_RETURN(const HalvesElsewhere* const halves, halves_of(table));
    return halves->joined_ends;
  };
  return out;
}

// ------------------------------------------------------------------ the newest

Status BlockSearch::ask(size_t table, const Newest& wanted, std::vector<Hit>& hits) {
  ASSIGN_OR_RETURN(const RowTable* const rows, open(tables_[table]));
  if (!rows) return ok();
  ASSIGN_OR_RETURN(RowQuery made, RowQuery::make(query_, *rows, outside_,
                                                 far_halves(tables_[table].number)));
  if (made.finds_nothing()) return ok();
  ASSIGN_OR_RETURN(const std::vector<FoundRow> found, made.newest(wanted, is_cancelled_));
  for (const FoundRow& one : found) hits.push_back({one, table});
  shortfall_.unsure += made.unsure();
  return ok();
}

Result<FoundUnits> BlockSearch::newest(Newest wanted) {
  RETURN_IF_ERROR(list());
  std::vector<size_t> order(tables_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater(),
                           [&](size_t table) { return tables_[table].greatest_ms; });
  std::vector<Hit> hits;
  for (const size_t table : order) {
    if (is_cancelled_()) return cancelled();
    const Table& at = tables_[table];
    if (time_of(at.greatest_ms, kNsPerMs - 1) < wanted.since_ns) break;
    if (!may_have(at) || (wanted.before && time_of(at.least_ms, 0) > wanted.before->time_ns))
      continue;
    RETURN_IF_ERROR(tolerate(ask(table, wanted, hits), at.rows));
    close(tables_[table]);
    std::ranges::sort(hits, std::greater());
    if (hits.size() < wanted.rows) continue;
    hits.resize(wanted.rows);
    if (hits.empty()) break;
    wanted.since_ns = hits.back().found.key.time_ns;
  }
  FoundUnits out;
  ASSIGN_OR_RETURN(out.units, read(hits));
  out.found = hits.size();
  out.shortfall = shortfall_;
  return out;
}

Result<std::optional<BlockRow>> BlockSearch::end_of_command(const Hit& hit) {
  using Place = std::optional<BlockRow>;
  Table& table = tables_[hit.table];
  const uint32_t row = hit.found.row;
  ASSIGN_OR_RETURN(const RowTable* const opened, open(table));
  if (!opened) return Place();
  if (!opened->range(Number::kind, row / kPageRows).holds(kStartKind)) return Place();
  const auto page = opened->open_page(row / kPageRows);
  ASSIGN_OR_RETURN(const auto kinds, page->values(Number::kind));
  ASSIGN_OR_RETURN(const auto partners, page->values(Number::partner));
  if (kinds[row % kPageRows] != kStartKind) return Place();
  const uint64_t partner = partners[row % kPageRows];
  if (partner != 0) {
    const auto end = end_of(partner, row, opened->rows());
    return end ? Place({table.number, *end}) : Place();
  }
  ASSIGN_OR_RETURN(const HalvesElsewhere* const halves, halves_of(table.number));
  const auto at = std::ranges::lower_bound(halves->ends, row, {}, &EndElsewhere::start);
  return at != halves->ends.end() && at->start == row ? Place(at->end) : Place();
}

Result<std::vector<FoundUnit>> BlockSearch::read(const std::vector<Hit>& hits) {
  std::map<uint64_t, size_t> numbers;
  for (size_t i = 0; i < tables_.size(); ++i) numbers[tables_[i].number] = i;
  // By table, so that a page is read once; of each row the hit that it is of.
  std::map<size_t, std::vector<uint32_t>> rows;
  std::map<size_t, std::vector<std::pair<size_t, bool>>> hits_of;
  for (size_t i = 0; i < hits.size(); ++i) {
    rows[hits[i].table].push_back(hits[i].found.row);
    hits_of[hits[i].table].emplace_back(i, false);
    const auto end = end_of_command(hits[i]);
    RETURN_IF_ERROR(tolerate(end.status(), 0));
    if (!end.is_ok() || !*end) continue;
    const auto table = numbers.find((*end)->block);
    if (table == numbers.end()) continue;
    rows[table->second].push_back((*end)->row);
    hits_of[table->second].emplace_back(i, true);
  }
  std::vector<std::optional<IndexedEvent>> starts(hits.size()), ends(hits.size());
  for (const auto& [table, wanted] : rows) {
    if (is_cancelled_()) return cancelled();
    ASSIGN_OR_RETURN(const RowTable* const opened, open(tables_[table]));
    if (!opened) continue;
    auto events = read_events(*opened, tables_[table].event_class, wanted, shortfall_.missing);
    for (size_t i = 0; i < events.size(); ++i) {
      const auto [hit, is_end] = hits_of[table][i];
      (is_end ? ends : starts)[hit] = std::move(events[i]);
    }
  }
  std::vector<FoundUnit> out;
  for (size_t i = 0; i < hits.size(); ++i) {
    if (starts[i]) out.push_back({hits[i].found.key, std::move(*starts[i]), std::move(ends[i])});
  }
  return out;
}

// ------------------------------------------------------------------ how many when

Result<Shortfall> BlockSearch::count(Histogram& histogram) {
  RETURN_IF_ERROR(list());
  const int64_t end_ns =
      histogram.begin_ns + histogram.width_ns * std::ssize(histogram.counts);
  for (Table& table : tables_) {
    if (is_cancelled_()) return cancelled();
    if (!may_have(table) || time_of(table.least_ms, 0) >= end_ns) continue;
    if (time_of(table.greatest_ms, kNsPerMs - 1) < histogram.begin_ns) continue;
    // Counted apart, so that a table that breaks off counts not at all.
    Histogram counted = histogram;
    std::ranges::fill(counted.counts, 0);
    const Status done = [&]() -> Status {
      ASSIGN_OR_RETURN(const RowTable* const rows, open(table));
      if (!rows) return ok();
      ASSIGN_OR_RETURN(RowQuery made,
                       RowQuery::make(query_, *rows, outside_, far_halves(table.number)));
      if (made.finds_nothing()) return ok();
      RETURN_IF_ERROR(made.count(counted, is_cancelled_));
      shortfall_.unsure += made.unsure();
      return ok();
    }();
    close(table);
    RETURN_IF_ERROR(tolerate(done, table.rows));
    if (!done.is_ok()) continue;
    for (size_t i = 0; i < counted.counts.size(); ++i) histogram.counts[i] += counted.counts[i];
  }
  return shortfall_;
}

}  // namespace spoor::collector
