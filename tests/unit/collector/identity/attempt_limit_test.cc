#include "collector/identity/attempt_limit.h"

#include "common/clock.h"

namespace spoor::collector {
namespace {

constexpr int64_t kNow = 1000 * kNsPerSecond;

TEST(AttemptLimit, TenFailuresThenOneEverySixSeconds) {
  AttemptLimit limit;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limit.may_try("192.0.2.1", kNow)) << i;
    limit.failed("192.0.2.1", kNow);
  }
  EXPECT_FALSE(limit.may_try("192.0.2.1", kNow));
  EXPECT_FALSE(limit.may_try("192.0.2.1", kNow + 6 * kNsPerSecond - 1));
  EXPECT_TRUE(limit.may_try("192.0.2.1", kNow + 6 * kNsPerSecond));
  limit.failed("192.0.2.1", kNow + 6 * kNsPerSecond);
  EXPECT_FALSE(limit.may_try("192.0.2.1", kNow + 6 * kNsPerSecond));
  EXPECT_TRUE(limit.may_try("192.0.2.1", kNow + 600 * kNsPerSecond));
}

TEST(AttemptLimit, OneGuesserDoesNotStopTheOthers) {
  AttemptLimit limit;
  for (int i = 0; i < 1000; ++i) limit.failed("192.0.2.1", kNow);
  int stopped = 0;
  for (int i = 0; i < 100; ++i)
    stopped += limit.may_try("198.51.100." + std::to_string(i), kNow) ? 0 : 1;
  EXPECT_LE(stopped, 3);  // a place shared by chance
}

TEST(AttemptLimit, AHostHasAWholeNetworkOfVersionSix) {
  AttemptLimit limit;
  for (int i = 0; i < 10; ++i) limit.failed("2001:db8::" + std::to_string(i + 1), kNow);
  EXPECT_FALSE(limit.may_try("2001:db8::ffff", kNow));
  // Four others, of which at most one shares its place by chance.
  int stopped = 0;
  for (const char* other : {"2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1", "2001:db8:4::1"})
    stopped += limit.may_try(other, kNow) ? 0 : 1;
  EXPECT_LE(stopped, 1);
}

}  // namespace
}  // namespace spoor::collector
