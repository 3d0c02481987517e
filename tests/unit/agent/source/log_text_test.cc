#include "agent/source/log_text.h"

#include <gtest/gtest.h>
#include <time.h>

#include <cstdlib>
#include <string>

#include "common/clock.h"

namespace spoor::agent {
namespace {

// 2026-11-22 12:00:00 UTC
constexpr int64_t kNow = 1'795'348'800 * kNsPerSecond;

class LogTextTest : public testing::Test {
 protected:
  LogTextTest() { set_zone("UTC"); }
  ~LogTextTest() override {
    unsetenv("TZ");
    tzset();
  }
  void set_zone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  // Of a line with that time.
  static int64_t seconds(const std::string& time, int64_t now_ns = kNow) {
    const std::string text = time + " web1 sshd[7]: x";
    const LogLine line = read_log_text(text, now_ns);
    EXPECT_EQ(line.tag == "sshd", line.message == "x") << text;
    return line.tag.empty() ? -1 : line.time_ns / kNsPerSecond;
  }
};

TEST_F(LogTextTest, ClassicLineIsTakenApart) {
  const std::string text = "Nov  5 07:39:12 web1 sshd[4711]: Accepted password for root";
  const LogLine line = read_log_text(text, kNow);
  EXPECT_EQ(line.source, LogLine::Source::file);
  EXPECT_EQ(line.time_ns, 1'793'864'352 * kNsPerSecond);
  EXPECT_EQ(line.host, "web1");
  EXPECT_EQ(line.tag, "sshd");
  EXPECT_EQ(line.tag_pid, 4711u);
  EXPECT_EQ(line.message, "Accepted password for root");
  EXPECT_EQ(line.text, text);
  EXPECT_EQ(line.pid, 0u) << "of a file nothing is known";
}

TEST_F(LogTextTest, IsoLineIsTakenApart) {
  const std::string text = "2026-11-05T07:39:12.123456+01:00 web1 sudo:     root : TTY=pts/0";
  const LogLine line = read_log_text(text, kNow);
  EXPECT_EQ(line.time_ns, 1'793'860'752'123'456'000);
  EXPECT_EQ(line.tag, "sudo");
  EXPECT_EQ(line.tag_pid, 0u);
  EXPECT_EQ(line.message, "    root : TTY=pts/0");
}

TEST_F(LogTextTest, IsoTimesOfEverySort) {
  EXPECT_EQ(seconds("2026-11-05T07:39:12Z"), 1'793'864'352);
  EXPECT_EQ(seconds("2026-11-05T07:39:12-0530"), 1'793'864'352 + 19'800);
  EXPECT_EQ(seconds("2024-02-29T00:00:00Z"), 1'709'164'800);
  EXPECT_EQ(read_log_text("2026-11-05T07:39:12.1234567891Z a b: c", kNow).time_ns % kNsPerSecond,
            123'456'789);
  for (const char* bad :
       {"2026-02-29T00:00:00Z", "2026-13-05T07:39:12Z", "2026-11-05 07:39:12Z", "2026-11-05T07:39Z",
        "2026-11-05T24:39:12Z", "9999-11-05T07:39:12Z", "2026-11-05T07:39:12",
        "2026-11-05T07:39:12.5"}) {
    EXPECT_EQ(seconds(bad), -1) << bad;
  }
}

TEST_F(LogTextTest, TheYearIsTheLastThatIsNotAhead) {
  EXPECT_EQ(seconds("Nov 22 11:59:00"), 1'795'348'740);
  EXPECT_EQ(seconds("Nov 23 11:59:00"), 1'795'435'140) << "a clock may be ahead";
  EXPECT_EQ(seconds("Nov 24 12:00:00"), 1'763'985'600) << "a year ago";
  EXPECT_EQ(seconds("Dec 31 23:59:59"), 1'767'225'599);
  EXPECT_EQ(seconds("Feb 29 01:00:00"), 1'709'168'400) << "2024";
  // On New Year's Eve, a line of a host whose clock is ahead.
  constexpr int64_t kEve = 1'798'761'540 * kNsPerSecond;
  EXPECT_EQ(seconds("Jan  1 00:00:10", kEve), 1'798'761'610);
  for (const char* bad : {"Nov 31 01:00:00", "Nov 0 01:00:00", "Noe  5 01:00:00", "Nov  5 25:00:00",
                          "Nov  5 01:00", "nov  5 01:00:00"}) {
    EXPECT_EQ(seconds(bad), -1) << bad;
  }
}

TEST_F(LogTextTest, ClassicTimesAreLocal) {
  set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(seconds("Nov  5 07:39:12"), 1'793'864'352 - 3'600);
  EXPECT_EQ(seconds("Jul  5 07:39:12"), 1'783'237'152 - 7'200);
}

TEST_F(LogTextTest, PriorityIsSkipped) {
  EXPECT_EQ(read_log_text("<38>Nov  5 07:39:12 h su: x", kNow).tag, "su");
  EXPECT_EQ(read_log_text("<38>Nov  5 07:39:12 h su: x", kNow).text.front(), '<');
  EXPECT_EQ(read_log_text("<>Nov  5 07:39:12 h su: x", kNow).tag, "");
  EXPECT_EQ(read_log_text("<3838>Nov  5 07:39:12 h su: x", kNow).tag, "");
}

TEST_F(LogTextTest, TagsOfEverySort) {
  const auto told = [](const std::string& rest) {
    const std::string text = "Nov  5 07:39:12 h " + rest;
    const LogLine line = read_log_text(text, kNow);
    return std::string(line.tag) + "|" + std::to_string(line.tag_pid) + "|" +
           std::string(line.message);
  };
  EXPECT_EQ(told("systemd-logind[1]: New session 4."), "systemd-logind|1|New session 4.");
  EXPECT_EQ(told("(systemd): pam_unix"), "(systemd)|0|pam_unix");
  EXPECT_EQ(told("gdm-password][9]: x"), "gdm-password]|9|x");
  EXPECT_EQ(told("sshd[7]:"), "sshd|7|");
  EXPECT_EQ(told("sshd[7]: "), "sshd|7|");
  EXPECT_EQ(told("sshd[x7]: a"), "sshd[x7]|0|a");
  EXPECT_EQ(told("sshd[]: a"), "sshd|0|a");
  EXPECT_EQ(told("sshd[1234567890]: a"), "sshd[1234567890]|0|a");
  EXPECT_EQ(told("last message repeated 3 times"), "|0|last message repeated 3 times");
  EXPECT_EQ(told("no tag sshd[7]: here"), "|0|no tag sshd[7]: here");
  EXPECT_EQ(told(": a"), "|0|: a");
}

TEST_F(LogTextTest, WhatIsNoLogLineIsAllMessageAndOfNow) {
  for (const std::string text : {"", "x", "\xff\xfe", "Nov", "Nov  5 07:39:12",
                                 "Nov  5 07:39:12 web1", "2026-11-05T07:39:12Z",
                                 "sshd[7]: Accepted"}) {
    const LogLine line = read_log_text(text, kNow);
    EXPECT_EQ(line.message, text);
    EXPECT_EQ(line.time_ns, kNow);
    EXPECT_EQ(line.tag, "");
  }
}

TEST_F(LogTextTest, ViewsLieInTheLineAndTheMessageIsItsEnd) {
  const std::string text("Nov  5 07:39:12 h a\0b[7]: c\0\x01" "d", 30);
  const LogLine line = read_log_text(text, kNow);
  EXPECT_EQ(line.tag, std::string_view("a\0b", 3));
  EXPECT_EQ(line.message.data() + line.message.size(), text.data() + text.size());
}

}  // namespace
}  // namespace spoor::agent
