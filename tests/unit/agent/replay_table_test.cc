#include "agent/replay_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

class ReplayTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  std::string text_of(const std::vector<Fact>& facts) {
    std::string text;
    ReplayTable table([&](std::string_view part) {
      text += part;
      return ok();
    });
    for (const Fact& fact : facts) EXPECT_TRUE(table.add(fact, host_).is_ok());
    EXPECT_TRUE(table.finish().is_ok());
    return text;
  }
  static Fact command(uint32_t ses, int64_t at_s, bool success) {
    Fact fact;
    fact.time_ns = (1'700'000'000 + at_s) * kNsPerSecond;
    fact.ses = ses;
    fact.auid = 1000;
    fact.success = success;
    fact.kind = CommandStarted{};
    return fact;
  }

  static Fact ended(uint32_t ses, uint32_t wait_status) {
    Fact fact = command(ses, 9, true);
    fact.success.reset();
    ProcessEnded end;
    end.wait_status = wait_status;
    fact.kind = end;
    return fact;
  }

  Host host_{.name = "web1", .machine_id = {}, .boot_id = {}, .kernel = {}};
};

TEST_F(ReplayTableTest, CountsKindsAndSessions) {
  Fact incomplete = command(9, 5, true);
  incomplete.incomplete = 1u << static_cast<uint32_t>(Incomplete::args_missing) |
                          1u << static_cast<uint32_t>(Incomplete::unparsed);
  Fact opened = command(6, 0, true);
  opened.source_address = "10.0.3.17";
  opened.kind = SessionFact{.account = "al\x1b", .terminal = {}, .service = "sshd", .step = {}};
  Fact lost;
  lost.kind = Loss{.count = 1200};
  EXPECT_EQ(text_of({opened, command(6, 1, true), command(6, 60, false), incomplete, lost}),
            "KIND             EVENTS\n"
            "command_started       3\n"
            "loss                  1\n"
            "session_fact          1\n"
            "\n"
            "INCOMPLETE       EVENTS\n"
            "args_missing          1\n"
            "undecoded             1\n"
            "\n"
            "1,200 event numbers of the kernel are not there, in 1 gap: lost, or kept out of this "
            "log\n"
            "\n"
            "HOST  SESSION  LOGIN              FROM       FIRST EVENT                 "
            "LAST EVENT                  COMMANDS  FAILED\n"
            "web1  6        uid 1000 (al\\x1b)  10.0.3.17  2023-11-14 22:13:20 +00:00  "
            "2023-11-14 22:14:20 +00:00         2       1\n"
            "web1  9        uid 1000           -          2023-11-14 22:13:25 +00:00  "
            "2023-11-14 22:13:25 +00:00         1       0\n");
}

TEST_F(ReplayTableTest, WhatCommandsDidIsCountedByItsKind) {
  Fact file = command(6, 1, true), connection = file, typed = file, decision = file;
  file.kind = FileAccess{};
  connection.kind = Network{};
  typed.kind = TypedInput{};
  decision.kind = SecurityDecision{};
  const std::string text = text_of({file, file, connection, typed, decision});
  EXPECT_TRUE(text.starts_with("KIND               EVENTS\n"
                               "file_access             2\n"
                               "network                 1\n"
                               "security_decision       1\n"
                               "typed_input             1\n")) << text;
}

// As a trail counts them: refused, ended with another code than 0, or by a signal.
TEST_F(ReplayTableTest, FailedCommands) {
  const std::string text = text_of({command(6, 1, true), ended(6, 0), command(6, 2, false),
                                    command(6, 3, true), ended(6, 7 << 8), command(6, 4, true),
                                    ended(6, 9), command(6, 5, true)});
  EXPECT_NE(text.find("        5       3\n"), std::string::npos) << text;
}

TEST_F(ReplayTableTest, BootsAndUnnamedHostsAreToldApart) {
  std::string text;
  ReplayTable table([&](std::string_view part) {
    text += part;
    return ok();
  });
  Host host;
  for (const uint32_t boot : {1u, 2u}) {
    host.boot_in_log = boot;
    host.boot_id = Id{static_cast<uint8_t>(boot)};
    EXPECT_TRUE(table.add(command(6, boot, true), host).is_ok());
  }
  EXPECT_TRUE(table.finish().is_ok());
  EXPECT_NE(text.find("\n-     6 of boot 1  uid 1000"), std::string::npos) << text;
  EXPECT_NE(text.find("\n-     6 of boot 2  uid 1000"), std::string::npos) << text;
}

TEST_F(ReplayTableTest, NothingPlayedIsNothingSaid) { EXPECT_EQ(text_of({}), ""); }

TEST_F(ReplayTableTest, AccountOfSudoIsNotTheSessions) {
  Fact sudo = command(6, 0, true);
  sudo.kind = SessionFact{.account = "root", .terminal = {}, .service = "sudo", .step = {}};
  EXPECT_EQ(text_of({sudo}).find("root"), std::string::npos);
}

TEST_F(ReplayTableTest, SessionsBeyondTheLimitAreCounted) {
  std::vector<Fact> facts;
  for (uint32_t ses = 1; ses <= kReplaySessionsMax + 3; ++ses) {
    facts.push_back(command(ses, 0, true));
  }
  EXPECT_NE(text_of(facts).find("\nand 3 events of further sessions\n"), std::string::npos);
}

}  // namespace
}  // namespace spoor::agent
