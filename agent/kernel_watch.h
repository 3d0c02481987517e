// The thread that owns the audit control socket while the agent runs. Once a second it asks the
// kernel how it is: who has the seat, how much was lost, how long programs waited. Settings and
// rules that are not as wanted it repairs. What it saw it leaves in a mailbox; the capture thread
// never waits for an answer of the kernel's (a queue that is full may hold such an answer back
// until records are read: linux-audit/audit-kernel#129).
//
// Born inside the sandbox, by start(). The seat is this thread's alone from then on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/kernel_seat.h"
#include "agent/kernel_settings.h"
#include "agent/model.h"

namespace spoor::agent {

// An AgentState that owns its words.
struct AgentNews {
  AgentState::Change change = AgentState::Change::started;
  std::string detail = {};
  uint32_t rules = 0;
  uint32_t other_pid = 0;
  std::string other_exe = {};
  uint64_t count = 0;
  AgentState state() const { return {change, detail, rules, other_pid, other_exe, count}; }
};

struct KernelReport {
  KernelStatus status;
  SeatHolder holder;
  std::vector<AgentNews> news;
};

// Who changed the audit configuration, as far as a CONFIG_CHANGE event says.
struct ConfigHint {
  std::optional<uint32_t> auid = {}, pid = {};
  std::string exe = {};
};
// "auditctl (pid 7, login uid 1000)".
std::string describe(const ConfigHint& hint);

// The hint that waits to be looked at. Of several the one that says most: a program before a login
// uid, anybody before nobody, and the later one of those that say as much.
class WaitingHint {
 public:
  void put(ConfigHint hint);
  std::optional<ConfigHint> take() { return std::exchange(hint_, std::nullopt); }
  bool is_there() const { return hint_.has_value(); }

 private:
  std::optional<ConfigHint> hint_;
};

// The last hint that was looked at, for as long as what is found may be its doing.
class RecentHint {
 public:
  void put(ConfigHint hint, Instant now) {
    hint_ = std::move(hint);
    put_ns_ = now.boottime_ns;
  }
  std::optional<ConfigHint> at(Instant now) const;

 private:
  std::optional<ConfigHint> hint_;
  int64_t put_ns_ = 0;
};

// When we last changed audit's configuration ourselves. The kernel does not audit its audit daemon:
// the records of what we change have no SYSCALL beside them, and the time is what tells them.
class OwnChanges {
 public:
  void begin(int64_t realtime_ns) { now_ = {realtime_ns, INT64_MAX}; }
  void end(int64_t realtime_ns, bool changed);
  bool covers(int64_t time_ms) const { return now_.covers(time_ms) || last_.covers(time_ms); }

 private:
  struct Span {  // empty
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
    bool covers(int64_t time_ms) const;
  };
  Span now_, last_;
};

class KernelWatch {
 public:
  // `seat` and `clock` outlive it.
  KernelWatch(KernelSeat& seat, const KernelSettings& settings, const Clock& clock);
  ~KernelWatch();  // ends the thread; at most an answer's deadline later
  KernelWatch(const KernelWatch&) = delete;
  KernelWatch& operator=(const KernelWatch&) = delete;

  // To be set before start(), called on the watch's thread. While the seat is ours: each second,
  // and at once with a hint; what came of it. (agent/rule_keeper.h decides when it looks.)
  std::function<std::vector<AgentNews>(Instant now, const std::optional<ConfigHint>&)> check_rules;
  // Each second while another program has the seat.
  std::function<void()> beside_other;

  // Once, inside the sandbox.
  void start();

  // Capture thread; none of these waits for more than a short lock.
  std::vector<KernelReport> take();
  // Somebody else changed the configuration: look at once.
  void hint(ConfigHint hint);
  // Whether this watch was changing something at that time of a record's.
  bool changed_at(int64_t time_ms);
  // Makes the kernel write a record, and so send what it kept back for us: kauditd looks at its
  // retry queue only when there is something new (kernel/audit.c, kauditd_thread).
  void nudge();

 private:
  void run();
  void check(Instant now, const std::optional<ConfigHint>& hint);
  void check_settings(const AuditStatus& status, Instant now,
                      const std::optional<ConfigHint>& hint, std::vector<AgentNews>& news);
  void post(KernelReport report);
  void make_a_record();

  KernelSeat& seat_;
  const Clock& clock_;
  const int64_t tick_ns_;
  KernelSettings settings_;
  SettingsKeeper keeper_;
  // Whether the last look found the seat ours: what is not as wanted just after it came to us is
  // nobody's doing.
  bool settled_ = true;
  Code said_ = Code::ok;
  RecentHint recent_hint_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false, nudge_ = false;
  WaitingHint hint_;
  OwnChanges own_changes_;
  std::vector<KernelReport> reports_;
  std::thread thread_;
};

}  // namespace spoor::agent
