#include "collector/cli/since.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "common/clock.h"

namespace spoor::cli {
namespace {

constexpr int64_t kNow = 1'700'000'000;  // 2023-11-14 22:13:20 UTC

class Since : public testing::Test {
 protected:
  void SetUp() override { zone("UTC"); }
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  // In seconds; -1: refused.
  static int64_t parse(const std::string& text) {
    const auto ns = parse_since(text, kNow * kNsPerSecond);
    return ns.is_ok() ? *ns / kNsPerSecond : -1;
  }
};

TEST_F(Since, SoLongAgo) {
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

TEST_F(Since, AMomentHere) {
  EXPECT_EQ(parse("2023-11-14 22:13:20"), kNow);
  EXPECT_EQ(parse("2023-11-14T22:13"), kNow - 20);
  EXPECT_EQ(parse("2023-11-14"), kNow - (22 * 3600 + 13 * 60 + 20));
  EXPECT_EQ(parse("22:13:20"), kNow);
  EXPECT_EQ(parse("22:13"), kNow - 20);
  zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(parse("2023-11-14 23:13:20"), kNow);
  EXPECT_EQ(parse("23:13:20"), kNow);
  EXPECT_EQ(parse("2023-07-01 12:00"), 1'688'205'600);  // summer: two hours ahead
}

TEST_F(Since, AMomentElsewhere) {
  zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(parse("2023-11-14T22:13:20Z"), kNow);
  EXPECT_EQ(parse("2023-11-14T23:13:20+01:00"), kNow);
  EXPECT_EQ(parse("2023-11-14T18:43:20-0330"), kNow);
}

TEST_F(Since, WhatIsNoTimeSaysWhatOneLooksLike) {
  for (const char* text :
       {"", "m", "10", "10x", "-5m", "+5m", "1.5h", "99999999d", "yesterday", "24:00", "12:60",
        "2023-13-01", "2023-02-30", "2023-1-1", "2262-01-01", "6026-11-22T14:30:05Z",
        "2023-11-14 22:13+99:99", "2023-11-14 22:13+15:00",
        "2023-11-14 22:13+01:60", "2023-11-14 22:13+1:0:0", "2023-11-14 22:13+01",
        "2023-11-14 22:13+0100:", "2023-11-14T", "2023-11-14 1:2", "1969-01-01",
        "2023-11-14T22:13:20+01:0", "2023-11-14T22:13:20+x", "2023/11/14", "\x1b[2J", "14-30",
        "2023-11-14+01:00", "10 m", "2023-11-14T22:13:20ZZ"}) {
    const auto since = parse_since(text, kNow * kNsPerSecond);
    EXPECT_EQ(since.code(), Code::invalid) << text;
    EXPECT_NE(since.status().message().find("10m"), std::string::npos);
    EXPECT_EQ(since.status().message().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::cli
