// Enrolment and renewal without the network: what a host asks is checked here as far as it can be,
// the CA signs or refuses, the registry keeps it, and an event tells it. One at a time of each; who
// comes while kEnrolmentsWaitingMax wait is told to come back. Enrolments and renewals have places
// and failures of their own: an enrolment needs no certificate, and whoever tries tokens by the
// thousand must not keep those from renewing who have one.
//
// Thread-safe. A call may take as long as the CA takes to answer, at most 5 s, times those before.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "collector/identity/attempt_limit.h"
#include "collector/identity/own_events.h"
#include "collector/identity/refusals.h"
#include "collector/identity/registry.h"
#include "common/clock.h"

namespace spoor::collector {

class Enrolment {
 public:
  // Takes a question to the CA and brings its answer (authority_messages.h).
  using Ask = std::function<Result<std::string>(std::string_view)>;

  // Registry and clock outlive this.
  Enrolment(Registry& registry, Ask ask, const Clock& clock, Tell tell)
      : registry_(registry), ask_(std::move(ask)), clock_(clock), tell_(std::move(tell)),
        refusals_(clock, tell_) {}

  struct Host {
    std::string token;
    std::string request_der;
    std::string machine_id;      // as it came: 16 bytes are one
    std::string name;            // what it calls itself
    std::string checkpoint_key;  // as it came: 32 bytes are one
  };
  // `denied`, with what to do; `invalid`; `unavailable`: come back. `address` without its port.
  Result<Granted> enrol(const Host& host, const std::string& address);
  // `certificate_pem`: the one on the connection, whose key the peer has shown to hold. May have
  // expired.
  Result<Granted> renew(const std::string& certificate_pem, const std::string& request_der,
                        const std::string& machine_id, const std::string& address);
  // Who else refuses hosts tells it there.
  Refusals& refusals() { return refusals_; }

 private:
  struct Queue {
    explicit Queue(const char* asked_for) : what(asked_for) {}
    const char* const what;
    std::atomic<int> waiting{0};
    std::mutex mutex;  // the limit, and the CA's answers to one question after the other
    AttemptLimit limit;
  };
  class Turn;
  using Asked = std::function<Result<Granted>()>;
  Result<Granted> judged(Queue& queue, const std::string& name, const std::string& address,
                         const Asked& asked);
  Result<Granted> enrol_now(const Host& host, const std::string& address);
  Result<Granted> ask_for(const EnrolWish& wish);
  Result<Granted> renew_now(const Certificate& old, const std::string& request_der,
                            const Id& machine_id, const std::string& address);
  std::vector<std::string> revoked_agents(const std::string& name, const Id& machine_id);

  Registry& registry_;
  const Ask ask_;
  const Clock& clock_;
  const Tell tell_;
  Refusals refusals_;
  Queue enrolments_{"enrol"};
  Queue renewals_{"renew"};
};

}  // namespace spoor::collector
