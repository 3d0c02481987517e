#include "collector/language/moment.h"

#include <gtest/gtest.h>

#include "common/clock.h"

namespace spoor::collector {
namespace {

constexpr int64_t kNow = 1'700'000'000;  // 2023-11-14 22:13:20 UTC

class Moment : public testing::Test {
 protected:
  void zone(const char* name) { ASSERT_TRUE(absl::LoadTimeZone(name, &zone_)); }
  // In seconds; -1: refused.
  int64_t parse(const std::string& text) {
    const auto ns = parse_moment(text, kNow * kNsPerSecond, zone_);
    return ns.is_ok() ? *ns / kNsPerSecond : -1;
  }

  absl::TimeZone zone_;  // UTC
};

TEST_F(Moment, SoLongAgo) {
  EXPECT_EQ(parse("30s"), kNow - 30);
  EXPECT_EQ(parse("10m"), kNow - 600);
  EXPECT_EQ(parse("2h"), kNow - 7200);
  EXPECT_EQ(parse("3d"), kNow - 259'200);
  EXPECT_EQ(parse("1w"), kNow - 604'800);
  EXPECT_EQ(parse("0m"), kNow);
  EXPECT_EQ(parse("2810w"), kNow - 2810 * 604'800LL);
  EXPECT_EQ(parse("2811w"), -1) << "before 1970";
  EXPECT_EQ(parse("999999w"), -1);
}

TEST_F(Moment, AMomentHere) {
  EXPECT_EQ(parse("2023-11-14 22:13:20"), kNow);
  EXPECT_EQ(parse("2023-11-14T22:13"), kNow - 20);
  EXPECT_EQ(parse("2023-11-14"), kNow - (22 * 3600 + 13 * 60 + 20));
  EXPECT_EQ(parse("22:13:20"), kNow);
  EXPECT_EQ(parse("22:13"), kNow - 20);
  zone("Europe/Berlin");
  EXPECT_EQ(parse("2023-11-14 23:13:20"), kNow);
  EXPECT_EQ(parse("23:13:20"), kNow);
  EXPECT_EQ(parse("2023-07-01 12:00"), 1'688'205'600);  // summer: two hours ahead
}

TEST_F(Moment, ADaysBegin) {
  EXPECT_EQ(parse("now"), kNow);
  EXPECT_EQ(parse("today"), 1'699'920'000);
  EXPECT_EQ(parse("yesterday"), 1'699'833'600);
  zone("Europe/Berlin");
  EXPECT_EQ(parse("today"), 1'699'916'400);
}

// The clocks go from 02:00 to 03:00, and back from 03:00 to 02:00.
TEST_F(Moment, WhatAZoneSkipsOrHasTwiceIsTheFirstThatCanBeMeant) {
  zone("Europe/Berlin");
  EXPECT_EQ(parse("2023-03-26 02:30"), parse("2023-03-26T01:00Z"));
  EXPECT_EQ(parse("2023-10-29 02:30"), parse("2023-10-29T00:30Z"));
}

TEST_F(Moment, Fractions) {
  const auto ns = parse_moment("2023-11-14T22:13:20.025Z", kNow * kNsPerSecond, zone_);
  ASSERT_TRUE(ns.is_ok());
  EXPECT_EQ(*ns, kNow * kNsPerSecond + 25'000'000);
  EXPECT_EQ(utc_text(*ns), "2023-11-14T22:13:20.025Z");
  EXPECT_EQ(utc_text(kNow * kNsPerSecond), "2023-11-14T22:13:20Z");
  EXPECT_EQ(parse("22:13:20.5"), kNow);
}

TEST_F(Moment, AMomentElsewhere) {
  zone("Europe/Berlin");
  EXPECT_EQ(parse("2023-11-14T22:13:20Z"), kNow);
  EXPECT_EQ(parse("2023-11-14T23:13:20+01:00"), kNow);
  EXPECT_EQ(parse("2023-11-14T18:43:20-0330"), kNow);
}

TEST_F(Moment, WhatIsNoTimeSaysWhatOneLooksLike) {
  for (const char* text :
       {"", "m", "10", "10x", "-5m", "+5m", "1.5h", "99999999d", "tomorrow", "24:00", "12:60",
        "2023-13-01", "2023-02-30", "2023-1-1", "2262-01-01", "6026-11-22T14:30:05Z",
        "2023-11-14 22:13+99:99", "2023-11-14 22:13+15:00",
        "2023-11-14 22:13+01:60", "2023-11-14 22:13+1:0:0", "2023-11-14 22:13+01",
        "2023-11-14 22:13+0100:", "2023-11-14T", "2023-11-14 1:2", "1969-01-01",
        "2023-11-14T22:13:20+01:0", "2023-11-14T22:13:20+x", "2023/11/14", "\x1b[2J", "14-30",
        "22:13.5", "22:13:20.", "22:13:20.1234567890", "22:13:20.x",
        "2023-11-14+01:00", "10 m", "2023-11-14T22:13:20ZZ"}) {
    const auto since = parse_moment(text, kNow * kNsPerSecond, zone_);
    EXPECT_EQ(since.code(), Code::invalid) << text;
    EXPECT_NE(since.status().message().find("10m"), std::string::npos);
    EXPECT_EQ(since.status().message().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::collector
