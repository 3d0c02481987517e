#include "agent/correlate/log_room.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

Instant at(int64_t ns) { return {ns, ns}; }

KeptLine kept(const std::string& account, int64_t ns = 0) {
  const std::string text = "Accepted publickey for " + account;
  LogLine line;
  line.text = line.message = text;
  line.tag_pid = 7;
  line.origin = "/var/log/auth.log";
  line.cursor = text;
  LogEvent event;
  event.kind = LogEvent::Kind::accepted;
  event.account = line.text.substr(text.size() - account.size());
  event.certificate_serial = 5;
  event.by_uid = 0;
  return KeptLine(line, event, at(ns));
}

TEST(LogRoom, OwnsWhatItKeeps) {
  const KeptLine line = kept("alice");
  EXPECT_EQ(line.line().text, "Accepted publickey for alice");
  EXPECT_EQ(line.event().account, "alice");
  EXPECT_EQ(line.event().certificate_serial, 5u);
  EXPECT_TRUE(line.line().cursor.empty());
}

TEST(LogRoom, LinesLeaveWhenTheyAreWantedOrDue) {
  LogRoom room;
  room.wait(kept("alice", 0));
  room.wait(kept("bob", 10));
  const auto is = [](std::string_view name) {
    return [=](const KeptLine& line) { return line.event().account == name; };
  };
  EXPECT_TRUE(room.any(is("bob")));
  EXPECT_EQ(room.take(is("bob"))->event().account, "bob");
  EXPECT_FALSE(room.take(is("bob")));
  EXPECT_FALSE(room.take_due(at(kLogWaitNs - 1)));
  EXPECT_EQ(room.take_due(at(kLogWaitNs))->event().account, "alice");
  EXPECT_FALSE(room.take_due(at(kLogWaitNs)));
}

// Asked in their order, once each, while all are here.
TEST(LogRoom, AllThatAreWantedLeaveAtOnce) {
  LogRoom room;
  for (const char* name : {"a", "b", "a", "c"}) room.wait(kept(name));
  std::string asked;
  room.take_all([&](const KeptLine& line) {
    asked += line.event().account;
    EXPECT_EQ(room.size(), 4u);
    return line.event().account == "a";
  });
  EXPECT_EQ(asked, "abac");
  EXPECT_EQ(room.size(), 2u);
  EXPECT_EQ(room.take_due(at(kLogWaitNs))->event().account, "b");
}

TEST(LogRoom, WhetherOneCameWithinATime) {
  LogRoom room;
  EXPECT_FALSE(room.has_come(0, 100));
  for (const int64_t ns : {10, 20, 20, 40}) room.wait(kept("alice", ns));
  EXPECT_TRUE(room.has_come(0, 10));
  EXPECT_FALSE(room.has_come(0, 9));
  EXPECT_FALSE(room.has_come(10, 19));
  EXPECT_TRUE(room.has_come(10, 20));
  EXPECT_FALSE(room.has_come(20, 39));
  EXPECT_TRUE(room.has_come(39, 100));
  EXPECT_FALSE(room.has_come(40, 100));
}

TEST(LogRoom, Bounded) {
  LogRoom room;
  for (size_t i = 0; i <= kLogLinesWaitingMax; ++i) room.wait(kept("alice"));
  EXPECT_TRUE(room.take_due(at(0)));
  EXPECT_FALSE(room.take_due(at(0)));
  LogRoom large;
  large.wait(kept(std::string(kLogBytesWaitingMax, 'x')));
  EXPECT_TRUE(large.take_due(at(0)));
}

TEST(LogRoom, SavesAndRestores) {
  LogRoom room, back;
  room.wait(kept("alice", 7));
  room.wait(kept("", 8));
  std::string saved, again;
  room.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  back.save(again);
  EXPECT_EQ(again, saved);
  const auto line = back.take([](const KeptLine&) { return true; });
  EXPECT_EQ(line->event().account, "alice");
  EXPECT_EQ(line->event().by_uid, 0u);
  EXPECT_FALSE(line->event().uid);
  EXPECT_EQ(line->read.boottime_ns, 7);
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
