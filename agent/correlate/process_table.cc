#include "agent/correlate/process_table.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace spoor::agent {
namespace {

// How many go at once when the table is full of living processes, since finding them takes a pass
// over all of it.
constexpr size_t kEvictedAtOnce = kProcessesMax / 16;
// The audit clock stands still while the processor that advances it does not run, as a virtual one
// may. Since Linux 5.18 another takes over after five ticks (kernel/time/tick-sched.c,
// MAX_STALLED_JIFFIES); before, nobody does. Beyond: the event is of a process of which nothing
// else is known.
constexpr int64_t kAuditStallNs = 250'000'000;

bool is_ancestor(const Process* candidate, const Process* of) {
  while (of != nullptr && of != candidate) of = of->parent;
  return of != nullptr;
}

}  // namespace

ProcessTable::ProcessTable(std::function<void(const Process&)> ended) : ended_(std::move(ended)) {}

ProcessTable::~ProcessTable() { clear(); }

// ------------------------------------------------------------------ who is it

Process* ProcessTable::newest(uint32_t pid) const {
  const auto found = by_pid_.find(pid);
  return found == by_pid_.end() ? nullptr : found->second;
}

// A pid that was used again within a tick of the audit clock has more than one that may be meant. A
// process's events come before those of the next with its pid. So until an exec was told of the
// younger one they are the older one's; but an exec is of the oldest that none was told of, since
// whoever is replaced at once ran one program. A birth is read before what the process does: where
// nobody lived at that time, the clock stood still for longer than a tick.
Process* ProcessTable::find_mutable(uint32_t pid, int64_t time_ns, bool executes) const {
  Process* best = nullptr;
  for (const int64_t behind_ns : {kAuditTickNs, kAuditStallNs}) {
    for (Process* p = newest(pid); p != nullptr; p = p->older) {
      if (p->birth_known && p->birth_ns > time_ns + behind_ns) continue;
      // The older ones ended earlier still.
      if (p->ended && p->ended_ns < time_ns - kClockSlackNs) break;
      if (best != nullptr && best->commands != 0) break;
      // What was found in /proc executed before we came.
      if (best != nullptr && executes && (p->commands != 0 || p->key.rounded)) break;
      best = p;
    }
    if (best != nullptr) break;
  }
  return best;
}

// By the connector's clock, which needs no such guess.
Process* ProcessTable::alive_at(uint32_t pid, int64_t boottime_ns) const {
  Process* p = newest(pid);
  while (p != nullptr && p->birth_known && p->birth_ns > boottime_ns) p = p->older;
  return p == nullptr || (p->ended && p->ended_ns < boottime_ns - kClockSlackNs) ? nullptr : p;
}

const Process* ProcessTable::find(uint32_t pid, int64_t time_ns, bool executes) const {
  return find_mutable(pid, time_ns, executes);
}

Process& ProcessTable::make(uint32_t pid) {
  if (size_ >= kProcessesMax) evict();
  Process& process = *std::make_unique<Process>().release();
  process.key.pid = pid;
  ++size_;
  return process;
}

// ------------------------------------------------------------------ sessions

uint32_t ProcessTable::living(uint32_t ses) const {
  const auto found = living_.find(ses);
  return found == living_.end() ? 0 : found->second;
}

void ProcessTable::leave(Process& process) {
  const auto found = process.ended ? living_.end() : living_.find(process.ses);
  if (found != living_.end() && --found->second == 0) living_.erase(found);
}

void ProcessTable::enter(Process& process, uint32_t ses, uint32_t auid) {
  process.auid = auid;
  if (process.ses == ses) return;
  leave(process);
  process.ses = ses;
  if (!process.ended && ses != kUnsetId) ++living_[ses];
}

// A login is read after the forks that came behind it: these children have its session.
void ProcessTable::enter_children(Process& parent, int64_t since_ns, uint32_t ses, uint32_t auid) {
  const uint32_t old = parent.ses;
  std::vector<Process*> heads = {&parent};
  while (!heads.empty()) {
    Process& head = *heads.back();
    heads.pop_back();
    for (Process* child = head.first_child; child != nullptr; child = child->next_sibling) {
      if (child->ses != old || child->birth_ns < since_ns) continue;
      enter(*child, ses, auid);
      heads.push_back(child);
    }
  }
}

// ------------------------------------------------------------------ births

void ProcessTable::push_newest(Process& process) {
  Process*& head = by_pid_[process.key.pid];
  process.older = head;
  head = &process;
}

void ProcessTable::link(Process& child, Process* parent) {
  if (parent == nullptr || parent == &child || child.parent != nullptr) return;
  // A new process has no children, so only one that is linked late can close a circle.
  if (child.first_child != nullptr && is_ancestor(&child, parent)) return;
  child.parent = parent;
  child.next_sibling = parent->first_child;
  if (parent->first_child != nullptr) parent->first_child->previous_sibling = &child;
  parent->first_child = &child;
}

void ProcessTable::unlink(Process& child) {
  if (child.parent == nullptr) return;
  if (child.previous_sibling != nullptr) {
    child.previous_sibling->next_sibling = child.next_sibling;
  } else {
    child.parent->first_child = child.next_sibling;
  }
  if (child.next_sibling != nullptr) child.next_sibling->previous_sibling = child.previous_sibling;
  child.parent = child.next_sibling = child.previous_sibling = nullptr;
}

void ProcessTable::fork(const ProcessMessage& message, Instant now) {
  Process* known = newest(message.pid);
  if (known != nullptr && !known->ended) {
    // Found in /proc before this was read, or its exec was read first: the same one, born now.
    const bool found = known->key.rounded && known->birth_ns <= message.boottime_ns &&
                       message.boottime_ns - known->birth_ns <= kFoundSlackNs;
    const bool executed =
        !known->birth_known && message.boottime_ns <= known->birth_ns + kAuditTickNs;
    if (!found && !executed) {
      end(*known, message.boottime_ns, now);  // its last exit was not seen
      known->seen = false;
      known = nullptr;
    }
  } else {
    known = nullptr;
  }
  Process& process = known != nullptr ? *known : make(message.pid);
  process.birth_ns = message.boottime_ns;
  process.birth_known = true;
  process.parent_pid = message.parent_pid;
  if (process.commands == 0) process.key = {message.pid, message.boottime_ns, false};
  if (known == nullptr) push_newest(process);
  Process* const parent = alive_at(message.parent_pid, message.boottime_ns);
  if (parent != nullptr && process.ses == kUnsetId) enter(process, parent->ses, parent->auid);
  link(process, parent);
}

Process& ProcessTable::make_from_exec(uint32_t pid, uint32_t parent_pid, int64_t time_ns,
                                      Instant now) {
  Process& process = make(pid);
  process.birth_ns = time_ns;
  process.parent_pid = parent_pid;
  // Behind the incarnations that are younger than the event.
  Process* younger = nullptr;
  for (Process* p = newest(pid); p != nullptr; p = p->older) {
    if (!p->birth_known || p->birth_ns <= time_ns + kAuditStallNs) break;
    younger = p;
  }
  if (younger == nullptr) {
    push_newest(process);
  } else {
    process.older = std::exchange(younger->older, &process);
    end(process, younger->birth_ns, now);
    process.seen = false;
  }
  link(process, find_mutable(parent_pid, time_ns));
  return process;
}

// ------------------------------------------------------------------ execs

ProcessTable::Command ProcessTable::exec(const Exec& exec, Instant now) {
  Process* known = find_mutable(exec.pid, exec.time_ns, true);
  Process& process = known != nullptr
                         ? *known
                         : make_from_exec(exec.pid, exec.parent_pid, exec.time_ns, now);
  Command command;
  command.started_ns = exec.time_ns;
  if (process.birth_known) {
    command.started_ns = std::max(exec.time_ns, process.birth_ns);
    command.born_ns = process.birth_ns;
  }
  command.command = {process.key, ++process.commands};
  const Process::Origin from = origin_at(process, command.started_ns);
  if (from.command.exec_number != 0) command.parent = from.command;
  const int32_t depth = depth_below(from, exec.ses);
  if (depth != Process::kNoDepth) command.depth = static_cast<uint32_t>(depth);
  enter(process, exec.ses == kUnsetId ? process.ses : exec.ses, exec.auid);
  process.uid = exec.uid;
  // A command that failed has a number, but is nothing that others could come from.
  if (exec.success) {
    add_exec(process, {process.commands, programs_.take(exec.program), command.started_ns,
                       exec.ses, exec.auid, depth});
  }
  return command;
}

void ProcessTable::exec_told(const Exec& exec) {
  const Process* process = find(exec.pid, exec.time_ns);
  if (process != nullptr && process->released) ended_(*process);
}

ProcessKey ProcessTable::login(uint32_t pid, int64_t time_ns, uint32_t ses, uint32_t auid) {
  Process* process = find_mutable(pid, time_ns);
  if (process == nullptr) return {pid, 0, false};
  process->login_ns = time_ns;
  enter_children(*process, time_ns, ses, auid);
  enter(*process, ses, auid);
  return process->key;
}

ProcessKey ProcessTable::give_up(uint32_t pid, int64_t time_ns, std::optional<uint32_t> old_ses) {
  Process* process = find_mutable(pid, time_ns);
  if (process == nullptr) return {pid, 0, false};
  const uint32_t ses = old_ses.value_or(process->ses);
  enter_children(*process, time_ns, ses, kUnsetId);
  enter(*process, ses, kUnsetId);
  return process->key;
}

// ------------------------------------------------------------------ ends

const Process* ProcessTable::unheard(uint32_t pid, int64_t time_ns) const {
  const Process* process = find(pid, time_ns);
  return process != nullptr && !process->birth_known && !process->ended && process->commands != 0
             ? process
             : nullptr;
}

void ProcessTable::exit_unheard(uint32_t pid, int64_t time_ns, Instant now) {
  CHECK(unheard(pid, time_ns) != nullptr);
  Process& process = *find_mutable(pid, time_ns);
  leave(process);
  process.ended = process.released = true;
  process.ended_ns = time_ns;
  process.exit_read = now;
  process.released_ns = now.boottime_ns;
  released_.push_back(&process);
}

void ProcessTable::tick(Instant drained) {
  while (!held_.empty()) {
    Process& process = *held_.front();
    if (drained.boottime_ns - process.exit_read.boottime_ns < kExitHoldNs) break;
    held_.pop_front();
    release(process, drained.boottime_ns);
  }
  while (!released_.empty() &&
         drained.boottime_ns - released_.front()->released_ns >= kEndedKeepNs) {
    Process& process = *released_.front();
    released_.pop_front();
    forget(process);
  }
}

void ProcessTable::close(Instant now) {
  while (!held_.empty()) {
    Process& process = *held_.front();
    held_.pop_front();
    release(process, now.boottime_ns);
  }
}

void ProcessTable::release(Process& process, int64_t now_ns) {
  process.released = true;
  process.released_ns = now_ns;
  released_.push_back(&process);
  if (process.commands != 0) ended_(process);
  if (process.ses == kUnsetId || !left_ || living(process.ses) != 0) return;
  const bool others = std::any_of(held_.begin(), held_.end(), [&](const Process* held) {
    return held->ses == process.ses;
  });
  if (!others) left_(process);
}

void ProcessTable::forget(Process& process) {
  while (process.first_child != nullptr) {
    Process& child = *process.first_child;
    leave_to(child, process);
    unlink(child);
  }
  unlink(process);
  const auto head = by_pid_.find(process.key.pid);
  Process** at = &head->second;
  while (*at != &process) at = &(*at)->older;
  *at = process.older;
  leave(process);
  if (head->second == nullptr) by_pid_.erase(head);
  give_back(process);
  --size_;
  const std::unique_ptr<Process> gone(&process);
}

// ------------------------------------------------------------------ bounds

void ProcessTable::evict() {
  if (released_.empty() && !held_.empty()) {
    Process& process = *held_.front();
    held_.pop_front();
    release(process, process.exit_read.boottime_ns);
  }
  if (released_.empty()) return evict_living();
  Process& process = *released_.front();
  released_.pop_front();
  forget(process);
}

void ProcessTable::evict_living() {
  std::vector<std::pair<int64_t, Process*>> victims;  // by birth
  for (const bool with_command : {false, true}) {
    for (const auto& [pid, process] : by_pid_) {
      if ((process->commands != 0) == with_command) {
        victims.emplace_back(process->birth_ns, process);
      }
    }
    if (!victims.empty()) break;
  }
  const size_t count = std::min(victims.size(), kEvictedAtOnce);
  const auto end = victims.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(victims.begin(), end, victims.end());
  for (auto it = victims.begin(); it != end; ++it) forget(*it->second);
  if (count != 0) living_forgotten_();
}

}  // namespace spoor::agent
