// A small kernel that knows the truth: processes, threads, commands and sessions, drawn from a
// seed. It tells what the connector and the audit system would tell, each in its own order and with
// its own clock, and remembers with each exec and each end what a table should make of it.
//
// What the audit clock cannot tell apart is not drawn: it stands still for a tick, so that a parent
// neither executes nor logs in within a tick of a fork of its own, and a pid that is used again at
// once had one exec, or none for a tick. Where the clock may stand still for longer, the same holds
// of that time, and no pid is used again within it.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "agent/limits.h"
#include "agent/model.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent::test {

class ToyProcesses {
 public:
  static constexpr int64_t kNone = -1;
  static constexpr int64_t kStallNsMax = 200 * kMs;
  struct Life {
    uint32_t pid = 0, parent_pid = 0;
    int64_t birth_ns = 0, told_ns = 0;  // told: that it ended
    uint32_t ses = kUnsetId;       // that it came out of, whatever the kernel has
    bool gave_up = false;          // its login uid, or one above it did: the kernel has none
    int64_t command = kNone;       // that runs in it: its own or where it was forked
    uint32_t scope_ses = kUnsetId; // of the nearest command or login
    int scope_depth = -2;          // -1: a login; -2: nothing
    uint32_t commands = 0, last_good = 0, threads = 1, status = 0;
    bool leader_left = false, alive = true, logged_in = false;
    int64_t executed_ns = 0, forked_ns = 0;
    // Its pid had another life just before: only an exec says that this one has begun.
    bool must_execute = false;
  };
  struct Command {
    size_t life = 0;
    uint32_t number = 0;
    int64_t parent = kNone;
    int depth = -1;  // not known
    std::string program;
    uint32_t ses = kUnsetId;  // that it came out of
  };
  // What the audit system tells.
  struct Event {
    enum class Kind : uint8_t { exec, login, give_up, other } kind = Kind::other;
    int64_t time_ns = 0;  // by the audit clock
    size_t life = 0;
    int64_t command = kNone;  // exec: it; other: that runs
    bool success = true;
    uint32_t ses = kUnsetId, auid = kUnsetId;  // give_up: what it had
  };

  struct Habits {
    bool uses_pids_again = true;
    bool stalls = false;  // its audit clock, for many ticks
  };
  ToyProcesses(uint64_t seed, Habits habits) : random_(seed), habits_(habits) {
    const int64_t ticks[] = {1, 4, 10};
    tick_ns_ = ticks[below(3)] * kMs;
    lives.push_back({.pid = 2, .parent_pid = 1, .birth_ns = now_ns});
    living_.push_back(0);
    tell(ProcessMessage::Kind::fork, lives[0], 0, 1);
  }

  void step() {
    const bool pauses = below(4) == 0;
    if (pauses) tell_late();
    now_ns += 1 + static_cast<int64_t>(below(pauses ? 30'000'000 : 300'000));
    if (habits_.stalls && now_ns >= stalled_until_ns_ && below(16) == 0) {
      stalled_ns_ = audit_ns();
      stalled_until_ns_ = now_ns + static_cast<int64_t>(below(kStallNsMax));
    }
    const size_t life = living_[below(living_.size())];
    switch (below(12)) {
      case 0: case 1: case 2: return fork(life);
      case 3: case 4: case 5: return execute(life, below(5) != 0);
      case 6: return thread(life);
      case 7: return leave(life);
      case 8: return below(3) == 0 ? log_in(life) : other(life);
      case 9: return below(4) == 0 ? give_up(life) : other(life);
      default: return living_.size() > 4 ? end(life) : fork(life);
    }
  }

  // Ends of which nobody had told yet.
  void tell_late() {
    for (auto& [life, message] : late_) {
      message.boottime_ns = lives[life].told_ns = now_ns;
      messages.push_back(message);
    }
    late_.clear();
  }
  std::vector<ProcessFound> in_proc() const {
    std::vector<ProcessFound> found{{.pid = 1}};
    for (const size_t i : living_) {
      const Life& life = lives[i];
      ProcessFound one{.pid = life.pid, .parent_pid = life.parent_pid,
                       .birth_boottime_ns = life.birth_ns / (10 * kMs) * (10 * kMs)};
      one.ses = kernel_ses(life);
      one.auid = kernel_auid(life);
      one.threads = life.threads;
      one.leader_left = life.leader_left;
      one.counted_ns = now_ns;
      found.push_back(one);
    }
    return found;
  }

  static uint32_t kernel_ses(const Life& life) { return life.gave_up ? kUnsetId : life.ses; }
  static uint32_t kernel_auid(const Life& life) {
    return kernel_ses(life) == kUnsetId ? kUnsetId : 1000;
  }

  int64_t now_ns = kNsPerSecond;
  std::vector<Life> lives;
  std::vector<Command> commands;
  // Since the reader last took them.
  std::vector<ProcessMessage> messages;
  std::vector<Event> events;

 private:
  using Kind = ProcessMessage::Kind;

  size_t below(size_t limit) { return random_() % limit; }
  int64_t audit_ns() const {
    return now_ns < stalled_until_ns_ ? stalled_ns_ : now_ns / tick_ns_ * tick_ns_;
  }
  int64_t unsure_ns() const {
    return (habits_.stalls ? kStallNsMax : 0) + kAuditTickNs + kClockSlackNs;
  }

  void tell(Kind kind, const Life& life, uint32_t status, uint32_t parent) {
    messages.push_back({kind, life.pid, parent, now_ns, status});
    now_ns += 1 + static_cast<int64_t>(below(2000));
  }

  uint32_t draw_pid(bool& again) {
    again = false;
    if (!habits_.uses_pids_again) return ++last_pid_;
    again = below(2) == 0 && !freed_.empty() && may_use_again(lives[freed_.back()]);
    uint32_t pid = again ? lives[freed_.back()].pid : ++last_pid_;
    if (!again && freed_.size() > 8 && may_forget(lives[freed_.front()])) {
      pid = lives[freed_.front()].pid;
      freed_.erase(freed_.begin());
    }
    if (again) freed_.pop_back();
    return pid;
  }
  bool may_forget(const Life& before) const { return now_ns - before.told_ns > unsure_ns(); }
  bool may_use_again(const Life& before) const {
    if (habits_.stalls) return may_forget(before);
    const bool quiet = now_ns - before.executed_ns > unsure_ns();
    return may_forget(before) || (before.commands == 1) || (before.commands > 1 && quiet);
  }

  void fork(size_t parent) {
    if (lives[parent].must_execute || living_.size() > 60) return;
    bool again = false;
    const uint32_t pid = draw_pid(again);
    Life child = lives[parent];
    child.pid = pid;
    child.parent_pid = lives[parent].pid;
    child.birth_ns = lives[parent].forked_ns = now_ns;
    child.commands = child.last_good = child.status = 0;
    child.threads = 1;
    child.told_ns = 0;
    child.leader_left = child.logged_in = false;
    child.executed_ns = child.forked_ns = 0;
    child.must_execute = again;
    lives.push_back(child);
    living_.push_back(lives.size() - 1);
    tell(Kind::fork, child, 0, child.parent_pid);
    if (again || below(3) == 0) execute(lives.size() - 1, true);  // vfork, posix_spawn
  }

  void execute(size_t i, bool success) {
    Life& life = lives[i];
    // Nobody can tell whether the exec or the fork was first.
    if (just_forked(life)) return;
    if (success) leave_alone(life);
    Command command{i, ++life.commands, life.command, -1,
                    "/bin/p" + std::to_string(commands.size()), life.ses};
    if (life.ses != kUnsetId && life.scope_depth != -2) {
      command.depth = life.scope_ses == life.ses ? life.scope_depth + 1 : 0;
    }
    events.push_back({Event::Kind::exec, audit_ns(), i, static_cast<int64_t>(commands.size()),
                      success, kernel_ses(life), kernel_auid(life)});
    if (success) {
      life.command = static_cast<int64_t>(commands.size());
      life.scope_ses = life.ses;
      life.scope_depth = command.depth == -1 ? -2 : command.depth;
      if (life.ses == kUnsetId) life.scope_depth = 0;  // of no session, but known
      life.last_good = life.commands;
    }
    life.executed_ns = now_ns;
    life.must_execute = false;
    commands.push_back(command);
  }

  bool just_forked(const Life& life) const {
    return life.forked_ns != 0 && now_ns - life.forked_ns <= unsure_ns();
  }

  // An exec ends all other threads; the one that executes leads (fs/exec.c, de_thread).
  void leave_alone(Life& life) {
    while (life.threads > 1) {
      const bool leads = !life.leader_left && below(2) == 0;
      tell(leads ? Kind::exit : Kind::thread_exit, life, 0, leads ? life.parent_pid : 0);
      life.leader_left = life.leader_left || leads;
      --life.threads;
    }
    life.leader_left = false;
  }

  void thread(size_t i) {
    Life& life = lives[i];
    if (life.must_execute) return;
    if (below(2) == 0 || (life.threads == 1 && !life.leader_left)) {
      ++life.threads;
      return tell(Kind::thread_fork, life, 0, life.parent_pid);
    }
    if (life.threads == 1 && living_.size() <= 4) return;
    --life.threads;
    tell(Kind::thread_exit, life, 0, 0);
    if (life.threads == 0) die(i, 0);
  }

  // The leading thread alone.
  void leave(size_t i) {
    Life& life = lives[i];
    if (life.leader_left || life.threads == 1) return;
    life.leader_left = true;
    --life.threads;
    tell(Kind::exit, life, 0, life.parent_pid);
  }

  void end(size_t i) {
    Life& life = lives[i];
    if (life.must_execute) return;
    const uint32_t all[] = {0, 1u << 8, 3u << 8, 127u << 8, 9, 15, 0x8b, 0x86};
    const uint32_t status = all[below(8)];
    // One thread of them dumps core, and only that one says so.
    size_t dumps = below(life.threads);
    bool leader = !life.leader_left;
    while (life.threads > 0) {
      const bool leads = leader && (life.threads == 1 || below(2) == 0);
      const uint32_t own = (status & 0x80) != 0 && dumps-- != 0 ? status & 0x7f : status;
      --life.threads;
      const bool last = life.threads == 0;
      if (leads && last && below(3) == 0) {  // told after it was waited for
        late_.push_back({i, {Kind::exit, life.pid, 0, now_ns, own}});
        life.told_ns = INT64_MAX / 2;
      } else {
        tell(leads ? Kind::exit : Kind::thread_exit, life, own, leads ? life.parent_pid : 0);
      }
      leader = leader && !leads;
    }
    die(i, status);
    if (below(2) == 0) tell_late();
  }

  void die(size_t i, uint32_t status) {
    Life& life = lives[i];
    life.alive = false;
    life.status = status;
    life.told_ns = std::max(life.told_ns, now_ns);
    std::erase(living_, i);
    freed_.push_back(i);
  }

  void log_in(size_t i) {
    Life& life = lives[i];
    if (life.must_execute || life.logged_in || just_forked(life)) return;
    life.logged_in = true;
    life.gave_up = false;
    life.ses = life.scope_ses = ++last_ses_;
    life.scope_depth = -1;
    events.push_back({Event::Kind::login, audit_ns(), i, life.command, true, life.ses, 1000});
  }

  // It writes 4294967295 to its login uid, also where it has none.
  void give_up(size_t i) {
    Life& life = lives[i];
    if (life.must_execute || just_forked(life)) return;
    events.push_back({Event::Kind::give_up, audit_ns(), i, life.command, true, kernel_ses(life),
                      kernel_auid(life)});
    life.gave_up = life.ses != kUnsetId;
  }

  void other(size_t i) {
    if (lives[i].must_execute) return;
    events.push_back({Event::Kind::other, audit_ns(), i, lives[i].command, true, lives[i].ses,
                      kernel_auid(lives[i])});
  }

  std::mt19937_64 random_;
  Habits habits_;
  int64_t tick_ns_ = 0, stalled_ns_ = 0, stalled_until_ns_ = 0;
  uint32_t last_pid_ = 2, last_ses_ = 0;
  std::vector<size_t> living_, freed_;
  std::vector<std::pair<size_t, ProcessMessage>> late_;
};

}  // namespace spoor::agent::test
