#include "agent/spool/health.h"

namespace spoor::agent {
namespace {

// A disk that is full takes a byte now and then: an event each time would be all that it holds.
constexpr int64_t kWellNs = 10 * kNsPerSecond;

}  // namespace

std::optional<SpoolChange> SpoolHealth::see(SpoolState seen, bool roomy, uint64_t events_lost,
                                            Instant now) {
  if (seen == SpoolState::ok) {
    const bool over = now.boottime_ns - trouble_ns_ >= kWellNs &&
                      (roomy || state_ != SpoolState::full);
    if (state_ == SpoolState::ok) lost_when_well_ = events_lost;
    if (state_ == SpoolState::ok || !over) return std::nullopt;
  } else {
    trouble_ns_ = now.boottime_ns;
    const bool settled = state_ == SpoolState::ok || now.boottime_ns - changed_ns_ >= kWellNs;
    if (seen == state_ || !settled) return std::nullopt;
  }
  state_ = seen;
  changed_ns_ = now.boottime_ns;
  const SpoolChange change{state_, events_lost - lost_when_well_};
  if (state_ == SpoolState::ok) lost_when_well_ = events_lost;
  return change;
}

}  // namespace spoor::agent
