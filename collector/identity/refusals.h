// Who was refused, as events: enrolments, renewals and connections. Guessing must not fill the log:
// of each kind at most one event a second, with the number of those that were not told since the
// last one, and of a host that comes again and again with a certificate that will not do one an
// hour.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "collector/identity/own_events.h"
#include "common/clock.h"

namespace spoor::collector {

class Refusals {
 public:
  // The clock outlives this.
  Refusals(const Clock& clock, Tell tell) : clock_(clock), tell_(std::move(tell)) {}

  // `what`: enrol, renew, connect, ship, checkpoint. `host`: its name as far as it is known, any
  // bytes; `address` without its port, empty where nobody spoke. True: an event was made of it.
  bool add(const std::string& what, const std::string& host, const std::string& address,
           const std::string& why);

 private:
  bool is_due(const std::string& what, const std::string& subject, int64_t now_ns);

  const Clock& clock_;
  const Tell tell_;
  std::mutex mutex_;
  std::map<std::string, int64_t> next_ns_;  // by what was refused
  uint64_t untold_ = 0;
  // When the same may be told again: one a second for an hour, so at most 3,600 a kind.
  std::map<std::string, int64_t> again_ns_;
};

}  // namespace spoor::collector
