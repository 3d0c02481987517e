#include "collector/index/fold.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "collector/limits.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

class FoldTest : public testing::Test {
 protected:
  void add(v1::Event e) { events_.push_back(make_.index(std::move(e))); }
  const Trail& folded() {
    std::stable_sort(events_.begin(), events_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.epoch, a.event->order()) < std::pair(b.epoch, b.event->order());
    });
    trail_ = fold({{"web1", sample_uid(1)}, 1, {}, 0, 0}, events_, [] { return false; }).value();
    return trail_;
  }
  // Prints a trail: `number<parent@depth pid.exec end` for commands.
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const auto& item : folded().items) {
      if (const auto* c = std::get_if<Command>(&item)) {
        const v1::CommandRef& ref = c->started.event->command_started().command();
        const char* ends[] = {"?", "exit", "signal", "replaced", "failed"};
        out.push_back(std::to_string(c->number) + "<" + std::to_string(c->parent) + "@" +
                      std::to_string(c->depth) + " " + std::to_string(ref.process().pid()) + "." +
                      std::to_string(ref.exec_number()) + " " + ends[static_cast<int>(c->end)] +
                      (c->end == Command::End::exited ? std::to_string(c->exit_code) : ""));
      } else if (std::holds_alternative<TrailLoss>(item)) {
        out.push_back("loss");
      } else {
        out.push_back("event");
      }
    }
    return out;
  }
  const Command& command(size_t i) { return std::get<Command>(trail_.items[i]); }

  EventMaker make_;
  std::vector<IndexedEvent> events_;
  Trail trail_;
};

TEST_F(FoldTest, ATreeOfCommands) {
  add(make_.started(1, 10));
  add(make_.started(1, 11, 1, 10));
  add(make_.started(1, 12, 1, 11));
  add(make_.ended(1, 12, 0));
  add(make_.ended(1, 11, 3));
  add(make_.started(1, 13, 1, 10));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 ?", "2<1@1 11.1 exit3", "3<2@2 12.1 exit0",
                                   "4<1@1 13.1 ?"));
  EXPECT_EQ(trail_.session.sums.commands, 4u);
  EXPECT_EQ(trail_.session.sums.commands_failed, 1u);
  EXPECT_EQ(trail_.session.sums.commands_running(), 2u);
  EXPECT_EQ(command(2).ended_ns - command(2).started_ns, kNsPerMs);
}

// One pid over and over, without births: to look through all its commands for each end would take
// longer than ctest waits.
TEST_F(FoldTest, ManyCommandsOfOnePid) {
  constexpr size_t kCommands = 100'000;
  for (size_t i = 0; i < kCommands; ++i) {
    v1::Event start = make_.started(1, 10);
    start.mutable_command_started()->mutable_command()->mutable_process()->clear_birth_ns();
    add(std::move(start));
    v1::Event end = make_.ended(1, 10, static_cast<uint32_t>(i % 200));
    end.mutable_process_ended()->mutable_process()->clear_birth_ns();
    add(std::move(end));
  }
  folded();
  ASSERT_EQ(trail_.items.size(), kCommands);
  for (size_t i = 0; i < kCommands; ++i) EXPECT_EQ(command(i).exit_code, i % 200);
}

TEST_F(FoldTest, EndsWhenNobodyWaits) {
  for (int i = 0; i < 3000; ++i) add(make_.event(1));
  int asked = 0;
  const auto later = [&] { return ++asked > 2; };
  EXPECT_EQ(fold({{"web1", sample_uid(1)}, 1, {}, 0, 0}, events_, later).code(),
            Code::unavailable);
}

TEST_F(FoldTest, TextsOfTheSummaryAreCut) {
  v1::Event e = make_.event(1);
  e.mutable_actor()->set_login_name(std::string(kSummaryTextMax - 1, 'a') + "\xc3\xa9 and more");
  e.mutable_source()->set_address(std::string(6 << 20, '1'));
  e.mutable_source()->set_terminal(std::string(6 << 20, '\x80'));  // no UTF-8
  add(std::move(e));
  const SessionHead& s = folded().session.head;
  EXPECT_EQ(s.login_name, std::string(kSummaryTextMax - 1, 'a'));
  EXPECT_EQ(s.source.address().size(), kSummaryTextMax);
  EXPECT_EQ(s.terminal.size(), kSummaryTextMax);
}

TEST_F(FoldTest, AnExecReplaces) {
  add(make_.started(1, 10));
  v1::Event second = make_.started(1, 10, 2, 10);
  const int64_t replaced_ns = second.time_ns();
  add(second);
  add(make_.ended(1, 10, 7, 2));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 replaced", "2<1@1 10.2 exit7"));
  EXPECT_EQ(command(0).ended_ns, replaced_ns);
}

// An end is that of the command that it names, and of no other that ran there before.
TEST_F(FoldTest, AnEndOfACommandWhoseStartIsLost) {
  add(make_.started(1, 10));
  add(make_.ended(1, 10, 7, 2));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 replaced"));
}

TEST_F(FoldTest, AStartThatFailed) {
  add(make_.started(1, 10));
  v1::Event failed = make_.started(1, 10, 2, 10);
  failed.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  failed.mutable_outcome()->set_error(2);
  add(failed);
  add(make_.started(1, 11, 1, 10));
  add(make_.ended(1, 10, 0));
  EXPECT_THAT(lines(),
              ElementsAre("1<0@0 10.1 exit0", "2<1@1 10.2 failed", "3<1@1 11.1 ?"));
  EXPECT_EQ(trail_.session.sums.commands_failed, 1u);
}

TEST_F(FoldTest, SignalsAndUnseenEnds) {
  add(make_.started(1, 10));
  add(make_.started(1, 11));
  v1::Event killed = make_.ended(1, 10, 0);
  killed.mutable_process_ended()->set_signal(9);
  killed.mutable_process_ended()->set_core_dumped(true);
  add(killed);
  v1::Event unseen = make_.ended(1, 11, 0);
  unseen.mutable_process_ended()->clear_end();
  unseen.add_incomplete(v1::INCOMPLETE_EXIT_UNSEEN);
  add(unseen);
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 signal", "2<0@0 11.1 ?"));
  EXPECT_EQ(command(0).signal, 9u);
  EXPECT_TRUE(command(0).core_dumped);
  EXPECT_NE(command(1).ended_ns, 0);
  EXPECT_THAT(command(1).incomplete, ElementsAre(v1::INCOMPLETE_EXIT_UNSEEN));
  EXPECT_EQ(trail_.session.sums.events_incomplete, 1u);
  EXPECT_EQ(trail_.session.sums.commands_running(), 0u);
  EXPECT_EQ(trail_.session.sums.commands_end_unseen, 1u);
}

// The two sockets have no common order: an end can be read before its start.
TEST_F(FoldTest, AnEndThatCameFirst) {
  add(make_.ended(1, 10, 5));
  add(make_.started(1, 10));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 exit5"));
}

TEST_F(FoldTest, ParentsAndEndsOverARestartOfTheAgent) {
  add(make_.started(1, 10));
  make_ = EventMaker("web1", 2);
  add(make_.started(1, 11, 1, 10));
  add(make_.ended(1, 10, 4));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 exit4", "2<1@1 11.1 ?"));
}

TEST_F(FoldTest, APidThatIsUsedAgain) {
  const auto without_birth = [](v1::Event e) {
    if (e.has_command_started())
      e.mutable_command_started()->mutable_command()->mutable_process()->set_birth_ns(0);
    else
      e.mutable_process_ended()->mutable_process()->set_birth_ns(0);
    return e;
  };
  add(without_birth(make_.started(1, 10)));
  add(without_birth(make_.ended(1, 10, 1)));
  add(without_birth(make_.started(1, 10)));
  add(without_birth(make_.ended(1, 10, 2)));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 exit1", "2<0@0 10.1 exit2"));
}

TEST_F(FoldTest, RootIsWhoWasNotBefore) {
  v1::Event as_root = make_.started(1, 10);
  as_root.mutable_command_started()->mutable_credentials()->set_euid(0);
  add(as_root);
  v1::Event root_login = make_.started(1, 11);
  root_login.mutable_command_started()->mutable_credentials()->set_euid(0);
  root_login.mutable_actor()->set_login_uid(0);
  add(root_login);
  v1::Event as_other = make_.started(1, 12);
  as_other.mutable_command_started()->mutable_credentials()->set_euid(33);
  add(as_other);
  folded();
  EXPECT_EQ(trail_.session.sums.commands_as_root, 1u);
  EXPECT_TRUE(command(0).other_user);
  EXPECT_FALSE(command(1).other_user);
  EXPECT_TRUE(command(2).other_user);
}

TEST_F(FoldTest, LossesStandWhereTheyAre) {
  add(make_.started(1, 10));
  add(make_.started(1, 11));
  add(make_.loss(1, 2));
  add(make_.loss(0, 1));
  EXPECT_THAT(lines(), ElementsAre("loss", "1<0@0 10.1 ?", "loss", "2<0@0 11.1 ?"));
  EXPECT_EQ(trail_.session.sums.losses, 2u);
}

TEST_F(FoldTest, TheSessionsFacts) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_type(v1::SessionOpened::TYPE_SSH);
  opened.mutable_source()->set_terminal("ssh");
  add(opened);
  v1::Event fact = make_.event(1);
  fact.mutable_source()->set_address("203.0.113.9");
  fact.mutable_source()->set_port(45410);
  fact.mutable_session_fact()->set_method("publickey");
  fact.mutable_session_fact()->set_key_fingerprint("SHA256:abc");
  add(fact);
  v1::Event closed = make_.closed(1);
  add(closed);
  EXPECT_THAT(lines(), ElementsAre("event", "event", "event"));
  const SessionHead& s = trail_.session.head;
  EXPECT_TRUE(s.opening_seen);
  EXPECT_EQ(s.type, v1::SessionOpened::TYPE_SSH);
  EXPECT_EQ(s.login_uid, 1000u);
  EXPECT_EQ(s.login_name, "alice");
  EXPECT_EQ(s.source.address(), "203.0.113.9");
  EXPECT_EQ(s.source.port(), 45410u);
  EXPECT_EQ(s.method, "publickey");
  EXPECT_EQ(s.key_fingerprint, "SHA256:abc");
  EXPECT_EQ(s.terminal, "ssh");
  EXPECT_EQ(s.ended_ns, closed.time_ns());
}

TEST_F(FoldTest, OneFoundRunningWasNotSeenToOpen) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_found_running(true);
  add(opened);
  EXPECT_FALSE(folded().session.head.opening_seen);
}

// A host can claim what it likes: a command that is its own parent, two that are each other's, and
// a chain without end.
TEST_F(FoldTest, HostileParents) {
  add(make_.started(1, 10, 1, 10));
  add(make_.started(1, 11, 1, 12));
  add(make_.started(1, 12, 1, 11));
  EXPECT_THAT(lines(), ElementsAre("1<0@0 10.1 ?", "2<0@0 11.1 ?", "3<2@1 12.1 ?"));
  events_.clear();
  for (uint32_t i = 100; i < 3000; ++i) add(make_.started(1, i, 1, i - 1));
  folded();
  EXPECT_EQ(command(2000).depth, kDepthMax);
}

// What a command did hangs under it, also where it was read before, or after another agent's start.
TEST_F(FoldTest, WhatACommandDidHangsUnderIt) {
  const auto of = [](v1::CommandRef& ref, uint32_t pid, uint32_t exec) {
    EventMaker::set_process(*ref.mutable_process(), pid, pid * 10ull);
    ref.set_exec_number(exec);
  };
  v1::Event early = make_.event(1);
  of(*early.mutable_file_access()->mutable_command(), 10, 1);
  add(early);
  add(make_.started(1, 10));
  add(make_.started(1, 10, 2, 10));
  v1::Event network = make_.event(1);
  of(*network.mutable_network()->mutable_command(), 10, 2);
  add(network);
  v1::Event typed = make_.event(1);
  of(*typed.mutable_typed_input()->mutable_command(), 10, 1);
  add(typed);
  make_ = EventMaker("web1", 2);
  v1::Event privilege = make_.event(1);
  of(*privilege.mutable_privilege_change()->mutable_cause(), 10, 2);
  add(privilege);
  v1::Event unknown = make_.event(1);
  of(*unknown.mutable_security_decision()->mutable_command(), 77, 1);
  add(unknown);
  v1::Event nobody = make_.event(1);
  nobody.mutable_other_record();
  add(nobody);
  std::vector<uint64_t> numbers;
  for (const auto& item : folded().items) {
    if (const auto* other = std::get_if<OtherEvent>(&item)) numbers.push_back(other->command);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 1, 2, 0, 0));
}

TEST_F(FoldTest, WithoutABirthItIsTheCommandThatRanThen) {
  const auto start = [&] {
    v1::Event e = make_.started(1, 10);
    e.mutable_command_started()->mutable_command()->mutable_process()->clear_birth_ns();
    return e;
  };
  const auto file = [&] {
    v1::Event e = make_.event(1);
    e.mutable_file_access()->mutable_command()->mutable_process()->set_pid(10);
    e.mutable_file_access()->mutable_command()->set_exec_number(1);
    return e;
  };
  add(file());
  add(start());
  add(file());
  add(start());
  add(file());
  std::vector<uint64_t> numbers;
  for (const auto& item : folded().items) {
    if (const auto* other = std::get_if<OtherEvent>(&item)) numbers.push_back(other->command);
  }
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2));
}

TEST_F(FoldTest, FoldingAgainGivesTheSame) {
  add(make_.started(1, 10));
  add(make_.started(1, 10, 2, 10));
  add(make_.ended(1, 10, 7, 2));
  const std::vector<std::string> once = lines();
  EXPECT_EQ(lines(), once);
}

}  // namespace
}  // namespace spoor::collector
