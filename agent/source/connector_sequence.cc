#include "agent/source/connector_sequence.h"

#include <algorithm>
#include <utility>

namespace spoor::agent {

void ConnectorSequence::note(uint32_t cpu, uint32_t number, int64_t boottime_ns) {
  const auto [place, is_new] = last_.try_emplace(cpu, Last{number, boottime_ns});
  if (is_new) return;
  const Last before = std::exchange(place->second, {number, boottime_ns});
  const auto step = static_cast<int32_t>(number - before.number);
  if (step <= 0) {
    ++skips_.restarts;
  } else if (step > 1) {
    TimeRange& within = skips_.within;
    const bool is_first = skips_.numbers == 0;
    within.from_ns = is_first ? before.boottime_ns : std::min(within.from_ns, before.boottime_ns);
    within.until_ns = std::max(within.until_ns, boottime_ns);
    skips_.numbers += static_cast<uint64_t>(step) - 1;
  }
}

ConnectorSequence::Skips ConnectorSequence::take() { return std::exchange(skips_, {}); }

}  // namespace spoor::agent
