// Watches over all agents: takes what the registry and, once a second, what the agents' Status say,
// keeps the facts, derives the states, and tells what changed as events (AgentHealth).
//
//   registry ─ AgentRecord ─► know() ─┐
//   receive  ─ AgentReport ─► look() ─┴─► facts ─► derive_states() ─► events, `spoor agents`
//
// An agent is looked at when it was heard, or something else became known of it, when it is about
// to be silent, and every ten seconds.
//
// Silence is counted on a clock that goes only while the collector accepts agents. When many fall
// silent together, that is one event: at the moment the first is told, all who have missed a Status
// are told with it. That something is over is told once it has been for a minute, and clock steps
// once a minute: no host fills the list. Thread-safe; look() is called by one thread.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "collector/identity/agent_state.h"
#include "collector/identity/own_events.h"
#include "collector/identity/registry.h"
#include "common/clock.h"

namespace spoor::collector {

// What an agent and its uplink said of themselves last (Status in uplink.proto).
struct AgentReport {
  std::string agent;
  Instant received;               // the collector's clocks
  Instant host;                   // the uplink's, when it said it; zeros: it did not
  uint64_t counter = 0;
  int64_t counted_ns = 0;         // host's boottime: when the agent wrote that; 0: it did not
  uint64_t events = 0;
  uint64_t lost = 0;
  uint64_t kernel_lost = 0;
  uint64_t spool_bytes = 0;
  uint64_t spool_bytes_max = 0;
  bool spool_cannot_keep = false;
  uint64_t frames_behind = 0;
  int64_t oldest_unsent_ns = 0;   // event time; 0: none
  std::string version;
};

// One agent, as operators see it.
struct AgentView {
  AgentRecord record;             // of one that was never enrolled only the name
  bool is_enrolled = false;
  AgentReport report;             // the last one; received 0: none
  int64_t last_seen_ns = 0;       // collector's clock; may be of a run before
  int64_t clock_offset_ns = 0;
  int64_t bad_checkpoint_ns = 0;  // the last one, of this run; collector's clock
  std::vector<AgentState> states;
};

class AgentWatch {
 public:
  AgentWatch(StateLimits limits, Tell tell) : limits_(limits), tell_(std::move(tell)) {}

  // Of a run before: shown until the agent speaks again.
  void remember(const std::vector<KeptFacts>& facts);
  // Who is enrolled, once that has changed: all of them.
  void know(const std::vector<AgentRecord>& records);
  // Once a second, with what came since. How many agents it looked at.
  size_t look(Instant now, bool accepting, const std::vector<AgentReport>& reports);
  // Another host uses this identity: shown, and told, for an hour.
  void note_clone(const std::string& agent);
  // A checkpoint came that its key has not signed, or not for that place: shown.
  void note_bad_checkpoint(const std::string& agent, int64_t now_ns);

  // In the order of their names.
  std::vector<AgentView> agents() const;

 private:
  struct Watched {
    AgentView view;
    AgentFacts facts;
    int64_t heard_up_ns = 0;      // on the clock of acceptance
    int64_t counter_up_ns = 0;
    int64_t loss_up_ns = -1;
    int64_t clone_up_ns = -1;
    // Conditions that were told, with the boottime from which on they do not hold; 0: they do.
    std::map<AgentState, int64_t> told;
    uint64_t clock_steps = 0;     // not told yet
    int64_t clock_step_ns = 0;    // the last of them
    int64_t clock_told_ns = 0;    // boottime; 0: never
    bool in_mass = false;         // told with others
    int64_t due_ns = 0;           // boottime; its place in due_
  };
  struct ByName {
    bool operator()(const Watched* a, const Watched* b) const {
      return a->view.record.name < b->view.record.name;
    }
  };
  using Due = std::set<Watched*, ByName>;

  Watched& of(const std::string& agent);
  void look_again_at(Watched& watched, int64_t due_ns);
  Due take_due(Instant now, const std::vector<AgentReport>& reports);
  void go_on(Instant now, bool accepting);
  void hear(Watched& watched, const AgentReport& report, Instant now);
  static int64_t grew_up_ns(const Watched& watched, const AgentReport& report, int64_t heard_up_ns);
  static void note_clock_step(Watched& watched, const AgentReport& report);
  void tell_clock_steps(Watched& watched);
  void derive(Watched& watched, Instant now);
  int64_t next_look_ns(const Watched& watched) const;
  void tell_silences(const Due& due, Instant now);
  void tell_changes(Watched& watched);
  void end_mass();

  const StateLimits limits_;
  const Tell tell_;
  mutable std::mutex mutex_;
  std::map<std::string, Watched> agents_;
  std::set<std::pair<int64_t, Watched*>> due_;  // when each is looked at next
  Instant last_look_;
  bool was_accepting_ = false;
  int64_t up_ns_ = 0;       // for how long the collector has accepted agents
  int64_t resumed_up_ns_ = 0;  // when it began to, the last time
  std::vector<v1::Event> events_;  // of this look, told once the lock is free
  bool has_mass_ = false;
};

}  // namespace spoor::collector
