// The time of a simulated world: what is to happen, in order, and clocks that show it. Nothing
// happens but one thing at a time, and time passes only between two of them. One thread.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "common/clock.h"

namespace spoor::sim {

class Timeline {
 public:
  using Happening = std::function<void()>;

  int64_t now_ns() const { return now_ns_; }
  uint64_t steps() const { return steps_; }
  // Whose step this is, for those who read the log of a run.
  void acts(std::string who) { actor_ = std::move(who); }
  const std::string& actor() const { return actor_; }
  // Those of one moment happen in the order in which they were announced.
  void at(int64_t when_ns, Happening what) {
    ahead_.emplace(std::pair(std::max(when_ns, now_ns_), serial_++), std::move(what));
  }
  void in(int64_t ns, Happening what) { at(now_ns_ + ns, std::move(what)); }
  // The next thing happens. False when nothing is left.
  bool step() {
    if (ahead_.empty()) return false;
    auto next = ahead_.extract(ahead_.begin());
    now_ns_ = next.key().first;
    ++steps_;
    actor_.clear();
    next.mapped()();
    return true;
  }

 private:
  int64_t now_ns_ = 0;
  uint64_t steps_ = 0;
  uint64_t serial_ = 0;
  std::string actor_;
  std::map<std::pair<int64_t, uint64_t>, Happening> ahead_;
};

// A machine's clocks: boottime goes with the world, realtime may jump.
class MachineClock final : public Clock {
 public:
  explicit MachineClock(const Timeline& timeline) : timeline_(timeline) {}
  Instant now() const override {
    return {1'700'000'000 * kNsPerSecond + timeline_.now_ns() + jumped_ns_,
            1'000 * kNsPerSecond + timeline_.now_ns()};
  }
  int64_t suspended_ns() const override { return 0; }
  void jump(int64_t ns) { jumped_ns_ += ns; }

 private:
  const Timeline& timeline_;
  int64_t jumped_ns_ = 0;
};

}  // namespace spoor::sim
