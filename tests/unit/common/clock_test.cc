#include "common/clock.h"

#include <gtest/gtest.h>

#include <ctime>
#include <map>

namespace spoor {
namespace {

TEST(SystemClock, TellsBothTimes) {
  const time_t before = std::time(nullptr);
  const Instant first = SystemClock().now();
  const Instant second = SystemClock().now();
  const time_t after = std::time(nullptr);
  EXPECT_GE(first.realtime_ns / kNsPerSecond, before - 1);
  EXPECT_LE(first.realtime_ns / kNsPerSecond, after + 1);
  EXPECT_GT(first.boottime_ns, 0);
  EXPECT_LE(first.boottime_ns, second.boottime_ns);
}

// Stamps of events are moved from one clock to the other with what was read when they came: two of
// the same stamp that come apart must not change places.
TEST(SystemClock, TheDistanceOfItsTimesIsAlwaysTheSame) {
  const SystemClock clock;
  const auto distance_ns = [&] {
    const Instant now = clock.now();
    return now.realtime_ns - now.boottime_ns;
  };
  const int64_t first_ns = distance_ns(), suspended_ns = clock.suspended_ns();
  EXPECT_GE(suspended_ns, 0);
  for (int i = 0; i < 1'000'000; ++i) {
    ASSERT_EQ(distance_ns(), first_ns) << "reading " << i;
    ASSERT_EQ(clock.suspended_ns(), suspended_ns) << "reading " << i;
  }
}

// A machine whose time goes on by itself; `interrupted` says how long before which reading.
struct Machine {
  int64_t now_ns = 1'000'000, distance_ns = 5'000'000;
  std::map<int, int64_t> interrupted;
  int readings = 0;
  int64_t pass() {
    now_ns += 20 + interrupted[readings++];
    return now_ns;
  }
  ClockPair pair{[this] { return pass(); }, [this] { return pass() + distance_ns; }};
  int64_t told_ns() {
    const ClockPair::Reading reading = pair.read();
    EXPECT_EQ(reading.ns, now_ns);
    return reading.ahead_ns - reading.ns;
  }
};

TEST(ClockPair, AnInterruptionBetweenReadingsChangesNothing) {
  Machine machine;
  machine.interrupted = {{1, 10'000'000}, {5, 10'000'000}};  // of the first that there are
  const int64_t first_ns = machine.told_ns();
  EXPECT_EQ(first_ns, machine.distance_ns);
  for (int second = 0; second < 3; ++second) {
    machine.interrupted = {{machine.readings + second, 10'000'000}};
    EXPECT_EQ(machine.told_ns(), first_ns) << "before " << second;
    machine.interrupted = {{machine.readings + second, 700}};
    EXPECT_EQ(machine.told_ns(), first_ns) << "shortly before " << second;
  }
}

TEST(ClockPair, AClockThatIsSetIsSeen) {
  Machine machine;
  EXPECT_EQ(machine.told_ns(), 5'000'000);
  machine.distance_ns = -3'000'000;
  EXPECT_EQ(machine.told_ns(), -3'000'000);
  machine.distance_ns = 4'000'000;
  machine.interrupted = {{machine.readings + 1, 500'000}};
  EXPECT_EQ(machine.told_ns(), 4'000'000);
}

}  // namespace
}  // namespace spoor
