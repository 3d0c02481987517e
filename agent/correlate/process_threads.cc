// When a process has ended, and how. The connector tells of each thread, in no order that could be
// relied on, and of a process only what its threads do:
//
//   main calls pthread_exit()      exit 10 code 0 ········ thread_exit 10 code 3<<8
//   a thread calls execve()        exit 10 code 0 · thread_exit 10 ·····(it leads now)····· exit 10
//   a child waited for at once, its pid given again
//                                  fork 10 ········ fork 10 · exit 10, with no parent any more
//
// So threads are counted, and a process ends with its last one. Where messages were lost, the count
// is set right by what /proc says (process_restart.cc).
#include <algorithm>

#include "agent/correlate/process_table.h"

namespace spoor::agent {
namespace {

// The leader's own code, unless a thread has ended all of them with another (kernel/exit.c,
// wait_task_zombie): then the leader either left before, or has that code too. Threads that leave
// by themselves have 0, whatever library made them. Of those that one signal kills only the one
// that dumps core says so (kernel/coredump.c).
void take_status(Process& process, uint32_t status, bool leads) {
  constexpr uint32_t kSignal = 0x7f, kCore = 0x80;
  const uint32_t signal = status & kSignal;
  if (signal != 0 && signal == (process.wait_status & kSignal)) {
    process.wait_status |= status & kCore;
  } else if (leads || status != 0) {
    process.wait_status = status;
  }
}

}  // namespace

void ProcessTable::on_message(const ProcessMessage& message, Instant now) {
  switch (message.kind) {
    case ProcessMessage::Kind::fork: return fork(message, now);
    case ProcessMessage::Kind::exit: return exit(message, now);
    case ProcessMessage::Kind::thread_fork: return thread_fork(message);
    case ProcessMessage::Kind::thread_exit: return thread_exit(message, now);
  }
}

void ProcessTable::thread_fork(const ProcessMessage& message) {
  Process* process = newest(message.pid);
  if (process == nullptr || process->ended || message.boottime_ns <= process->counted_ns) return;
  ++process->threads;
  process->threads_ns = std::max(process->threads_ns, message.boottime_ns);
}

void ProcessTable::thread_exit(const ProcessMessage& message, Instant now) {
  Process* process = newest(message.pid);
  if (process == nullptr || process->released) return;
  // One of the pid's incarnation before: this one's leader is all that it has.
  if (process->threads <= 1 && !process->leader_left) return;
  take_status(*process, message.wait_status, false);
  process->ended_ns = std::max(process->ended_ns, message.boottime_ns);
  process->threads_ns = std::max(process->threads_ns, message.boottime_ns);
  if (process->ended || message.boottime_ns <= process->counted_ns) return;
  if (--process->threads == 0) end(*process, process->ended_ns, now);
}

// Whose end it is. A leader's is told after its process may be waited for and its pid be given anew
// (kernel/exit.c, do_exit: exit_notify() comes before proc_exit_connector()), by as long as it was
// kept from running between the two.
Process* ProcessTable::leaver(const ProcessMessage& message) const {
  Process* process = newest(message.pid);
  for (Process* p = process; p != nullptr && p->older != nullptr; p = p->older) {
    const Process& before = *p->older;
    if (!before.ended || before.released) break;
    const bool too_early = p->birth_known && message.boottime_ns < p->birth_ns;
    const bool late = message.parent_pid == 0 &&
                      message.boottime_ns - before.ended_ns <= kFoundSlackNs;
    if (!before.seen && (late || too_early)) process = p->older;
  }
  return process;
}

void ProcessTable::exit(const ProcessMessage& message, Instant now) {
  Process* process = leaver(message);
  if (process == nullptr || process->released) {
    // Nothing is known of it; an exec that is still to be read will make it someone.
    process = &make(message.pid);
    process->birth_ns = message.boottime_ns;
    push_newest(*process);
  }
  take_status(*process, message.wait_status, true);
  const bool counted = process->leader_left && message.boottime_ns <= process->counted_ns;
  process->leader_left = process->seen = true;
  // Of one whose pid is another's already the end is known better.
  if (process == newest(message.pid)) process->ended_ns = message.boottime_ns;
  if (process->ended || counted) return;
  process->threads_ns = std::max(process->threads_ns, message.boottime_ns);
  if (--process->threads == 0) end(*process, message.boottime_ns, now);
}

void ProcessTable::end(Process& process, int64_t ended_ns, Instant now) {
  leave(process);
  process.ended = true;
  process.ended_ns = ended_ns;
  process.exit_read = now;
  held_.push_back(&process);
}

}  // namespace spoor::agent
