#include "collector/identity/refusals.h"

#include <utility>

#include "collector/limits.h"
#include "common/log.h"
#include "common/quoting.h"

namespace spoor::collector {
namespace {

constexpr int64_t kToldEveryNs = kNsPerSecond;
constexpr int64_t kSameToldEveryNs = 3600 * kNsPerSecond;

}  // namespace

bool Refusals::add(const std::string& what, const std::string& host, const std::string& address,
                   const std::string& why) {
  const std::string name = visible(host.substr(0, kAgentNameMax));
  uint64_t untold = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::string subject = what + '\0' + name + '\0' + address + '\0' + why;
    if (!is_due(what, subject, clock_.now().boottime_ns)) {
      ++untold_;
      return false;
    }
    untold = std::exchange(untold_, 0);
  }
  log_warning("{}{}: {} refused: {}", name.empty() ? "a host" : name,
              address.empty() ? "" : " at " + address, what, why);
  tell_(refused_event(what, name, address, why, untold));
  return true;
}

// Each token that is tried is news; a certificate that will not do comes back every minute.
bool Refusals::is_due(const std::string& what, const std::string& subject, int64_t now_ns) {
  int64_t& next_ns = next_ns_[what];
  if (now_ns < next_ns) return false;
  if (what != "enrol") {
    const auto known = again_ns_.find(subject);
    if (known != again_ns_.end() && now_ns < known->second) return false;
    std::erase_if(again_ns_, [now_ns](const auto& entry) { return entry.second <= now_ns; });
    again_ns_[subject] = now_ns + kSameToldEveryNs;
  }
  next_ns = now_ns + kToldEveryNs;
  return true;
}

}  // namespace spoor::collector
