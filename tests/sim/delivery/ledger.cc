#include "tests/sim/delivery/ledger.h"

#include <algorithm>

#include "collector/receive/journal.h"
#include "collector/receive/stream_state.h"
#include "common/frame/chain_marks.h"
#include "common/frame/reader.h"
#include "common/log.h"

namespace spoor::sim {
namespace {

constexpr size_t kReadBytes = 1u << 20;

std::string place(const Id& stream, uint64_t epoch, uint64_t sequence) {
  return to_hex(stream).substr(0, 8) + "/" + std::to_string(epoch) + "/" + std::to_string(sequence);
}

// Causes that only the uplink tells.
bool is_skip(Tombstone::Cause cause) {
  return cause == Tombstone::Cause::spool_missing || cause == Tombstone::Cause::collector_rollback;
}

const char* cause_name(Tombstone::Cause cause) {
  switch (cause) {
    case Tombstone::Cause::spool_full: return "spool_full";
    case Tombstone::Cause::disk_full: return "disk_full";
    case Tombstone::Cause::io_error: return "io_error";
    case Tombstone::Cause::spool_missing: return "spool_missing";
    case Tombstone::Cause::collector_rollback: return "collector_rollback";
    case Tombstone::Cause::queue_full: return "queue_full";
  }
  return "unknown";
}

}  // namespace

// ------------------------------------------------------------------ hosts

void Ledger::sealed(const SealedFrame& frame) {
  const FrameHeader& h = frame.header;
  const Sealed sealed{h.first_sequence, h.last_sequence, frame.chain,
                      std::hash<std::string>()(frame.block)};
  streams_[h.stream].epochs[h.epoch].frames.emplace(h.first_sequence, sealed);
}

void Ledger::reopened(const Id& stream, const ChainHead& head,
                      const std::optional<ChainHead>& at_least) {
  if (!is_one_history(stream)) return;
  if (at_least && std::pair(head.epoch, head.sequence) <
                      std::pair(at_least->epoch, at_least->sequence)) {
    fail("the spool lost what it had synced: it begins at " +
         place(stream, head.epoch, head.sequence) + ", synced was " +
         place(stream, at_least->epoch, at_least->sequence));
  }
  log_debug("the spool was opened at {}", place(stream, head.epoch, head.sequence));
  for (auto& [number, epoch] : streams_[stream].epochs) {
    if (number < head.epoch) continue;
    epoch.kept = std::min(epoch.kept, number == head.epoch ? head.sequence : 0);
  }
}

// A number that no frame on any disk has may be given again: a full disk took none of its frames.
void Ledger::new_epoch(const Id& id, uint64_t epoch) {
  if (!is_one_history(id)) return;
  Stream& stream = streams_[id];
  for (auto at = stream.epochs.lower_bound(epoch); at != stream.epochs.end();) {
    const bool is_known =
        at->second.kept > 0 ||
        std::any_of(stream.log.begin(), stream.log.end(),
                    [&](const Logged& logged) { return logged.epoch == at->first; });
    if (is_known) return fail("an epoch was begun twice: " + place(id, epoch, 0));
    at = stream.epochs.erase(at);
  }
}

// ------------------------------------------------------------------ the log

void Ledger::log_opened(collector::Log& log) {
  for (auto& [id, stream] : streams_) stream.log.clear();
  generations_.clear();
  cursor_.emplace(log.read_after({}));
  read();
  for (const auto& [id, point] : promised_) {
    if (!log_has(id, point))
      fail("committed and not in the log: " + place(id, point.epoch, point.sequence));
  }
}

void Ledger::log_grew() { read(); }

void Ledger::read() {
  int failures = 0;
  while (true) {
    const auto batch = cursor_->read(kReadBytes);
    // The disk of the run fails for whoever reads it, but not for ever.
    if (batch.code() == Code::unavailable && ++failures < 10) continue;
    if (!batch.is_ok()) return fail("the log cannot be read: " + batch.status().message());
    if (batch->entries.empty()) break;
    for (const collector::LogEntry& entry : batch->entries) judge(entry);
  }
}

bool Ledger::log_has(const Id& stream, const ChainHead& head) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return head.epoch == 0;
  const std::vector<Logged>& all = found->second.log;
  return head.epoch == 0 || std::any_of(all.rbegin(), all.rend(), [&](const Logged& logged) {
    return logged.epoch == head.epoch && logged.last == head.sequence &&
           logged.chain == head.chain;
  });
}

bool Ledger::log_tells(const FrameHead& frame) const {
  const FrameHeader& h = frame.header;
  const auto found = streams_.find(h.stream);
  if (found == streams_.end()) return false;
  const std::vector<Logged>& all = found->second.log;
  return std::any_of(all.rbegin(), all.rend(), [&](const Logged& logged) {
    if (logged.epoch != h.epoch) return false;
    if (logged.is_tombstone)
      return logged.first <= h.first_sequence && h.last_sequence <= logged.last;
    return logged.first == h.first_sequence && logged.chain == frame.chain;
  });
}

void Ledger::judge(const collector::LogEntry& entry) {
  const auto outside = read_block_outside(as_bytes(entry.block));
  if (!outside.is_ok()) return fail("a block in the log does not verify");
  const FrameHead& frame = outside->frames.front();
  const FrameHeader& h = frame.header;
  Logged next{h.epoch, h.first_sequence, h.last_sequence, frame.chain, false, false};
  if (h.kind == FrameKind::tombstone) {
    const auto tombstone = collector::open_tombstone(as_bytes(entry.block));
    if (!tombstone.is_ok()) return fail("a tombstone in the log cannot be read");
    judge_tombstone(h.stream, frame, *tombstone);
    next.chain = tombstone->end_chain;
    next.is_skip = is_skip(tombstone->cause);
    next.is_tombstone = true;
  } else if (entry.agent == collector::kOwnAgent) {
    judge_own(entry.block);
  } else {
    judge_content(h.stream, frame, entry.block);
  }
  log_debug("in the log: {}..{} behind {}, kind {}", place(h.stream, next.epoch, next.first),
            next.last, place(h.stream, h.previous_epoch, h.previous_sequence),
            static_cast<int>(h.kind));
  judge_order(h.stream, frame, next);
  streams_[h.stream].log.push_back(next);
}

void Ledger::judge_order(const Id& stream, const FrameHead& frame, const Logged& next) {
  const std::vector<Logged>& log = streams_[stream].log;
  const FrameHeader& h = frame.header;
  const std::string at = place(stream, next.epoch, next.first);
  if (log.empty()) return;
  const Logged& last = log.back();
  if (std::pair(next.epoch, next.first) <= std::pair(last.epoch, last.last))
    return fail("twice, or out of order in the log: " + at);
  if (next.epoch == last.epoch) {
    if (next.first != last.last + 1) return fail("a hole that nobody tells before " + at);
    if (frame.previous_chain != last.chain) return fail("the chain does not hold at " + at);
    return;
  }
  if (next.first != 1) return fail("an epoch does not begin with its first sequence: " + at);
  // It follows the last point, or an older one: what the host's disk lost and the log has.
  const ChainHead named{h.previous_epoch, h.previous_sequence, frame.previous_chain};
  if (named.epoch == last.epoch && named.sequence == last.last && named.chain != last.chain)
    tally_.count("checkpoint that a host lost, and nothing else");
  if (std::pair(named.epoch, named.sequence) > std::pair(last.epoch, last.last))
    return fail("a hole that nobody tells before " + at);
  if (std::pair(named.epoch, named.sequence) >= std::pair(log.front().epoch, log.front().last) &&
      !log_has(stream, named))
    fail("the chain does not hold at " + at);
}

// A frame in the log is one that the host sealed, to the byte; or, in a segment that the log
// sealed, what its chain value proves.
void Ledger::judge_content(const Id& stream, const FrameHead& frame, const std::string& block) {
  const FrameHeader& h = frame.header;
  const auto [from, to] = streams_[stream].epochs[h.epoch].frames.equal_range(h.first_sequence);
  const bool is_sealed = std::any_of(from, to, [&](const auto& at) {
    const Sealed& sealed = at.second;
    return sealed.last == h.last_sequence && sealed.chain == frame.chain &&
           (sealed.block == std::hash<std::string>()(block) ||
            OpenBlock::open(as_bytes(block)).is_ok());
  });
  if (!is_sealed)
    fail("the log holds what no host sealed: " + place(stream, h.epoch, h.first_sequence));
}

// The collector's own events: what it says of hosts and of itself.
void Ledger::judge_own(const std::string& block) {
  const auto open = OpenBlock::open(as_bytes(block));
  if (!open.is_ok()) return fail("an own frame of the collector's cannot be read");
  for (const auto& entry : open->frames().front().entries) {
    v1::Event event;
    if (!entry.fields || !event.ParseFromArray(entry.fields->data(),
                                               static_cast<int>(entry.fields->size())))
      return fail("an own event of the collector's cannot be read");
    if (event.has_collector_state())
      tally_.count("told " + v1::CollectorState::Change_Name(event.collector_state().change()));
    if (!event.has_stream_conflict()) continue;
    const v1::StreamConflict& conflict = event.stream_conflict();
    tally_.count("told " + v1::StreamConflict::Kind_Name(conflict.kind()));
    if (conflict.kind() == v1::StreamConflict::KIND_FORK) judge_fork(conflict);
    if (conflict.kind() != v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK) continue;
    if (!generations_.insert(conflict.generation()).second)
      return fail("the log tells twice of one generation");
    if (generations_.size() > restores_) return fail("the log was never put back, and says so");
  }
}

// A host that lost power, or its agent, or the network, has no other history than the log. One
// whose frames were damaged may go on from further back than the log remembers; and one that gave
// up what it had sent, or lost it before it was synced, may not know it any more, when its uplink
// was started since.
void Ledger::judge_fork(const v1::StreamConflict& conflict) {
  Id stream;
  std::copy(conflict.stream().begin(), conflict.stream().end(), stream.begin());
  if (contested_.contains(stream)) return;
  const auto refused = decode_header(as_bytes(conflict.refused_header()));
  if (!refused.is_ok()) return fail("a fork is told without its frame");
  const bool is_forgotten = refused->kind == FrameKind::tombstone &&
                            refused->epoch == conflict.in_log().epoch() &&
                            refused->first_sequence <= conflict.in_log().sequence();
  const bool is_lost = refused->kind == FrameKind::tombstone && unsynced_.contains(stream);
  if (!is_forgotten && !is_lost && !damaged_.contains(stream) && !was_restored())
    return fail("told as a fork, and it is none: " +
                place(stream, refused->epoch, refused->first_sequence));
  tally_.count("told as a fork, and is none");
}

// What a tombstone says is true: the chain goes on as it was sealed; what it calls gone is gone.
void Ledger::judge_tombstone(const Id& stream, const FrameHead& frame,
                             const Tombstone& tombstone) {
  const FrameHeader& h = frame.header;
  const std::string at = place(stream, h.epoch, h.first_sequence);
  tally_.count(std::string("cause ") + cause_name(tombstone.cause));
  const auto& frames = streams_[stream].epochs[h.epoch].frames;
  const bool ends_well = std::any_of(frames.begin(), frames.end(), [&](const auto& sealed) {
    return sealed.second.last == h.last_sequence && sealed.second.chain == tombstone.end_chain;
  });
  if (!ends_well) return fail("a tombstone ends with a chain value that no host sealed: " + at);
  // A committed segment may go, and be asked for again by a log that came back older.
  const bool is_missing = tombstone.cause == Tombstone::Cause::spool_missing;
  const bool was_taken =
      was_restored() || damaged_.contains(h.stream) || unsynced_.contains(h.stream) ||
      !is_one_history(h.stream);
  if (is_missing && !was_taken)
    fail("missing in the spool, and nothing took it: " + at + ".." +
         std::to_string(h.last_sequence));
}

void Ledger::promised(const Id& stream, uint64_t epoch, uint64_t sequence, const Hash& chain) {
  const ChainHead point{epoch, sequence, chain};
  if (!log_has(stream, point))
    return fail("promised and not in the log: " + place(stream, epoch, sequence));
  ChainHead& last = promised_[stream];
  if (std::pair(last.epoch, last.sequence) < std::pair(epoch, sequence)) last = point;
}

void Ledger::shown(const Id& stream, uint64_t epoch, uint64_t sequence, const Hash& chain) {
  if (epoch == 0 || log_has(stream, {epoch, sequence, chain})) return;
  const std::vector<Logged>& log = streams_[stream].log;
  const size_t known = std::min(log.size(), ChainMarks::kMarksMax / 2);
  const Logged* oldest = log.empty() ? nullptr : &log[log.size() - known];
  const bool is_older = oldest != nullptr && known < log.size() &&
                        std::pair(epoch, sequence) <= std::pair(oldest->epoch, oldest->last);
  if (!is_older) fail("promised, not in the log, and unnoticed: " + place(stream, epoch, sequence));
}

// ------------------------------------------------------------------ the end

void Ledger::account() {
  for (const auto& [id, stream] : streams_) {
    if (!is_one_history(id)) continue;
    for (const auto& [number, epoch] : stream.epochs) account_epoch(id, number, epoch);
  }
}

bool Ledger::begins_with_skip(const Id& stream, uint64_t after) const {
  for (const Logged& logged : streams_.at(stream).log) {
    if (logged.epoch > after) return logged.is_skip;
  }
  return false;
}

void Ledger::account_epoch(const Id& stream, uint64_t number, const Epoch& epoch) {
  const std::vector<Logged>& log = streams_.at(stream).log;
  uint64_t told = 0;
  for (const Logged& logged : log) {
    if (logged.epoch != number) continue;
    if (logged.first != told + 1) break;
    told = logged.last;
  }
  for (const auto& [first, sealed] : epoch.frames) {
    if (sealed.last <= epoch.kept && sealed.last > told) {
      // Damage at the end of one epoch and at the beginning of the next: nothing that is left names
      // where the first one ended.
      if (damaged_.contains(stream) && told > 0 && begins_with_skip(stream, number))
        return tally_.count("end of an epoch that damage left nobody to tell of");
      return fail("neither in the log nor told as lost: " + place(stream, number, first) +
                  " (told up to " + std::to_string(told) + ", kept up to " +
                  std::to_string(epoch.kept) + ")");
    }
  }
}

}  // namespace spoor::sim
