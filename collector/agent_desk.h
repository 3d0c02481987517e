// Where everything about agents' identities comes together in a running collector: the registry,
// enrolment, the watch over how they fare. Once a second, step() takes in what the command line
// changed, what the CA tells and what agents said, and hands on what follows. Owns state.db.
// Thread-safe but for step(), which one thread calls.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/identity/agent_watch.h"
#include "collector/identity/checkpoint_judge.h"
#include "collector/identity/enrolment.h"
#include "collector/identity/registry.h"
#include "collector/receive/peer_identity.h"
#include "common/clock.h"

namespace spoor::collector {

class AgentDesk {
 public:
  // What the rest of the collector does for it. Called by the thread of step(), but `tell` and
  // `ask` by any.
  struct Hooks {
    Tell tell;                    // keeps an event in the collector's own streams
    Enrolment::Ask ask;           // a question to the CA
    std::function<std::vector<AgentReport>()> reports;  // what agents said since the last call
    std::function<bool()> is_accepting;                 // agents can be heard at the moment
    // Ends what agents have open with these certificates.
    std::function<void(const std::vector<Revocation>&)> cut;
  };

  // `clock` outlives it.
  // `log_end`: the number of the log's last entry.
  static Result<std::unique_ptr<AgentDesk>> open(const std::string& state_path, StateLimits limits,
                                                 const Clock& clock, uint64_t log_end,
                                                 Hooks hooks);
  ~AgentDesk();
  void step();

  // Why a certificate that verifies is not heard all the same; nullopt: it is.
  std::optional<Refusal> judge(const PeerIdentity& peer) const;

  Registry& registry() { return *registry_; }
  Enrolment& enrolment() { return enrolment_; }
  AgentWatch& watch() { return watch_; }
  CheckpointJudge& checkpoints() { return checkpoints_; }
  std::vector<AgentView> agents() const { return watch_.agents(); }

 private:
  AgentDesk(std::unique_ptr<Registry> registry, StateLimits limits, const Clock& clock,
            CheckpointLooks looks, Hooks hooks);
  void tell_checkpoint(const std::string& agent, const std::string& why);
  Status know_agents();
  Status tell_revocations();
  Status tell_tokens();
  Status keep_facts();

  const Clock& clock_;
  const Hooks hooks_;
  std::unique_ptr<Registry> registry_;
  Enrolment enrolment_;
  AgentWatch watch_;
  CheckpointJudge checkpoints_;
  CheckpointLooks looks_;  // of it, what state.db has not yet
  // What was told moves with the telling; state.db, which may refuse, comes after it.
  std::set<std::string> told_;  // revoked serials that are not noted there yet
  int64_t journal_told_ = 0;    // the CA's journal, up to this number
  int64_t journal_kept_ = 0;    // as state.db has it
  uint64_t known_changes_ = 0;  // of the registry, whose agents the watch knows
  uint64_t steps_ = 0;
  bool has_warned_ = false;
  bool ca_is_silent_ = false;
};

}  // namespace spoor::collector
