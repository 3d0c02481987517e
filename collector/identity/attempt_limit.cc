#include "collector/identity/attempt_limit.h"

#include <algorithm>

#include "collector/identity/client_network.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/sha256.h"

namespace spoor::collector {
namespace {

constexpr size_t kPlaces = 4096;
constexpr int64_t kForgivenAfterNs = 6 * kNsPerSecond;
constexpr int64_t kFailuresMax = 10;

}  // namespace

AttemptLimit::AttemptLimit() : key_(random_id()), free_at_ns_(kPlaces, INT64_MIN) {}

size_t AttemptLimit::place_of(const std::string& address) const {
  const Hash hash = Sha256().add(key_).add(client_network(address)).finish();
  return load_le<uint32_t>(hash.data()) % kPlaces;
}

bool AttemptLimit::may_try(const std::string& address, int64_t now_ns) const {
  const int64_t free_at_ns = free_at_ns_[place_of(address)];
  return free_at_ns <= now_ns || free_at_ns - now_ns <= (kFailuresMax - 1) * kForgivenAfterNs;
}

void AttemptLimit::failed(const std::string& address, int64_t now_ns) {
  int64_t& free_at_ns = free_at_ns_[place_of(address)];
  free_at_ns = std::max(free_at_ns, now_ns) + kForgivenAfterNs;
}

}  // namespace spoor::collector
