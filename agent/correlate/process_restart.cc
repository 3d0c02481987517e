// What the process table needs over a restart: saving and restoring itself, and being set right by
// what /proc shows. Saved are the programs' names and the processes, each with their number before
// them (u32). A process, after its pid's older incarnations:
//
//   u32 pid, i64 key birth, u8 flags, i64 birth, i64 login, u32 parent's index or 0xFFFFFFFF,
//   u32 parent pid, u32 commands, u32 ses, u32 auid, u32 uid, u32 threads, u32 wait status,
//   u8 execs and as many (u32 number, i64 start, u32 program, u32 ses, u32 auid, u32 depth);
//   with kOriginKnown: u32 pid, i64 birth, u8 rounded, u32 number, u32 program, u32 ses, u32 depth;
//   with kEnded: i64 end, i64 i64 when that was read (realtime, boottime)
//
// Programs are numbers of the saved names, from 1.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "agent/correlate/blob.h"
#include "agent/correlate/process_table.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x54505053;  // "SPPT"
constexpr uint32_t kVersion = 4;
constexpr uint32_t kNoParent = 0xFFFFFFFF;
constexpr int kSessionDepthMax = 64;

enum Flag : uint8_t {
  kRounded = 1, kBirthKnown = 2, kEnded = 4, kSeen = 8, kOriginSession = 16, kOriginKnown = 32,
  kExecsForgotten = 64, kLeaderLeft = 128,
};

// A time that sums and differences of times cannot overflow.
int64_t take_time(BlobReader& from, bool& good) {
  constexpr int64_t kTimeMax = int64_t{1} << 62;
  const auto time_ns = from.number<int64_t>();
  if (time_ns < -kTimeMax || time_ns > kTimeMax) good = false;
  return time_ns;
}

bool same_birth(const Process& process, const ProcessFound& found) {
  const int64_t after_ns = process.birth_ns - found.birth_boottime_ns;
  if (!process.birth_known) return after_ns >= -kAuditTickNs;
  return after_ns >= -kClockSlackNs && after_ns <= kFoundSlackNs;
}

bool in_session(const Process* process) {
  for (int i = 0; process != nullptr && i < kSessionDepthMax; ++i, process = process->parent) {
    if (process->ses != kUnsetId) return true;
  }
  return false;
}

// The names of a pool that something saved has: 1, 2, … in the order in which they are met.
class SavedNames {
 public:
  explicit SavedNames(const StringPool& pool) : pool_(pool) {}
  uint32_t number(uint32_t in_pool) {
    if (in_pool == 0) return 0;
    const auto [place, is_new] =
        numbers_.try_emplace(in_pool, static_cast<uint32_t>(numbers_.size() + 1));
    if (is_new) append_string(names_, pool_.text(in_pool));
    return place->second;
  }
  void put(std::string& to) const {
    append_le(to, static_cast<uint32_t>(numbers_.size()));
    to.append(names_);
  }

 private:
  const StringPool& pool_;
  std::unordered_map<uint32_t, uint32_t> numbers_;
  std::string names_;
};

// As they come back: each is held until every owner has its own.
class RestoredNames {
 public:
  RestoredNames(BlobReader& from, StringPool& pool) : pool_(pool) {
    const auto count = from.number<uint32_t>();
    for (uint32_t i = 0; i < count && from.good(); ++i) {
      numbers_.push_back(pool.take(from.string()));
    }
  }
  ~RestoredNames() {
    for (const uint32_t number : numbers_) pool_.give_back(number);
  }
  RestoredNames(const RestoredNames&) = delete;
  RestoredNames& operator=(const RestoredNames&) = delete;
  // With one owner more.
  uint32_t take(uint32_t saved, bool& good) {
    if (saved > numbers_.size()) good = false;
    return saved == 0 || saved > numbers_.size() ? 0 : pool_.share(numbers_[saved - 1]);
  }

 private:
  StringPool& pool_;
  std::vector<uint32_t> numbers_;
};

uint8_t flags_of(const Process& p, const Process::Origin& origin, bool origin_known) {
  return static_cast<uint8_t>(
      (p.key.rounded ? kRounded : 0) | (p.birth_known ? kBirthKnown : 0) |
      (p.ended ? kEnded : 0) | (p.seen ? kSeen : 0) |
      (origin.has_session ? kOriginSession : 0) | (origin_known ? kOriginKnown : 0) |
      (p.execs_forgotten ? kExecsForgotten : 0) | (p.leader_left ? kLeaderLeft : 0));
}

void put_process(std::string& to, const Process& p, uint32_t parent, const Process::Origin& origin,
                 bool origin_known, SavedNames& programs) {
  append_le(to, p.key.pid);
  append_le(to, p.key.birth_ns);
  append_le(to, flags_of(p, origin, origin_known));
  append_le(to, p.birth_ns);
  append_le(to, p.login_ns);
  append_le(to, parent);
  for (const uint32_t n : {p.parent_pid, p.commands, p.ses, p.auid, p.uid, p.threads,
                           p.wait_status}) {
    append_le(to, n);
  }
  append_le(to, static_cast<uint8_t>(p.execs.size()));
  for (const Process::Exec& exec : p.execs) {
    append_le(to, exec.number);
    append_le(to, exec.started_ns);
    append_le(to, programs.number(exec.program));
    append_le(to, exec.ses);
    append_le(to, exec.auid);
    append_le(to, static_cast<uint32_t>(exec.depth));
  }
  if (origin_known) {
    append_le(to, origin.command.process.pid);
    append_le(to, origin.command.process.birth_ns);
    append_le(to, static_cast<uint8_t>(origin.command.process.rounded));
    append_le(to, origin.command.exec_number);
    append_le(to, programs.number(origin.program));
    append_le(to, origin.ses);
    append_le(to, static_cast<uint32_t>(origin.depth));
  }
  if (p.ended) {
    append_le(to, p.ended_ns);
    append_le(to, p.exit_read.realtime_ns);
    append_le(to, p.exit_read.boottime_ns);
  }
}

// Beyond: a table that overflows by counting on from it.
int32_t take_depth(BlobReader& from, bool& good) {
  const auto depth = static_cast<int32_t>(from.number<uint32_t>());
  constexpr int32_t kDepthMax = 1 << 30;
  if (depth != Process::kNoDepth && (depth < Process::kOpensSession || depth > kDepthMax)) {
    good = false;
  }
  return depth;
}

void take_execs(BlobReader& from, Process& p, RestoredNames& programs, bool& good) {
  const auto execs = from.number<uint8_t>();
  if (execs > kExecsKeptMax || (p.execs_forgotten && execs == 0)) good = false;
  for (uint8_t i = 0; i < execs && from.good() && good; ++i) {
    Process::Exec exec;
    exec.number = from.number<uint32_t>();
    exec.started_ns = take_time(from, good);
    exec.program = programs.take(from.number<uint32_t>(), good);
    exec.ses = from.number<uint32_t>();
    exec.auid = from.number<uint32_t>();
    exec.depth = take_depth(from, good);
    p.execs.push_back(exec);
  }
}

void take_origin(BlobReader& from, Process::Origin& origin, RestoredNames& programs, bool& good) {
  origin.command.process.pid = from.number<uint32_t>();
  origin.command.process.birth_ns = take_time(from, good);
  origin.command.process.rounded = from.number<uint8_t>() != 0;
  origin.command.exec_number = from.number<uint32_t>();
  origin.program = programs.take(from.number<uint32_t>(), good);
  origin.ses = from.number<uint32_t>();
  origin.depth = take_depth(from, good);
}

// Fills all but the links; the parent's index is returned. False in `good` for what cannot be.
uint32_t take_process(BlobReader& from, Process& p, RestoredNames& programs, bool& good) {
  p.key.birth_ns = take_time(from, good);
  const auto flags = from.number<uint8_t>();
  p.key.rounded = (flags & kRounded) != 0;
  p.birth_known = (flags & kBirthKnown) != 0;
  p.ended = (flags & kEnded) != 0;
  p.seen = (flags & kSeen) != 0;
  p.origin.has_session = (flags & kOriginSession) != 0;
  p.origin_known = (flags & kOriginKnown) != 0;
  p.execs_forgotten = (flags & kExecsForgotten) != 0;
  p.leader_left = (flags & kLeaderLeft) != 0;
  p.birth_ns = take_time(from, good);
  p.login_ns = take_time(from, good);
  const auto parent = from.number<uint32_t>();
  for (uint32_t* n : {&p.parent_pid, &p.commands, &p.ses, &p.auid, &p.uid, &p.threads,
                      &p.wait_status}) {
    *n = from.number<uint32_t>();
  }
  if (!p.ended && p.threads == 0) good = false;
  take_execs(from, p, programs, good);
  if (p.origin_known && good) take_origin(from, p.origin, programs, good);
  if (p.ended) {
    p.ended_ns = take_time(from, good);
    p.exit_read.realtime_ns = take_time(from, good);
    p.exit_read.boottime_ns = take_time(from, good);
  }
  if (!from.good()) good = false;
  return parent;
}

// What /proc counted, unless something that was told came after that.
void count_threads(Process& process, const ProcessFound& found) {
  if (process.ended || process.threads_ns > found.counted_ns) return;
  process.threads = found.threads;
  process.leader_left = found.leader_left;
  process.counted_ns = found.counted_ns;
}

}  // namespace

// ------------------------------------------------------------------ /proc

// The new process; null when it is known already or has ended since.
Process* ProcessTable::take_found(const ProcessFound& found, Instant now) {
  if (Process* known = newest(found.pid)) {
    if (same_birth(*known, found)) {
      count_threads(*known, found);
      if (known->ses == kUnsetId) enter(*known, found.ses, found.auid);
      return nullptr;
    }
    if (known->birth_known && known->birth_ns > found.birth_boottime_ns) return nullptr;
    if (!known->ended) {
      end(*known, found.birth_boottime_ns, now);
      known->seen = false;
    }
  }
  Process& process = make(found.pid);
  process.key = {found.pid, found.birth_boottime_ns, true};
  process.birth_ns = found.birth_boottime_ns;
  process.birth_known = true;
  process.parent_pid = found.parent_pid;
  enter(process, found.ses, found.auid);
  count_threads(process, found);
  push_newest(process);
  return &process;
}

void ProcessTable::add_found(const ProcessFound& found, Instant now) {
  if (Process* process = take_found(found, now)) link(*process, newest(found.parent_pid));
}

bool ProcessTable::reconcile(std::span<const ProcessFound> found, Instant scanned, Instant now) {
  std::unordered_set<uint32_t> there;
  for (const ProcessFound& one : found) there.insert(one.pid);
  std::vector<Process*> gone;
  for (const auto& [pid, process] : by_pid_) {
    // Born while the scan ran, it may have been passed already.
    if (process->ended || process->birth_ns > scanned.boottime_ns) continue;
    if (!there.contains(pid)) gone.push_back(process);
  }
  for (Process* process : gone) {
    end(*process, scanned.boottime_ns, now);
    process->seen = false;
  }
  // Parents may come after their children, so all are there before any is linked. Only half the
  // table is filled from /proc: making room for the rest would throw out what was just found.
  std::vector<uint32_t> added;
  bool all = true;
  for (const ProcessFound& one : found) {
    all = added.size() < kProcessesMax / 2;
    if (!all) break;
    if (take_found(one, now) != nullptr) added.push_back(one.pid);
  }
  for (const uint32_t pid : added) {
    if (Process* process = newest(pid)) link(*process, newest(process->parent_pid));
  }
  return all;
}

// ------------------------------------------------------------------ saved state

std::vector<const Process*> ProcessTable::worth_saving() const {
  std::unordered_set<const Process*> kept;
  for (const auto& [pid, head] : by_pid_) {
    for (const Process* p = head; p != nullptr; p = p->older) {
      // What /proc would tell again need not be saved.
      const bool in_proc = p->key.rounded && p->commands == 0 && !p->ended && !in_session(p);
      if (p->released || in_proc) continue;
      for (const Process* up = p; up != nullptr && !up->released; up = up->parent) {
        if (!kept.insert(up).second) break;
      }
    }
  }
  // By pid, the older incarnation first: they are put back in this order.
  std::vector<const Process*> ordered;
  for (const auto& [pid, head] : by_pid_) {
    for (const Process* p = head; p != nullptr; p = p->older) {
      if (kept.contains(p)) ordered.push_back(p);
    }
  }
  std::reverse(ordered.begin(), ordered.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const Process* a, const Process* b) {
    return a->key.pid < b->key.pid;
  });
  return ordered;
}

std::string ProcessTable::save() const {
  const std::vector<const Process*> processes = worth_saving();
  std::unordered_map<const Process*, uint32_t> index;
  for (const Process* p : processes) index.emplace(p, static_cast<uint32_t>(index.size()));
  SavedNames programs(programs_);
  std::string all;
  append_le(all, static_cast<uint32_t>(processes.size()));
  for (const Process* p : processes) {
    const auto parent = index.find(p->parent);
    const bool linked = parent != index.end();
    // Without its parent beside it, it must know now where it came from.
    const bool known = !linked || p->origin_known;
    put_process(all, *p, linked ? parent->second : kNoParent,
                known ? find_origin(*p, true) : Process::Origin(), known, programs);
  }
  std::string bytes;
  programs.put(bytes);
  return seal_blob(kMagic, kVersion, bytes + all);
}

void ProcessTable::clear() {
  // `forget` settles the children of each, whatever the order.
  std::vector<Process*> all;
  for (const auto& [pid, head] : by_pid_) {
    for (Process* p = head; p != nullptr; p = p->older) all.push_back(p);
  }
  held_.clear();
  released_.clear();
  for (Process* p : all) forget(*p);
}

bool ProcessTable::restore_all(std::string_view bytes) {
  BlobReader from(bytes);
  RestoredNames programs(from, programs_);
  const auto count = from.number<uint32_t>();
  if (count > kProcessesMax) return false;
  std::vector<Process*> all;
  std::vector<uint32_t> parents;
  bool good = true;
  for (uint32_t i = 0; i < count; ++i) {
    const auto pid = from.number<uint32_t>();
    const Process* before = newest(pid);
    if (!from.good() || (before != nullptr && !before->ended)) return false;
    Process& process = make(pid);
    push_newest(process);
    all.push_back(&process);
    parents.push_back(take_process(from, process, programs, good));
    if (!good) return false;
    if (!process.ended && process.ses != kUnsetId) ++living_[process.ses];
    if (process.ended) {
      held_.push_back(&process);
    }
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (parents[i] == kNoParent) continue;
    if (parents[i] >= all.size()) return false;
    link(*all[i], all[parents[i]]);
  }
  std::stable_sort(held_.begin(), held_.end(), [](const Process* a, const Process* b) {
    return a->exit_read.boottime_ns < b->exit_read.boottime_ns;
  });
  return from.at_end();
}

Status ProcessTable::restore(std::string_view saved) {
  CHECK(size_ == 0);
  ASSIGN_OR_RETURN(const std::string_view bytes, open_blob(kMagic, kVersion, saved));
  if (restore_all(bytes)) return ok();
  clear();
  return corrupt("saved processes make no sense");
}

}  // namespace spoor::agent
