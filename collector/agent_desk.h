// Where everything about agents' identities comes together in a running collector: the registry,
// enrolment, the watch over how they fare. Once a second, step() takes in what the command line
// changed, what the CA tells and what agents said, and hands on what follows. Owns state.db.
// Thread-safe but for step(), which one thread calls.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/identity/agent_watch.h"
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
    std::function<std::vector<AgentReport>()> reports;  // what each agent said last
    std::function<bool()> is_accepting;                 // agents can be heard at the moment
    // Ends what agents have open with these certificates.
    std::function<void(const std::vector<Revocation>&)> cut;
  };

  // `clock` outlives it.
  static Result<std::unique_ptr<AgentDesk>> open(const std::string& state_path, StateLimits limits,
                                                 const Clock& clock, Hooks hooks);
  void step();

  // Why a certificate that verifies is not heard all the same; nullopt: it is.
  std::optional<Refusal> judge(const PeerIdentity& peer) const;

  Registry& registry() { return *registry_; }
  Enrolment& enrolment() { return enrolment_; }
  AgentWatch& watch() { return watch_; }
  std::vector<AgentView> agents() const { return watch_.agents(); }

 private:
  AgentDesk(std::unique_ptr<Registry> registry, StateLimits limits, const Clock& clock,
            Hooks hooks);
  Status tell_revocations();
  Status tell_tokens();
  Status keep_facts();

  const Clock& clock_;
  const Hooks hooks_;
  std::unique_ptr<Registry> registry_;
  Enrolment enrolment_;
  AgentWatch watch_;
  uint64_t steps_ = 0;
  bool has_warned_ = false;
  bool ca_is_silent_ = false;
};

}  // namespace spoor::collector
