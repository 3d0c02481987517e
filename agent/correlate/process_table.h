// Which process a pid was, at a given time. Births and ends come from the proc connector, execs
// from audit records, and neither waits for the other: an exit may be read before its process's
// exec, and a pid may have been given anew. So a pid has incarnations, newest first:
//
//   by_pid_[4711] ─► born 900.2 s ─► born 12.7 s, ended 880.1 s ─► …
//
// An event at time T belongs to the newest incarnation born at or before T plus a tick of the audit
// clock and not ended before T. All times here are boottime in ns, which no clock step can shift.
//
// A process ends with its last thread, which need not be the one that leads it: its threads are
// counted (process_threads.cc).
//
// An ended process stays until the audit socket was found empty kExitHoldNs after its exit was read
// or later; then `ended` is told, and kEndedKeepNs later it is forgotten. Before it goes, each of
// its children gets the command it came from, so that nothing ended has to be kept for its
// children's sake.
//
// Owns the processes; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/correlate/process.h"
#include "agent/correlate/string_pool.h"
#include "agent/limits.h"
#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

class ProcessTable {
 public:
  // An exec as an audit event tells it; `time_ns` is the event's time. Its session is the one that
  // it stands in, by the record or by whom the process descends from; unset: the process's stays.
  struct Exec {
    uint32_t pid = 0, parent_pid = 0;
    int64_t time_ns = 0;
    bool success = true;
    uint32_t ses = kUnsetId, auid = kUnsetId, uid = kUnsetId;
    std::string_view program = {};  // its path
  };
  struct Command {
    CommandRef command;
    std::optional<CommandRef> parent;
    std::optional<uint32_t> depth;
    int64_t started_ns = 0;
    std::optional<int64_t> born_ns;
  };

  // `ended` hears of each process with a command, once no exec of it is expected any more; and
  // again if one came all the same.
  explicit ProcessTable(std::function<void(const Process&)> ended);
  ~ProcessTable();
  ProcessTable(const ProcessTable&) = delete;
  ProcessTable& operator=(const ProcessTable&) = delete;
  // Hears of the last process of a session, after its end was told: none is left.
  void set_session_left(std::function<void(const Process&)> left) { left_ = std::move(left); }

  // Hears when living processes had to be forgotten.
  void set_living_forgotten(std::function<void()> forgotten) {
    living_forgotten_ = std::move(forgotten);
  }

  void on_message(const ProcessMessage& message, Instant now);
  // The living process with a command at that time of which the connector has said nothing: whoever
  // plays a log has no connector. Null: none.
  const Process* unheard(uint32_t pid, int64_t time_ns) const;
  // That one has ended, as an audit event tells; `ended` does not hear of it.
  void exit_unheard(uint32_t pid, int64_t time_ns, Instant now);
  // One process found in /proc; no effect if it is known already.
  void add_found(const ProcessFound& found, Instant now);
  // All of /proc, as of a scan that began at `scanned`: who is not there, or is another by its
  // birth, has ended unseen; threads are as many as it says. Also the way to fill an empty table.
  // False: there are too many.
  bool reconcile(std::span<const ProcessFound> found, Instant scanned, Instant now);

  // The incarnation that an event at that time belongs to, an exec or another; null: not known.
  const Process* find(uint32_t pid, int64_t time_ns, bool executes = false) const;
  // What ran at that time: the process's own program, or the command that it came from where it has
  // run none.
  std::optional<CommandRef> command_at(uint32_t pid, int64_t time_ns) const;
  // The process, made up where nothing is known of it, has executed.
  Command exec(const Exec& exec, Instant now);
  // To be called after the exec's fact went out: tells the end again that was told too early.
  void exec_told(const Exec& exec);
  // The process has a session now. Its key, without a birth where it is not known.
  ProcessKey login(uint32_t pid, int64_t time_ns, uint32_t ses, uint32_t auid);
  // The process has no login uid any more, as far as the kernel goes. It stays in the session that
  // it had, with those that it forked since. Its key, as above.
  ProcessKey give_up(uint32_t pid, int64_t time_ns, std::optional<uint32_t> old_ses);

  // The path of the program that the process runs, as audit told of it: by its own last exec, or by
  // the one it was born from. Empty: not known. Valid until the next call that changes anything.
  std::string_view program(uint32_t pid, int64_t time_ns) const;
  // Whether one of the programs that the process ran in that time, from `from_ns` on, is wanted; of
  // the incarnation that lived at `time_ns`. nullopt: no program of that time is known.
  std::optional<bool> ran(uint32_t pid, int64_t time_ns, int64_t from_ns, int64_t until_ns,
                          const std::function<bool(std::string_view)>& wanted) const;

  // The audit socket was found empty at `drained`: all that came before that was told.
  void tick(Instant drained);
  // Tells of every end that is held back.
  void close(Instant now);

  size_t size() const { return size_; }
  // Processes of the session that live; those that the full table forgot are not among them.
  uint32_t living(uint32_t ses) const;

  // All but what /proc would tell again: processes whose birth or exec was seen, those of sessions,
  // their ancestors, and ended ones whose end was not told. The times in it are of this boot.
  std::string save() const;
  // Into an empty table. `corrupt` for bytes that are not ours, with the table left empty; the
  // caller reconciles next.
  Status restore(std::string_view saved);

 private:
  void fork(const ProcessMessage& message, Instant now);
  void exit(const ProcessMessage& message, Instant now);
  void thread_fork(const ProcessMessage& message);
  void thread_exit(const ProcessMessage& message, Instant now);
  Process* leaver(const ProcessMessage& message) const;
  Process* find_mutable(uint32_t pid, int64_t time_ns, bool executes = false) const;
  Process* alive_at(uint32_t pid, int64_t boottime_ns) const;
  Process* newest(uint32_t pid) const;
  // To be put into by_pid_, which owns what is in it, before anything else is called.
  Process& make(uint32_t pid);
  Process& make_from_exec(uint32_t pid, uint32_t parent_pid, int64_t time_ns, Instant now);
  Process* take_found(const ProcessFound& found, Instant now);
  void push_newest(Process& process);
  void enter(Process& process, uint32_t ses, uint32_t auid);
  void enter_children(Process& parent, int64_t since_ns, uint32_t ses, uint32_t auid);
  void leave(Process& process);
  void link(Process& child, Process* parent);
  void unlink(Process& child);
  void end(Process& process, int64_t ended_ns, Instant now);
  void release(Process& process, int64_t now_ns);
  void forget(Process& process);
  void evict();
  void evict_living();
  Process::Origin find_origin(const Process& process, bool at_birth = false) const;
  Process::Origin origin_at(Process& process, int64_t time_ns);
  void settle_origin(Process& process);
  void leave_to(Process& child, const Process& parent);
  void add_exec(Process& process, const Process::Exec& exec);
  void give_back(Process& process);
  std::vector<const Process*> worth_saving() const;
  bool restore_all(std::string_view bytes);
  void clear();

  std::function<void(const Process&)> ended_, left_;
  std::function<void()> living_forgotten_ = [] {};
  std::unordered_map<uint32_t, uint32_t> living_;  // by session, none of them 0
  std::unordered_map<uint32_t, Process*> by_pid_;
  std::deque<Process*> held_;      // ended, not released, by the time the exit was read
  std::deque<Process*> released_;  // to be forgotten
  size_t size_ = 0;
  StringPool programs_{kProgramBytesMax};
};

}  // namespace spoor::agent
