#include "collector/receive/call_gate.h"

#include <algorithm>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/identity/client_network.h"
#include "common/clock.h"

namespace spoor::collector {

int64_t CallGate::wait_ms(const std::string& address, int64_t boottime_ns) {
  const std::string caller = client_network(address);
  auto known = buckets_.find(caller);
  if (known == buckets_.end()) {
    if (buckets_.size() >= addresses_max_) {
      for (auto& [remembered, bucket] : buckets_) fill(bucket, boottime_ns);
      std::erase_if(buckets_, [](const auto& entry) {
        return entry.second.calls >= kCallsPerAddressBurst;
      });
    }
    if (buckets_.size() >= addresses_max_) return kRetryAfterMs;
    known = buckets_.try_emplace(caller).first;
    known->second.at_ns = boottime_ns;
  }
  Bucket& bucket = known->second;
  fill(bucket, boottime_ns);
  if (bucket.calls < 1) {
    const int64_t soonest_ns = boottime_ns + static_cast<int64_t>(kRetryAfterMs) * kNsPerMs;
    const int64_t latest_ns = boottime_ns + kCallTurnMaxMs * kNsPerMs;
    bucket.turn_ns = std::clamp(bucket.turn_ns + kNsPerSecond / kCallsPerAddressPerSecond,
                                soonest_ns, latest_ns);
    return (bucket.turn_ns - boottime_ns) / kNsPerMs;
  }
  bucket.calls -= 1;
  return 0;
}

void CallGate::fill(Bucket& bucket, int64_t boottime_ns) {
  const double seconds = static_cast<double>(boottime_ns - bucket.at_ns) / kNsPerSecond;
  bucket.calls = std::min<double>(kCallsPerAddressBurst,
                                  bucket.calls + seconds * kCallsPerAddressPerSecond);
  bucket.at_ns = boottime_ns;
}

std::string address_of_peer(const std::string& peer) {
  constexpr size_t kAddressBytesMax = 64;
  std::string out = peer.substr(0, kAddressBytesMax);
  if (!out.starts_with("ipv4:") && !out.starts_with("ipv6:")) return out;
  out.erase(0, 5);
  out.erase(std::min(out.rfind(':'), out.size()));
  for (const std::string mark : {"%5B", "%5D", "[", "]"}) {
    const size_t at = out.find(mark);
    if (at != std::string::npos) out.erase(at, mark.size());
  }
  return out;
}

}  // namespace spoor::collector
