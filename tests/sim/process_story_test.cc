// The process table against a kernel that knows the truth, over thousands of drawn stories: forks,
// vforks, execs by threads, pids used again at once, ends read before execs, login uids that are
// given up, lost messages, restarts, a reader that is kept from reading, and an audit clock that
// stands still. A story that fails is told again with fewer and fewer steps, and the shortest is
// shown.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/correlate/process_table.h"
#include "tests/sim/toy_processes.h"

namespace spoor::agent {
namespace {

using test::kMs;
using test::ToyProcesses;
using EventKind = ToyProcesses::Event::Kind;

struct Plan {
  bool restarts = false;
  bool loses = false;  // messages of the connector
  bool stalls = false;  // the audit clock
  bool busy = false;  // the reader, for a second and more
};

std::string spelled(const CommandRef& c) {
  return std::to_string(c.process.pid) + "@" + std::to_string(c.process.birth_ns) + "#" +
         std::to_string(c.exec_number);
}

// Reads as capture does, and compares what the table makes of it.
class Story {
 public:
  // Who lost an end cannot know when a pid was used again.
  Story(uint64_t seed, Plan plan)
      : plan_(plan),
        random_(seed ^ 0x5EED),
        kernel_(seed, {.uses_pids_again = !plan.loses, .stalls = plan.stalls}) {
    begin();
  }

  // What went wrong, or nothing.
  std::string tell(int steps) {
    for (int i = 0; i < steps && wrong_.empty(); ++i) {
      kernel_.step();
      if (random_() % (plan_.busy ? 256 : 4) == 0) read();
      if (plan_.restarts && random_() % 16 == 0) restart();
      if (plan_.loses && random_() % 64 == 0) lose();
    }
    kernel_.tell_late();
    read();
    if (plan_.loses) reconcile();
    table_->tick(at(kernel_.now_ns + kExitHoldNs));
    if (wrong_.empty()) check_ends();
    return wrong_;
  }

 private:
  static Instant at(int64_t ns) { return {ns + 1'000'000 * kNsPerSecond, ns}; }
  // Known to the table from its birth on.
  bool was_heard(size_t life) const { return kernel_.lives[life].birth_ns > heard_since_ns_; }

  void begin() {
    table_.emplace([this](const Process& process) { ends_[process.key] = process; });
  }
  void restart() {
    const std::string saved = table_->save();
    begin();
    if (!table_->restore(saved).is_ok()) wrong_ = "what was saved does not come back";
  }
  // Some messages are lost; /proc is asked then.
  void lose() {
    auto& messages = kernel_.messages;
    std::erase_if(messages, [&](const auto&) { return random_() % 2 == 0; });
    kernel_.tell_late();
    heard_since_ns_ = kernel_.now_ns;
    read();
    reconcile();
    heard_since_ns_ = kernel_.now_ns;
  }
  void reconcile() {
    const Instant now = at(kernel_.now_ns);
    table_->reconcile(kernel_.in_proc(), now, now);
  }

  void read() {
    const Instant now = at(kernel_.now_ns);
    for (const ProcessMessage& message : kernel_.messages) table_->on_message(message, now);
    kernel_.messages.clear();
    for (const auto& event : kernel_.events) {
      if (wrong_.empty()) take(event, now);
    }
    kernel_.events.clear();
    if (random_() % 2 == 0) table_->tick(now);
  }

  void take(const ToyProcesses::Event& event, Instant now) {
    const auto& life = kernel_.lives[event.life];
    if (event.kind == EventKind::login) {
      table_->login(life.pid, event.time_ns, event.ses, 1000);
    } else if (event.kind == EventKind::give_up) {
      table_->give_up(life.pid, event.time_ns,
                      event.ses == kUnsetId ? std::nullopt : std::optional(event.ses));
    } else if (event.kind == EventKind::other) {
      const Process* found = table_->find(life.pid, event.time_ns);
      if (!was_heard(event.life)) return;
      expect("a process", std::to_string(life.birth_ns),
             found == nullptr ? "none" : std::to_string(found->birth_ns));
      if (event.command != ToyProcesses::kNone && !was_heard(life_of(event.command))) return;
      expect("a program", program_of(event.command),
             std::string(table_->program(life.pid, event.time_ns)));
    } else {
      take_exec(event, now);
    }
  }

  void take_exec(const ToyProcesses::Event& event, Instant now) {
    const auto& life = kernel_.lives[event.life];
    const auto& truth = kernel_.commands[static_cast<size_t>(event.command)];
    uint32_t ses = event.ses;
    if (ses == kUnsetId) ses = session_of(table_->find(life.pid, event.time_ns, true));
    if (depth_is_known(event.command)) {
      expect("the session of a command", std::to_string(truth.ses), std::to_string(ses));
    }
    const ProcessTable::Exec exec{life.pid, life.parent_pid, event.time_ns, event.success,
                                  ses, event.auid, 0, truth.program};
    const ProcessTable::Command told = table_->exec(exec, now);
    table_->exec_told(exec);
    told_[event.command] = spelled(told.command);
    last_told_[event.life] = told.command.process;
    if (!was_heard(event.life)) return;
    const CommandRef true_ref{{life.pid, life.birth_ns, false}, truth.number};
    expect("a command", spelled(true_ref), told_[event.command]);
    const auto parent = told_.find(truth.parent);
    if (truth.parent == ToyProcesses::kNone ? plan_.loses : !was_heard(life_of(truth.parent))) {
      return;
    }
    expect("the parent of " + told_[event.command], parent == told_.end() ? "none" : parent->second,
           told.parent ? spelled(*told.parent) : "none");
    if (depth_is_known(event.command)) {
      expect("the depth of " + told_[event.command], std::to_string(truth.depth),
             told.depth ? std::to_string(*told.depth) : "-1");
    }
  }

  static uint32_t session_of(const Process* process) {
    return process == nullptr ? kUnsetId : process->ses;
  }
  size_t life_of(int64_t command) const {
    return kernel_.commands[static_cast<size_t>(command)].life;
  }
  std::string program_of(int64_t command) const {
    return command == ToyProcesses::kNone
               ? std::string()
               : kernel_.commands[static_cast<size_t>(command)].program;
  }
  // All above it was heard, too.
  bool depth_is_known(int64_t command) const {
    for (; command != ToyProcesses::kNone;
         command = kernel_.commands[static_cast<size_t>(command)].parent) {
      if (!was_heard(life_of(command))) return false;
    }
    return heard_since_ns_ == 0;
  }

  void check_ends() {
    for (size_t i = 0; i < kernel_.lives.size() && wrong_.empty(); ++i) {
      const auto& life = kernel_.lives[i];
      if (life.commands == 0 || !was_heard(i)) continue;
      const auto end = ends_.find(last_told_[i]);
      // Another's end may be taken for its own, where one of two was lost.
      if (plan_.loses && end != ends_.end() && !end->second.seen) continue;
      const std::string who = std::to_string(life.pid) + "@" + std::to_string(life.birth_ns) + " ";
      if (life.alive) {
        expect("a life", who + "goes on", end == ends_.end() ? who + "goes on" : who + "ended");
        continue;
      }
      const uint32_t last = life.last_good != 0 ? life.last_good : life.commands;
      expect("an end", who + "#" + std::to_string(last) + " " + std::to_string(life.status),
             end == ends_.end() ? who + "goes on"
                                : who + ended_as(end->second));
    }
  }

  static std::string ended_as(const Process& process) {
    return "#" + std::to_string(process.last_command().exec_number) + " " +
           std::to_string(process.wait_status) + (process.seen ? "" : " unseen");
  }

  void expect(const std::string& what, const std::string& truth, const std::string& told) {
    if (truth == told || !wrong_.empty()) return;
    wrong_ = what + " is " + truth + ", not " + told + ", at " +
             std::to_string(kernel_.now_ns);
  }

  Plan plan_;
  std::mt19937_64 random_;
  ToyProcesses kernel_;
  std::optional<ProcessTable> table_;
  std::map<ProcessKey, Process> ends_;
  std::map<int64_t, std::string> told_;  // by command
  std::map<size_t, ProcessKey> last_told_;
  int64_t heard_since_ns_ = 0;
  std::string wrong_;
};

void tell_stories(Plan plan, uint64_t seeds, int steps) {
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    std::string wrong = Story(seed, plan).tell(steps);
    if (wrong.empty()) continue;
    int shortest = steps;
    for (int fewer = 1; fewer < shortest; ++fewer) {
      const std::string same = Story(seed, plan).tell(fewer);
      if (same.empty()) continue;
      wrong = same;
      shortest = fewer;
    }
    FAIL() << "seed " << seed << ", " << shortest << " steps: " << wrong;
  }
}

TEST(ProcessStory, AsItWas) { tell_stories({}, 3000, 400); }
TEST(ProcessStory, WithRestarts) { tell_stories({.restarts = true}, 1000, 400); }
TEST(ProcessStory, WithLostMessages) { tell_stories({.loses = true}, 1000, 400); }
TEST(ProcessStory, WithABusyReader) {
  tell_stories({.restarts = true, .busy = true}, 1000, 1000);
  tell_stories({.loses = true, .busy = true}, 1000, 1000);
}
TEST(ProcessStory, WithAnAuditClockThatStandsStill) {
  tell_stories({.restarts = true, .stalls = true}, 1000, 400);
}

}  // namespace
}  // namespace spoor::agent
