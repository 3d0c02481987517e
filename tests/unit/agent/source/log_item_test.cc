#include "agent/source/log_item.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

LogLine sample() {
  LogLine line;
  line.source = LogLine::Source::journal;
  line.time_ns = -5;
  line.pid = 1;
  line.uid = 2;
  line.comm = "sshd";
  line.exe = "/usr/sbin/sshd";
  line.tag = "sudo";
  line.tag_pid = 3;
  line.text = "head: message";
  line.message = line.text.substr(6);
  line.origin = "journal";
  line.cursor = "s=1;i=2";
  line.is_cut = true;
  line.in_container = true;
  return line;
}

TEST(LogItemTest, LineComesBackWhole) {
  std::string bytes = "replaced";
  write_log_item(sample(), bytes);
  const auto item = read_log_item(bytes);
  ASSERT_TRUE(item);
  const LogLine& line = std::get<LogLine>(*item);
  EXPECT_EQ(line.source, LogLine::Source::journal);
  EXPECT_EQ(line.time_ns, -5);
  EXPECT_EQ(line.pid, 1u);
  EXPECT_EQ(line.uid, 2u);
  EXPECT_EQ(line.tag_pid, 3u);
  EXPECT_EQ(line.comm, "sshd");
  EXPECT_EQ(line.exe, "/usr/sbin/sshd");
  EXPECT_EQ(line.tag, "sudo");
  EXPECT_EQ(line.text, "head: message");
  EXPECT_EQ(line.message, "message");
  EXPECT_EQ(line.origin, "journal");
  EXPECT_EQ(line.cursor, "s=1;i=2");
  EXPECT_TRUE(line.is_cut);
  EXPECT_TRUE(line.in_container);
}

TEST(LogItemTest, PositionComesBackWhole) {
  std::string bytes;
  write_log_item(LogPosition{"/var/log/secure", "here", true, 77, 9}, bytes);
  const auto item = read_log_item(bytes);
  ASSERT_TRUE(item);
  const LogPosition& position = std::get<LogPosition>(*item);
  EXPECT_EQ(position.origin, "/var/log/secure");
  EXPECT_EQ(position.cursor, "here");
  EXPECT_TRUE(position.lines_lost);
  EXPECT_EQ(position.since_ns, 77);
  EXPECT_EQ(position.suppressed, 9u);
}

TEST(LogItemTest, WhatIsTooLongIsCutAndSaysSo) {
  LogLine line = sample();
  line.is_cut = false;
  const std::string long_text(kLogTextBytesMax + 9, 'x'), long_field(70'000, 'y');
  line.text = long_text;
  line.message = line.text.substr(kLogTextBytesMax - 5);
  line.exe = long_field;
  std::string bytes;
  write_log_item(line, bytes);
  const auto item = read_log_item(bytes);
  ASSERT_TRUE(item);
  const LogLine& back = std::get<LogLine>(*item);
  EXPECT_EQ(back.text.size(), kLogTextBytesMax);
  EXPECT_EQ(back.message, "xxxxx");
  EXPECT_EQ(back.exe.size(), kLogFieldBytesMax);
  EXPECT_TRUE(back.is_cut);
}

TEST(LogItemTest, EveryCutIsNoItemAndNoByteIsBelieved) {
  std::string line, position;
  write_log_item(sample(), line);
  write_log_item(LogPosition{"o", "c"}, position);
  for (const std::string& good : {line, position}) {
    EXPECT_FALSE(read_log_item(good + "x"));
    for (size_t i = 0; i < good.size(); ++i) {
      EXPECT_FALSE(read_log_item(good.substr(0, i))) << i;
      std::string other = good;
      other[i] = static_cast<char>(other[i] ^ 0x81);
      const auto item = read_log_item(other);
      const auto* told = item ? std::get_if<LogLine>(&*item) : nullptr;
      EXPECT_TRUE(told == nullptr || told->text.ends_with(told->message)) << i;
    }
  }
}

}  // namespace
}  // namespace spoor::agent
