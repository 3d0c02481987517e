#include "common/time_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

#include "common/clock.h"

namespace spoor {
namespace {

void set_zone(const char* zone) {
  setenv("TZ", zone, 1);
  tzset();
}

TEST(LocalTime, TellsTheOffsetThatHeldThen) {
  set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const LocalTime winter = local_time(1'699'991'839'811'999'999);
  EXPECT_EQ(winter.date, "2023-11-14");
  EXPECT_EQ(winter.clock, "20:57:19");
  EXPECT_EQ(winter.millis, ".811");
  EXPECT_EQ(winter.offset, "+01:00");
  EXPECT_EQ(local_time(1'690'000'000 * kNsPerSecond).offset, "+02:00");
  set_zone("<-0330>3:30");
  EXPECT_EQ(local_time(0).offset, "-03:30");
  set_zone("UTC");
  EXPECT_EQ(local_time(0).offset, "+00:00");
}

TEST(LocalTime, TakesEveryNumber) {
  set_zone("UTC");
  EXPECT_EQ(local_time(-1).clock, "23:59:59");
  EXPECT_EQ(local_time(-1).millis, ".999");
  EXPECT_EQ(local_time(std::numeric_limits<int64_t>::max()).date, "2262-04-11");
  EXPECT_EQ(local_time(std::numeric_limits<int64_t>::min()).date, "1677-09-21");
}

TEST(DurationText, RoundsDownAndStaysWithinSevenColumns) {
  const std::pair<int64_t, const char*> cases[] = {
      {-1, "?"}, {0, "<1 ms"}, {999'999, "<1 ms"}, {1'000'000, "1 ms"}, {999'999'999, "999 ms"},
      {1'000'000'000, "1.0 s"}, {9'999'999'999, "9.9 s"}, {10'000'000'000, "10 s"},
      {59'999'999'999, "59 s"}, {60 * kNsPerSecond, "1m 00s"}, {3599 * kNsPerSecond, "59m 59s"},
      {3600 * kNsPerSecond, "1h 00m"}, {86'399 * kNsPerSecond, "23h 59m"},
      {86'400 * kNsPerSecond, "1d 00h"}, {99 * 86'400 * kNsPerSecond, "99d 00h"},
      {100 * 86'400 * kNsPerSecond, "100 d"}};
  for (const auto& [ns, text] : cases) EXPECT_EQ(duration_text(ns), text);
  EXPECT_EQ(duration_text(std::numeric_limits<int64_t>::max()), "106751 d");
}

TEST(Amounts, AreGroupedAndCounted) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(std::numeric_limits<uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(counted(0, "command"), "0 commands");
  EXPECT_EQ(counted(1, "loss", "losses"), "1 loss");
  EXPECT_EQ(counted(2, "loss", "losses"), "2 losses");
  EXPECT_EQ(size_text(1), "1 byte");
  EXPECT_EQ(size_text(1023), "1,023 bytes");
  EXPECT_EQ(size_text(1024), "1.0 KiB");
  EXPECT_EQ(size_text(1024 * 1024 - 1), "1023.9 KiB");
  EXPECT_EQ(size_text(1310720), "1.2 MiB");
  EXPECT_EQ(size_text(std::numeric_limits<uint64_t>::max()), "15.9 EiB");
}

}  // namespace
}  // namespace spoor
