#include "agent/correlate/activity_facts.h"

#include "tests/unit/agent/correlate/call_event.h"
#include "tests/unit/agent/correlate/pipeline.h"

namespace spoor::agent {
namespace {

using test::CallEvent;
using test::Pipeline;

// A shell (60) forks 70, which runs `x`, and 71, which runs nothing of its own.
void start(Pipeline& p) {
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ppid = 1, .ms = 1000, .serial = 1, .args = {"sh"}});
  p.fork(70, 60, 2000);
  p.exec({.pid = 70, .ppid = 60, .ms = 2000, .serial = 2, .args = {"x"}});
  p.fork(71, 60, 2500);
}

const CallEvent kRemove{.number = 87, .paths = {{"PARENT", "/tmp/", 9, 040755},
                                                {"DELETE", "/tmp/a", 5}}};

template <typename Kind>
std::vector<std::string> commands_of(const Pipeline& p) {
  std::vector<std::string> out;
  for (const test::Seen* seen : p.all<Kind>()) {
    const auto& command = seen->template as<Kind>()->command;
    out.push_back(command ? std::to_string(command->process.pid) + "#" +
                                std::to_string(command->exec_number)
                          : "none");
  }
  return out;
}

TEST(ActivityFacts, HangOnTheCommandThatRanThen) {
  Pipeline p;
  start(p);
  p.feed(test::records_of(kRemove, 70, 3, 3000, 10), test::at_ms(3001));
  p.feed(test::records_of(kRemove, 71, 3, 3000, 11), test::at_ms(3001));  // the shell's subshell
  p.feed(test::records_of(kRemove, 99, 3, 3000, 12), test::at_ms(3001));  // nobody we know
  p.exec({.pid = 70, .ppid = 60, .ms = 4000, .serial = 13, .args = {"y"}});
  p.feed(test::records_of(kRemove, 70, 3, 3500, 14), test::at_ms(4001));  // read late
  p.feed(test::records_of(kRemove, 70, 3, 4000, 15), test::at_ms(4001));
  // The stamp lies up to a tick before the birth of the process.
  p.fork(72, 60, 5005);
  p.exec({.pid = 72, .ppid = 60, .ms = 5000, .serial = 16, .args = {"z"}});
  p.feed(test::records_of(kRemove, 72, 3, 5000, 17), test::at_ms(5010));
  EXPECT_EQ(commands_of<FileAccess>(p),
            (std::vector<std::string>{"70#1", "60#1", "none", "70#1", "70#2", "72#1"}));
  EXPECT_EQ(p.ended.size(), 10u);
}

TEST(ActivityFacts, ConnectionsAndOtherCallsToo) {
  Pipeline p;
  start(p);
  const CallEvent connect{.number = 42, .args = {3}, .error = 111,
                          .others = {{1306, "saddr=02000050CB0071070000000000000000"}}};
  p.feed(test::records_of(connect, 70, 3, 3000, 10), test::at_ms(3001));
  p.feed(test::records_of({.number = 101}, 70, 3, 3000, 11), test::at_ms(3001));  // ptrace
  EXPECT_EQ(commands_of<Network>(p), std::vector<std::string>{"70#1"});
  EXPECT_EQ(commands_of<OtherRecord>(p), std::vector<std::string>{"70#1"});
  EXPECT_EQ(p.all<Network>()[0]->fact.error, 111);
  EXPECT_EQ(p.all<Network>()[0]->fact.success, false);
}

// What a security module denied, and the call that it denied.
TEST(ActivityFacts, ADecisionAndItsCallAreTwoFactsOfOneEvent) {
  Pipeline p;
  start(p);
  CallEvent refused{.number = 257, .args = {test::kCwd, 1, 1}, .paths = {{"NORMAL", "/etc/x", 5}},
                    .error = 13};
  refused.others = {{1400, "apparmor=\"DENIED\" operation=\"open\" profile=\"p\" name=\"/etc/x\" "
                           "pid=70 comm=\"x\""}};
  p.feed(test::records_of(refused, 70, 3, 3000, 10), test::at_ms(3001));
  EXPECT_EQ(commands_of<SecurityDecision>(p), std::vector<std::string>{"70#1"});
  EXPECT_EQ(commands_of<FileAccess>(p), std::vector<std::string>{"70#1"});
  EXPECT_FALSE(p.all<SecurityDecision>()[0]->fact.ends_event);
  EXPECT_TRUE(p.all<FileAccess>()[0]->fact.ends_event);
}

TEST(ActivityFacts, ACommandIsNoFileAccessAndItsDecisionsAreBounded) {
  Pipeline p;
  start(p);
  auto records = test::exec_records({.pid = 70, .ppid = 60, .ms = 3000, .serial = 10, .error = 13});
  for (size_t i = 0; i < kDecisionsMax + 5; ++i) {
    records.insert(records.begin(), {1400, test::stamp(3000, 10) + "avc:  denied  { x } for"});
  }
  p.feed(records, test::at_ms(3001));
  EXPECT_EQ(p.all<CommandStarted>().size(), 3u);
  EXPECT_EQ(p.all<SecurityDecision>().size(), kDecisionsMax);
  EXPECT_TRUE(p.all<FileAccess>().empty());
  EXPECT_EQ(p.ended.size(), 3u);
}

// Records without a call: the process is known by what they say.
TEST(ActivityFacts, ADecisionAlone) {
  Pipeline p;
  start(p);
  p.feed({1326, test::stamp(3000, 10) + "auid=1000 uid=1000 gid=1000 ses=3 pid=70 comm=\"x\" "
          "exe=\"/x\" sig=31 arch=c000003e syscall=41 compat=0 ip=0x7f code=0x80000000"},
         test::at_ms(3001));
  p.drain_and_tick(6000);
  EXPECT_EQ(commands_of<SecurityDecision>(p), std::vector<std::string>{"70#1"});
  EXPECT_EQ(p.all<SecurityDecision>()[0]->fact.ses, 3u);
}

TEST(ActivityFacts, TypedLinesEachWithItsCommandAndOneWithTheRecords) {
  Pipeline p;
  start(p);
  AuditEvent event = test::decoded({{1319, test::stamp(3000, 10) + "tty pid=70 uid=1000 auid=1000 "
                                     "ses=3 major=136 minor=0 comm=\"x\" data=610D620D"}});
  event.typed.emplace();
  event.typed->pid = 70;
  event.values += "ab";
  const auto end = static_cast<uint32_t>(event.values.size());
  for (uint32_t at = end - 2; at < end; ++at) event.typed->lines.push_back({{at, 1}, {at, 1}});
  p.correlator.on_audit(event, test::at_ms(3001));
  const auto typed = p.all<TypedInput>();
  ASSERT_EQ(typed.size(), 2u);
  EXPECT_EQ(commands_of<TypedInput>(p), (std::vector<std::string>{"70#1", "70#1"}));
  EXPECT_TRUE(typed[0]->fact.without_records);
  EXPECT_FALSE(typed[0]->fact.ends_event);
  EXPECT_FALSE(typed[1]->fact.without_records);
  EXPECT_TRUE(typed[1]->fact.ends_event);
  // Its line goes on elsewhere; the record is told all the same.
  event.typed->lines.clear();
  p.correlator.on_audit(event, test::at_ms(3001));
  EXPECT_EQ(p.all<TypedInput>().size(), 3u);
  EXPECT_TRUE(p.all<TypedInput>()[2]->as<TypedInput>()->unfinished);
}

// The kernel writes what was typed last while the process leaves (drivers/tty/tty_audit.c); where
// nobody hears the connector, that call is its end, too.
TEST(ActivityFacts, WhatWasTypedLastAndTheEndOfItsProcess) {
  Pipeline p;
  p.exec({.pid = 80, .ppid = 1, .ms = 1000, .serial = 1, .args = {"cat"}});
  auto records = test::records_of({.number = 231, .args = {3}}, 80, 3, 3000, 10);
  std::string& call = records[0].text;
  call.erase(call.find("success="), std::string_view("success=yes exit=0 ").size());
  records.insert(records.begin(), {1319, test::stamp(3000, 10) + "tty pid=80 uid=1000 auid=1000 "
                                   "ses=3 major=136 minor=0 comm=\"cat\" data=61"});
  p.on_closed = [](const AuditEvent& event) {
    if (event.key.serial == 10) const_cast<AuditEvent&>(event).typed.emplace().pid = 80;
  };
  p.feed(records, test::at_ms(3001));
  EXPECT_EQ(commands_of<TypedInput>(p), std::vector<std::string>{"80#1"});
  ASSERT_EQ(p.all<ProcessEnded>().size(), 1u);
  EXPECT_EQ(p.all<ProcessEnded>()[0]->as<ProcessEnded>()->wait_status, 3u << 8);
  EXPECT_FALSE(p.all<TypedInput>()[0]->fact.ends_event);
  EXPECT_TRUE(p.all<ProcessEnded>()[0]->fact.ends_event);
}

}  // namespace
}  // namespace spoor::agent
