#include "collector/cli/trail_filter.h"

#include <gmock/gmock.h>

namespace spoor::cli {
namespace {

using testing::ElementsAre;

v1::TrailItem command(uint64_t number, uint64_t parent, int64_t ended_ns = 0) {
  v1::TrailItem item;
  item.mutable_command()->set_number(number);
  item.mutable_command()->set_parent(parent);
  item.mutable_command()->set_ended_ns(ended_ns);
  return item;
}

v1::TrailItem event(uint64_t of, int64_t time_ns = 0) {
  v1::TrailItem item;
  item.mutable_event()->set_command(of);
  item.mutable_event()->mutable_event()->set_time_ns(time_ns);
  return item;
}

v1::TrailItem file(uint64_t of) {
  v1::TrailItem item = event(of);
  item.mutable_event()->mutable_event()->mutable_file_access();
  return item;
}

v1::TrailItem network(uint64_t of) {
  v1::TrailItem item = event(of);
  item.mutable_event()->mutable_event()->mutable_network();
  return item;
}

v1::TrailItem loss(int64_t time_ns = 0) {
  v1::TrailItem item;
  item.mutable_loss()->set_time_ns(time_ns);
  return item;
}

// Items as words: `c2` a command, `e2` an event of it, `loss`, `session`, `lag`.
std::vector<std::string> words(const std::vector<v1::TrailItem>& items) {
  std::vector<std::string> out;
  for (const v1::TrailItem& item : items) {
    if (item.has_command()) out.push_back("c" + std::to_string(item.command().number()));
    else if (item.has_event()) out.push_back("e" + std::to_string(item.event().command()));
    else out.push_back(item.has_loss() ? "loss" : item.has_session() ? "session" : "lag");
  }
  return out;
}

TEST(TrailFilter, KindsKeepTheirCommandsTheLossesAndBothEnds) {
  v1::TrailItem session;
  session.mutable_session();
  v1::TrailItem lag;
  lag.mutable_lag();
  const std::vector<v1::TrailItem> items = {
      session,          command(1, 0), command(2, 1), network(2), command(3, 1), file(3), loss(),
      command(4, 0), event(4),         file(0),    lag};
  TrailFilter filter;
  EXPECT_EQ(of_kinds(items, filter).size(), items.size());
  filter.files = true;
  EXPECT_THAT(words(of_kinds(items, filter)),
              ElementsAre("session", "c1", "c3", "e3", "loss", "e0", "lag"));
  filter.network = true;
  EXPECT_THAT(words(of_kinds(items, filter)),
              ElementsAre("session", "c1", "c2", "e2", "c3", "e3", "loss", "e0", "lag"));
  filter = {};
  filter.input = true;
  EXPECT_THAT(words(of_kinds(items, filter)), ElementsAre("session", "loss", "lag"));
}

TEST(TrailFilter, InputIsWhatATerminalOrAShellTold) {
  TrailFilter filter;
  filter.input = true;
  v1::TrailItem item = event(0);
  EXPECT_FALSE(is_of_kinds(item, filter));
  item.mutable_event()->mutable_event()->mutable_typed_input();
  EXPECT_TRUE(is_of_kinds(item, filter));
  item.mutable_event()->mutable_event()->mutable_shell_line();
  EXPECT_TRUE(is_of_kinds(item, filter));
}

TEST(TrailFilter, SinceLeavesOutWhatWasOver) {
  TrailFilter filter;
  EXPECT_TRUE(is_since(event(0, -5), filter));
  filter.since_ns = 100;
  EXPECT_FALSE(is_since(command(1, 0, 99), filter));
  EXPECT_TRUE(is_since(command(1, 0, 100), filter));
  EXPECT_TRUE(is_since(command(1, 0, 0), filter));  // it may still run
  EXPECT_FALSE(is_since(event(0, 99), filter));
  EXPECT_TRUE(is_since(event(0, 100), filter));
  EXPECT_FALSE(is_since(loss(99), filter));
  v1::TrailItem long_loss = loss(99);
  long_loss.mutable_loss()->mutable_loss()->set_until_ns(100);
  EXPECT_TRUE(is_since(long_loss, filter));
  EXPECT_TRUE(is_since(loss(0), filter));  // nobody knows when it was
  v1::TrailItem session;
  session.mutable_session();
  EXPECT_TRUE(is_since(session, filter));
}

}  // namespace
}  // namespace spoor::cli
