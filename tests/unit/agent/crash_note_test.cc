// Deaths are children that abort in the pipeline's midst; what they leave is in shared memory.
#include "agent/crash_note.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <map>

#include "tests/support/agent_run.h"

namespace spoor::agent {
namespace {

using Kind = CrashNote::Kind;

class CrashNoteTest : public testing::Test {
 protected:
  // A run that dies of `name`, if that is not to be skipped.
  CrashNote::Answer run(uint64_t name) {
    CrashNote note(bytes());
    const CrashNote::Answer answer = note.ask(name);
    if (answer == CrashNote::Answer::go_on) die_of(name);
    return answer;
  }
  void die_of(uint64_t name) {
    reinterpret_cast<CrashNote::Memory*>(memory_.data())->at_work = name;
  }
  std::span<uint8_t> bytes() { return memory_; }

  alignas(64) std::array<uint8_t, sizeof(CrashNote::Memory)> memory_{};
  const uint64_t event_ = CrashNote::name(Kind::event, 12);
};

TEST_F(CrashNoteTest, ThreeDeathsInARowConvict) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run(event_), CrashNote::Answer::go_on);
  CrashNote note(bytes());
  EXPECT_NE(note.verdict().find("serial 12"), std::string::npos) << note.verdict();
  EXPECT_EQ(note.ask(event_), CrashNote::Answer::skip);
  EXPECT_EQ(note.ask(event_), CrashNote::Answer::skip_again);
  EXPECT_EQ(note.ask(event_ + 1), CrashNote::Answer::go_on);
  EXPECT_FALSE(note.gives_up());
}

TEST_F(CrashNoteTest, WhatIsSkippedStaysSoUntilAStateIsSaved) {
  for (int i = 0; i < 3; ++i) run(event_);
  EXPECT_EQ(run(event_), CrashNote::Answer::skip);
  EXPECT_EQ(run(event_), CrashNote::Answer::skip) << "another run";
  CrashNote(bytes()).survived();
  EXPECT_EQ(CrashNote(bytes()).ask(event_), CrashNote::Answer::go_on);
}

TEST_F(CrashNoteTest, DeathsOfOtherThingsAreNoRow) {
  for (uint64_t i = 0; i < 20; ++i) EXPECT_EQ(run(event_ + i % 2), CrashNote::Answer::go_on);
}

TEST_F(CrashNoteTest, WorkIsOverWhenItIsOver) {
  for (int i = 0; i < 10; ++i) {
    CrashNote note(bytes());
    EXPECT_EQ(note.ask(event_), CrashNote::Answer::go_on);
    const CrashNote::Work outer(&note, CrashNote::name(Kind::timers, 0));
    { const CrashNote::Work work(&note, event_); }
  }
  const CrashNote note(bytes());
  EXPECT_TRUE(note.verdict().empty());
}

TEST_F(CrashNoteTest, WhereNothingCanBeSkippedAllIsGivenUp) {
  for (int i = 0; i < 6; ++i) {
    const CrashNote note(bytes());
    EXPECT_FALSE(note.gives_up()) << i;
    die_of(CrashNote::name(Kind::timers, 0));
  }
  EXPECT_TRUE(CrashNote(bytes()).gives_up());
  EXPECT_FALSE(CrashNote(bytes()).gives_up()) << "once";
}

TEST_F(CrashNoteTest, WhereSkippingDoesNotHelpAllIsGivenUp) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(CrashNote(bytes()).gives_up()) << i;
    die_of(event_);
  }
  EXPECT_TRUE(CrashNote(bytes()).gives_up());
}

TEST_F(CrashNoteTest, RecoveriesThatNeverEndAreGivenUp) {
  for (int i = 0; i < 6; ++i) {
    CrashNote note(bytes());
    EXPECT_FALSE(note.gives_up()) << i;
    note.recovering();
  }
  EXPECT_TRUE(CrashNote(bytes()).gives_up());
}

// ------------------------------------------------------------------ a record that kills

// A run in a child, which dies as soon as the event comes to its end.
void die_of(Remains& remains, uint32_t serial) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_DUMPABLE, 0);  // no core
    AgentRun run(
        remains, true, [] {},
        [serial](const AuditEvent& event) {
          if (event.key.serial == serial) std::abort();
        });
    for (int i = 0; i < 10; ++i) {
      remains.clock.advance_ns(25 * kNsPerMs);
      run.capture().tick();
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it lived";
  ASSERT_EQ(WTERMSIG(status), SIGABRT);
}

TEST(PoisonTest, EventThatKillsIsSkippedAtTheThirdStartAndTold) {
  for (const bool was_read : {false, true}) {  // dies as it reads it, or only as it plays it
    Remains remains;
    ToyKernel& kernel = remains.kernel;
    {
      AgentRun run(remains, true);
      run.let_time_pass();
      for (int i = 0; i < 4; ++i) kernel.change_config(remains.clock.now());  // serials 10 to 13
      if (was_read) {
        kernel.send(8);
        run.capture().read();
      }
    }
    kernel.send(8);
    for (int i = 0; i < 3; ++i) ASSERT_NO_FATAL_FAILURE(die_of(remains, 12)) << i;
    std::map<uint32_t, int> seen;
    AgentRun run(
        remains, true, [] {}, [&](const AuditEvent& event) { ++seen[event.key.serial]; });
    EXPECT_FALSE(run.note().verdict().empty());
    run.let_time_pass();
    run.stop();
    EXPECT_EQ(seen, (std::map<uint32_t, int>{{10, 1}, {11, 1}, {13, 1}})) << was_read;
    std::vector<v1::Loss> losses;
    for_each_told(remains, [&](const v1::Event& event) {
      if (event.has_loss()) losses.push_back(event.loss());
    });
    ASSERT_EQ(losses.size(), 1u);
    EXPECT_EQ(losses[0].cause(), v1::Loss::CAUSE_CRASH);
    EXPECT_EQ(losses[0].scope(), v1::Loss::SCOPE_AGENT);
    EXPECT_EQ(losses[0].unit(), "serials");
    EXPECT_EQ(losses[0].count(), 1u);
    EXPECT_EQ(losses[0].first(), 12u);
    EXPECT_TRUE(AgentRun(remains, true).note().verdict().empty()) << "it is behind us";
  }
}

}  // namespace
}  // namespace spoor::agent
