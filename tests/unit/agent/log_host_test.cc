#include "agent/log_host.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace spoor::agent {
namespace {

std::string command(int64_t at_s, int serial, int ses, const std::string& names = "") {
  return "type=SYSCALL msg=audit(" + std::to_string(1'700'000'000 + at_s) +
         ".001:" + std::to_string(serial) +
         "): arch=c000003e syscall=59 success=yes exit=0 items=0 ppid=1 " +
         "pid=77 auid=1000 uid=1000 gid=1000 euid=1000 ses=" + std::to_string(ses) +
         " comm=\"x\" exe=\"/x\"" + names;
}

struct Told {
  Host host;
  uint32_t exec_number = 0;
  std::string login_name;
};
std::vector<Told> play(const std::vector<std::string>& lines, const std::string& name = "web1") {
  std::vector<Told> told;
  LogHost log(name, [&](const Fact& fact, const Host& host) {
    const auto* started = std::get_if<CommandStarted>(&fact.kind);
    if (started == nullptr) return;
    told.push_back({host, started->command.exec_number, std::string(fact.login_name)});
  });
  for (const std::string& line : lines) log.play(std::get<Datagram>(*parse_replay_line(line)));
  log.finish();
  EXPECT_EQ(log.counts().records, lines.size());
  return told;
}

// The same process and session numbers after a boot are others: nothing of the tables goes over.
TEST(LogHostTest, BootsHaveNothingInCommon) {
  const auto told = play({command(0, 5000, 3), command(1, 5001, 3), command(90, 20, 3)});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].exec_number, 2u);
  EXPECT_EQ(told[2].exec_number, 1u);
  EXPECT_EQ(told[0].host.boot_id, told[1].host.boot_id);
  EXPECT_NE(told[1].host.boot_id, told[2].host.boot_id);
  EXPECT_EQ(told[1].host.boot_in_log, 1u);
  EXPECT_EQ(told[2].host.boot_in_log, 2u);
  EXPECT_EQ(told[1].host.machine_id, told[2].host.machine_id);
}

TEST(LogHostTest, IdsAreDerivedAndTheSameAgain) {
  const auto one = play({command(0, 5, 3)}), again = play({command(0, 5, 3)});
  EXPECT_EQ(one[0].host.boot_id, again[0].host.boot_id);
  EXPECT_EQ(one[0].host.machine_id, again[0].host.machine_id);
  EXPECT_NE(one[0].host.machine_id, Id{});
  const auto other = play({command(0, 5, 3)}, "web2"), unnamed = play({command(0, 5, 3)}, "");
  const std::set<Id> ids = {one[0].host.machine_id, other[0].host.machine_id,
                            unnamed[0].host.machine_id};
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_NE(one[0].host.boot_id, other[0].host.boot_id);
}

TEST(LogHostTest, NamesAreThoseOfTheLog) {
  const auto told = play({command(0, 5, 3),
                          command(1, 6, 3,
                                  "\x1d"
                                  "AUID=\"alice\" UID=\"alice\""),
                          command(2, 7, 3)});
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1].login_name, "alice");
  EXPECT_EQ(told[2].login_name, "alice");
}

TEST(LogHostTest, RecordsThatMakeNoSenseAreCounted) {
  LogHost log("web1", [](const Fact&, const Host&) {});
  log.play(Datagram{1300, "no header"});
  log.play(Datagram{1300, "audit(1.2:3): arch=zz"});
  log.finish();
  EXPECT_EQ(log.counts().records, 2u);
  EXPECT_EQ(log.counts().undecoded, 2u);
}

}  // namespace
}  // namespace spoor::agent
