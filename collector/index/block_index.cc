#include "collector/index/block_index.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "collector/index/block_search.h"
#include "collector/index/event_of_row.h"
#include "collector/index/event_use.h"
#include "collector/index/index_folder.h"
#include "collector/index/row_events.h"
#include "collector/index/session_keys.h"
#include "common/log.h"

namespace spoor::collector {

// ------------------------------------------------------------------ opening

Result<std::unique_ptr<BlockIndex>> BlockIndex::open(Files& files, const std::string& folder,
                                                     const LogName& log, Bounds bounds) {
  RETURN_IF_ERROR(files.make_folder(folder + "/blocks"));
  RETURN_IF_ERROR(files.sync_folder(folder));  // no catalogue without it
  RETURN_IF_ERROR(check_index_mark(files, folder));
  ASSIGN_OR_RETURN(Catalogue catalogue, Catalogue::open(folder + "/index.db", log));
  ASSIGN_OR_RETURN(const Catalogue::Known known, catalogue.known());
  std::unique_ptr<BlockIndex> out(
      new BlockIndex(files, folder, bounds, std::move(catalogue), known));
  RETURN_IF_ERROR(out->compare_files(known.blocks));
  return out;
}

BlockIndex::BlockIndex(Files& files, std::string folder, Bounds bounds, Catalogue catalogue,
                       const Catalogue::Known& known)
    : files_(files), folder_(std::move(folder)), bounds_(bounds), marks_(known.marks),
      catalogue_(std::move(catalogue)), sealed_(known.position), readers_(folder_ + "/index.db"),
      cache_(files, blocks_folder(), bounds.reader_bytes), position_(known.position),
      events_total_(known.events_total), seals_(known.seals),
      tail_(std::make_unique<IndexTail>(bounds.tail_rows)) {
  for (const HistoryEvent& event : known.history) {
    History& history = event.kind == HistoryKind::own ? own_ : failed_logins_;
    history.events.put_back(event.number, event.whose, event.event);
    history.first_new = history.events.next_number();
  }
  if (!known.blocks.empty()) next_block_ = known.blocks.back().number + 1;
}

BlockIndex::~BlockIndex() = default;

// Files that no transaction tells of are of a seal that a crash cut short.
Status BlockIndex::compare_files(const std::vector<SealedBlock>& blocks) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(blocks_folder()));
  std::set<std::string> unknown(names.begin(), names.end());
  for (const SealedBlock& block : blocks) {
    if (unknown.erase(std::to_string(block.number) + ".blk") > 0) continue;
    log_error("index: block {} is gone; its events are in the log", block.number);
    note_lost_rows(not_found("block " + std::to_string(block.number) + " is gone"));
  }
  for (const std::string& name : unknown) {
    RETURN_IF_ERROR(files_.remove(blocks_folder() + "/" + name));
  }
  return ok();
}

// ------------------------------------------------------------------ applying

Status BlockIndex::apply(std::span<const IndexedEvent> events, Position from, Position to,
                         std::span<const StreamMark> marks) {
  if (to <= position_) return ok();
  if (from != position_)
    return invalid("events from entry " + std::to_string(from.entry) + " on, the index is at " +
                   std::to_string(position_.entry));
  if (tail_->is_full()) RETURN_IF_ERROR(seal());
  ASSIGN_OR_RETURN(const auto first_ns, sealed_first(events));
  // Rows cost most, and nobody asks for them before their place is told below.
  const auto added = tail_->add_rows(events, mutex_);
  const std::unique_lock lock(mutex_);
  for (size_t i = 0; i < added.size(); ++i) add(added[i], first_ns[i]);
  for (const StreamMark& mark : marks) tail_->add(mark);
  events_total_ += events.size();
  position_ = to;
  return ok();
}

// Of each event whose session is new to the tail.
Result<std::vector<std::optional<int64_t>>> BlockIndex::sealed_first(
    std::span<const IndexedEvent> events) {
  std::vector<std::optional<int64_t>> out(events.size());
  std::set<SessionKey> asked;
  for (size_t i = 0; i < events.size(); ++i) {
    if (use_of(events[i]) != EventUse::session) continue;
    const SessionKey key = session_of(events[i]);
    if (tail_->session(key) || !asked.insert(key).second) continue;
    const auto first_ns = catalogue_.first_ns_of(key);
    note_if_damaged(first_ns.status());
    ASSIGN_OR_RETURN(out[i], first_ns);
  }
  return out;
}

void BlockIndex::add(const IndexTail::Added& added, std::optional<int64_t> sealed_first_ns) {
  const EventUse use = use_of(*added.event);
  if (use == EventUse::own || use == EventUse::failed_login) {
    History& history = use == EventUse::own ? own_ : failed_logins_;
    const auto left_out = history.events.add(share_of(*added.event), *added.kept);
    if (left_out && *left_out < history.first_new) history.left_out.push_back(*left_out);
  }
  tail_->add(added, sealed_first_ns);
}

// ------------------------------------------------------------------ sealing

// Blocks that are there from a seal which failed are taken again, as long as no row came since: a
// commit that failed may still be found on the disk by the next start.
Status BlockIndex::write_blocks() {
  if (!written_.numbers.empty() && written_.rows == tail_->rows()) return ok();
  WrittenBlocks written;
  written.rows = tail_->rows();
  Status status;
  for (const auto& block : tail_->blocks()) {
    const std::string bytes = block->rows.seal();
    written.numbers.push_back(next_block_++);
    written.bytes.push_back(bytes.size());
    ASSIGN_OR_RETURN(const BlockReader reader, BlockReader::open(as_bytes(bytes)));
    ASSIGN_OR_RETURN(auto halves, lone_halves(reader));
    written.halves.emplace_back(written.numbers.back(), std::move(halves));
    status = write_file(files_, cache_.path_of(written.numbers.back()), bytes);
    if (!status.is_ok()) break;
  }
  if (status.is_ok()) {
    written_ = std::move(written);
    return ok();
  }
  for (const uint64_t number : written.numbers) {
    for (const char* end : {"", ".tmp"}) {
      const Status removed = files_.remove(cache_.path_of(number) + end);
      if (!removed.is_ok() && removed.code() != Code::not_found)
        log_warning("index: {}; the next start tries again", removed.message());
    }
  }
  return status;
}

void BlockIndex::add_history(HistoryKind kind, const History& history, Seal& seal) const {
  const auto& kept = history.events.kept();
  for (auto at = kept.lower_bound(history.first_new); at != kept.end(); ++at)
    seal.history.push_back({kind, at->first, at->second.whose, at->second.event});
  for (const uint64_t number : history.left_out) seal.left_out.emplace_back(kind, number);
}

Status BlockIndex::seal() {
  if (position_ == sealed_) return ok();
  const Status done = try_seal();
  note_if_damaged(done);
  return done;
}

Status BlockIndex::try_seal() {
  RETURN_IF_ERROR(write_blocks());
  Seal seal = tail_->seal(written_.numbers);
  for (size_t i = 0; i < seal.blocks.size(); ++i) seal.blocks[i].bytes = written_.bytes[i];
  seal.halves = written_.halves;
  seal.position = position_;
  seal.events_total = events_total_;
  add_history(HistoryKind::own, own_, seal);
  add_history(HistoryKind::failed_logins, failed_logins_, seal);
  auto next = std::make_unique<IndexTail>(bounds_.tail_rows);
  {
    std::unique_lock lock(mutex_, std::defer_lock);
    RETURN_IF_ERROR(catalogue_.write(seals_ + 1, seal, [&] { lock.lock(); }));
    ++seals_;
    next.swap(tail_);
    for (History* history : {&own_, &failed_logins_}) {
      history->first_new = history->events.next_number();
      history->left_out.clear();
    }
  }
  sealed_ = position_;
  written_ = {};
  if (const Status tidied = catalogue_.tidy_up(); !tidied.is_ok())
    log_warning("index: {}; the next seal tries again", tidied.message());
  return ok();
}

// Of a damaged block only its rows are missing. A disk that does not answer is not damaged.
void BlockIndex::note_lost_rows(const Status& status) const {
  if (status.code() != Code::corrupt && status.code() != Code::not_found) return;
  const std::lock_guard lock(damage_mutex_);
  if (damage_.is_ok()) damage_ = status;
}

// Nobody opens a damaged catalogue again.
void BlockIndex::note_if_damaged(const Status& status) const {
  if (status.code() != Code::corrupt) return;
  const std::lock_guard lock(damage_mutex_);
  if (std::exchange(has_marked_, true)) return;
  mark_index_damaged(files_, folder_);
  damage_ = status;
}

Status BlockIndex::damage() const {
  const std::lock_guard lock(damage_mutex_);
  return damage_;
}

// ------------------------------------------------------------------ questions

// The catalogue and the tail of one moment. What of the tail is needed is copied, so that no file
// is waited for while nothing can be applied; of the catalogue only the list is read before.
class BlockIndex::Question {
 public:
  Question(const BlockIndex& index, CatalogueReader& reader)
      : index_(index), reader_(reader), lock_(index.mutex_) {}

  Status begin();
  const IndexTail& tail() const { return *index_.tail_; }
  CatalogueReader& reader() { return reader_; }
  Result<std::vector<After>> list(const std::optional<After>& after, size_t limit);
  void copy(const SessionKey& key);
  void copy_events(const SessionKey& key);
  // Behind it nothing is asked of the tail.
  void release() { lock_.unlock(); }

  Result<std::optional<SessionPart>> whole(const SessionKey& key, bool with_summary);
  Result<SessionRow> row(const SessionPart& part);
  Result<SessionSummary> summary(SessionPart& part);
  Result<std::vector<IndexedEvent>> events(const SessionPart& part);

  Missing missing;

 private:
  Status read_block(const RowRange& rows, const SessionKey& key, std::vector<IndexedEvent>& out);

  const BlockIndex& index_;
  CatalogueReader& reader_;
  std::shared_lock<std::shared_mutex> lock_;
  // Of the tail, what concerns the sessions asked for.
  std::map<SessionKey, SessionPart> parts_;
  std::map<std::string, EpochBoots> boots_;
  std::map<std::string, std::vector<LossPlace>> losses_;
  std::vector<std::pair<std::shared_ptr<const IndexTail::Block>, uint32_t>> rows_;
  std::vector<IndexedEvent> loss_events_;
};

Status BlockIndex::Question::begin() {
  ASSIGN_OR_RETURN(const uint64_t seals, reader_.begin());
  return seals == index_.seals_ ? ok() : corrupt("somebody else writes the index");
}

// A session that began earlier than its seals say has its place by the tail alone.
Result<std::vector<Index::After>> BlockIndex::Question::list(const std::optional<After>& after,
                                                             size_t limit) {
  std::vector<After> sealed;
  std::optional<After> from = after;
  while (sealed.size() < limit) {
    ASSIGN_OR_RETURN(const std::vector<After> some, reader_.starts(from, limit));
    for (const After& start : some) {
      const IndexTail::Session* session = tail().session(start.key);
      if (!session || !session->is_placed_here()) sealed.push_back(start);
    }
    if (some.size() < limit) break;
    from = some.back();
  }
  const std::vector<After> here = tail().starts(after, limit);
  std::vector<After> out;
  std::ranges::merge(sealed, here, std::back_inserter(out), [](const After& a, const After& b) {
    return std::tie(b.first_ns, a.key) < std::tie(a.first_ns, b.key);
  });
  if (out.size() > limit) out.erase(out.begin() + static_cast<ptrdiff_t>(limit), out.end());
  return out;
}

void BlockIndex::Question::copy(const SessionKey& key) {
  if (const IndexTail::Session* session = tail().session(key)) parts_[key] = session->part;
  if (!boots_.try_emplace(key.agent, tail().boots(key.agent)).second) return;
  std::vector<LossPlace>& places = losses_[key.agent];
  for (const IndexedEvent& loss : tail().losses(key.agent)) places.push_back(place_of_loss(loss));
}

void BlockIndex::Question::copy_events(const SessionKey& key) {
  copy(key);
  loss_events_ = tail().losses(key.agent);
  const IndexTail::Session* session = tail().session(key);
  if (!session) return;
  for (const IndexTail::RowPlace& place : session->rows)
    rows_.emplace_back(tail().blocks()[place.block], place.row);
}

Result<std::optional<SessionPart>> BlockIndex::Question::whole(const SessionKey& key,
                                                               bool with_summary) {
  ASSIGN_OR_RETURN(std::optional<SessionPart> out, reader_.session(key, with_summary, missing));
  index_.note_if_damaged(missing.why);
  const auto here = parts_.find(key);
  if (here == parts_.end()) return out;
  if (!out) return std::optional(here->second);
  out->add(here->second);
  return out;
}

Result<SessionRow> BlockIndex::Question::row(const SessionPart& part) {
  const std::string& agent = part.row.key.agent;
  const bool needs_boot = part.row.boot_id == Id{};
  const uint64_t last = part.epochs.rbegin()->first;
  ASSIGN_OR_RETURN(EpochBoots boots,
                   reader_.boots(agent, needs_boot ? part.epochs.begin()->first : last, last));
  boots.insert(boots_[agent].begin(), boots_[agent].end());
  return part.row_with(boots);
}

Result<SessionSummary> BlockIndex::Question::summary(SessionPart& part) {
  SessionSummary out;
  ASSIGN_OR_RETURN(out.row, row(part));
  const std::string& agent = part.row.key.agent;
  ASSIGN_OR_RETURN(const auto losses, reader_.losses(agent, part.epochs.begin()->first,
                                                     part.epochs.rbegin()->first));
  for (const LossPlace& loss : losses) part.add_loss(loss);
  for (const LossPlace& loss : losses_[agent]) part.add_loss(loss);
  out.head = part.told.head(out.row);
  out.sums = std::move(part.sums);
  return out;
}

Status BlockIndex::Question::read_block(const RowRange& rows, const SessionKey& key,
                                        std::vector<IndexedEvent>& out) {
  ASSIGN_OR_RETURN(const std::optional<SealedBlock> block, reader_.block(rows.block));
  if (!block) return ok();
  const uint64_t missing_before = missing.rows;
  if (const auto opened = index_.cache_.open(*block); opened.is_ok())
    read_events(**opened, block->event_class, rows, key, out, missing);
  else
    missing.add(rows.rows, opened.status());
  if (missing.rows > missing_before) index_.note_lost_rows(missing.why);
  return ok();
}

Result<std::vector<IndexedEvent>> BlockIndex::Question::events(const SessionPart& part) {
  std::vector<IndexedEvent> out;
  for (const RowRange& rows : part.rows) RETURN_IF_ERROR(read_block(rows, part.row.key, out));
  for (const auto& [block, row] : rows_) {
    Result<RowEvent> told = event_of(block->rows.row(row), block->about.event_class);
    if (told.is_ok()) {
      out.push_back(std::move(told->event));
      out.back().entry = told->entry;
    } else {
      missing.add(1, told.status());
    }
  }
  ASSIGN_OR_RETURN(const auto losses, reader_.loss_events(part.row.key.agent, part, missing));
  out.insert(out.end(), losses.begin(), losses.end());
  for (const IndexedEvent& loss : loss_events_)
    if (part.is_touched_by(place_of_loss(loss))) out.push_back(loss);
  sort_events(out);
  return out;
}

// A reader that failed is closed.
template <typename Found, typename Ask>
Result<Found> BlockIndex::ask(const Ask& answer_to) const {
  Result<Found> answer = [&]() -> Result<Found> {
    ASSIGN_OR_RETURN(std::unique_ptr<CatalogueReader> reader, readers_.take());
    Question question(*this, *reader);
    RETURN_IF_ERROR(question.begin());
    Result<Found> found = answer_to(question);
    if (!found.is_ok()) return found;
    reader->end();
    readers_.give_back(std::move(reader));
    return found;
  }();
  note_if_damaged(answer.status());
  return answer;
}

Result<std::vector<SessionSummary>> BlockIndex::sessions(std::optional<After> after,
                                                         size_t limit) const {
  using Found = std::vector<SessionSummary>;
  return ask<Found>([&](Question& question) -> Result<Found> {
    ASSIGN_OR_RETURN(const std::vector<After> listed, question.list(after, limit));
    for (const After& start : listed) question.copy(start.key);
    question.release();
    Found out;
    for (const After& start : listed) {
      ASSIGN_OR_RETURN(std::optional<SessionPart> part, question.whole(start.key, true));
      if (!part) continue;
      ASSIGN_OR_RETURN(SessionSummary summary, question.summary(*part));
      summary.row.first_ns = start.first_ns;  // whoever reads on goes by it
      out.push_back(std::move(summary));
    }
    RETURN_IF_ERROR(question.missing.why);
    return out;
  });
}

// Rows of sessions that are named by keys of the catalogue, of the tail, or of both.
template <typename SealedKeys, typename TailKeys>
Result<std::vector<SessionRow>> BlockIndex::rows_of(const SealedKeys& sealed,
                                                    const TailKeys& in_tail) const {
  using Found = std::vector<SessionRow>;
  return ask<Found>([&](Question& question) -> Result<Found> {
    ASSIGN_OR_RETURN(const std::vector<SessionKey> known, sealed(question.reader()));
    std::set<SessionKey> keys(known.begin(), known.end());
    for (SessionKey& key : in_tail(question.tail())) keys.insert(std::move(key));
    for (const SessionKey& key : keys) question.copy(key);
    question.release();
    Found out;
    for (const SessionKey& key : keys) {
      ASSIGN_OR_RETURN(const std::optional<SessionPart> part, question.whole(key, false));
      if (!part) continue;
      ASSIGN_OR_RETURN(SessionRow row, question.row(*part));
      out.push_back(std::move(row));
    }
    RETURN_IF_ERROR(question.missing.why);
    return out;
  });
}

Result<std::vector<SessionRow>> BlockIndex::sessions_by_uid(const Id& session_uid) const {
  return rows_of([&](CatalogueReader& reader) { return reader.keys_of(session_uid); },
                 [&](const IndexTail& tail) { return tail.keys_of(session_uid); });
}

// The number that a session was told first is its name; a later part may say another.
Result<std::vector<SessionRow>> BlockIndex::sessions_named(const std::string& agent,
                                                           uint32_t ses) const {
  ASSIGN_OR_RETURN(
      std::vector<SessionRow> out,
      rows_of([&](CatalogueReader& reader) { return reader.keys_named(agent, ses); },
              [&](const IndexTail& tail) { return tail.keys_named(agent, ses); }));
  std::erase_if(out, [&](const SessionRow& row) { return ses == 0 || row.ses != ses; });
  return out;
}

Result<std::vector<SessionRow>> BlockIndex::user_managers(const SessionRow& login) const {
  const std::string& agent = login.key.agent;
  ASSIGN_OR_RETURN(
      std::vector<SessionRow> out,
      rows_of([&](CatalogueReader& reader) { return reader.managers_of(agent, login.ses); },
              [&](const IndexTail& tail) { return tail.managers_of(agent, login.ses); }));
  std::erase_if(out, [&](const SessionRow& row) { return row.boot_id != login.boot_id; });
  return out;
}

Result<SessionEvents> BlockIndex::session_events(const SessionKey& key) const {
  return ask<SessionEvents>([&](Question& question) -> Result<SessionEvents> {
    question.copy_events(key);
    question.release();
    SessionEvents out;
    ASSIGN_OR_RETURN(const std::optional<SessionPart> part, question.whole(key, false));
    if (!part) return out;
    ASSIGN_OR_RETURN(out.events, question.events(*part));
    out.missing = question.missing;
    return out;
  });
}

template <typename Found, typename Ask>
Result<Found> BlockIndex::ask_all(const Query& query, const Outside& outside,
                                  const IsCancelled& is_cancelled, const Ask& answer_to) const {
  return ask<Found>([&](Question& question) -> Result<Found> {
    if (asks_keys(query)) {
      for (const auto& [key, session] : question.tail().sessions()) question.copy(key);
    }
    SessionKeys keys([&](const SessionKey& key) { return question.whole(key, true); });
    Outside all = outside;
    all.keys = [&](std::string_view host, std::string_view session) {
      return keys.of(host, session);
    };
    BlockSearch search(question.reader(), cache_, query, all, is_cancelled);
    for (const auto& block : question.tail().blocks())
      search.add(block->about.event_class, block->rows.view());
    question.release();
    ASSIGN_OR_RETURN(Found found, answer_to(search));
    RETURN_IF_ERROR(keys.status());
    return found;
  });
}

Result<FoundUnits> BlockIndex::search(const Query& query, const Newest& wanted,
                                      const Outside& outside,
                                      const IsCancelled& is_cancelled) const {
  Result<FoundUnits> found = ask_all<FoundUnits>(
      query, outside, is_cancelled, [&](BlockSearch& search) { return search.newest(wanted); });
  if (found.is_ok()) note_lost_rows(found->shortfall.missing.why);
  return found;
}

Result<Shortfall> BlockIndex::count(const Query& query, Histogram& histogram,
                                    const Outside& outside,
                                    const IsCancelled& is_cancelled) const {
  Result<Shortfall> counted = ask_all<Shortfall>(
      query, outside, is_cancelled, [&](BlockSearch& search) { return search.count(histogram); });
  if (counted.is_ok()) note_lost_rows(counted->missing.why);
  return counted;
}

std::vector<IndexedEvent> BlockIndex::own_events() const {
  const std::shared_lock lock(mutex_);
  return own_.events.events();
}

std::vector<IndexedEvent> BlockIndex::failed_logins() const {
  const std::shared_lock lock(mutex_);
  return failed_logins_.events.events();
}

Position BlockIndex::position() const {
  const std::shared_lock lock(mutex_);
  return position_;
}

uint64_t BlockIndex::events_total() const {
  const std::shared_lock lock(mutex_);
  return events_total_;
}

}  // namespace spoor::collector
