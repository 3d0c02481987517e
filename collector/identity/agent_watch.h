// Watches over all agents: takes once a second what the registry and what the agents' Status say,
// keeps the facts, derives the states, and tells what changed as events (AgentHealth).
//
//   registry ─ AgentRecord ─┐
//   receive  ─ AgentReport ─┴─► look() ─► facts ─► derive_states() ─► events, `spoor agents`
//
// Silence is counted on a clock that goes only while the collector accepts agents. When many fall
// silent together, that is one event: at the moment the first is told, all who have missed a Status
// are told with it. Thread-safe; look() is called by one thread.
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
  std::vector<AgentState> states;
};

class AgentWatch {
 public:
  AgentWatch(StateLimits limits, Tell tell) : limits_(limits), tell_(std::move(tell)) {}

  // Of a run before: shown until the agent speaks again.
  void remember(const std::vector<KeptFacts>& facts);
  void look(Instant now, bool accepting, const std::vector<AgentRecord>& records,
            const std::vector<AgentReport>& reports);
  // Another host uses this identity: shown, and told, for an hour.
  void note_clone(const std::string& agent);

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
    std::set<AgentState> told;    // conditions that hold and were told
    bool in_mass = false;         // told with others
  };

  void go_on(Instant now, bool accepting);
  void hear(Watched& watched, const AgentReport& report, Instant now);
  void tell_clock_step(const Watched& watched, const AgentReport& report);
  void derive(Watched& watched, Instant now);
  void tell_silences();
  void tell_changes(Watched& watched);
  void end_mass();

  const StateLimits limits_;
  const Tell tell_;
  mutable std::mutex mutex_;
  std::map<std::string, Watched> agents_;
  Instant last_look_;
  bool was_accepting_ = false;
  int64_t up_ns_ = 0;       // for how long the collector has accepted agents
  int64_t resumed_up_ns_ = 0;  // when it began to, the last time
  std::vector<v1::Event> events_;  // of this look, told once the lock is free
  bool has_mass_ = false;
};

}  // namespace spoor::collector
