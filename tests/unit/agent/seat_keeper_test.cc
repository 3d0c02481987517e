#include "agent/seat_keeper.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "agent/source/read_ring.h"

namespace spoor::agent {
namespace {

const SeatHolder kUs{.pid = 10, .is_us = true, .lives = true, .name = "spoor-agent"};
const SeatHolder kNobody{};
const SeatHolder kDead{.pid = 11, .lives = false};
const SeatHolder kAuditd{.pid = 12, .lives = true, .name = "auditd", .exe = "/usr/sbin/auditd"};
const SeatHolder kAgent{.pid = 13, .lives = true, .name = "spoor-agent"};

TEST(SeatStepTest, EveryStateAndHolder) {
  struct Case {
    SeatState state;
    const SeatHolder& holder;
    SeatPolicy policy;
    SeatStep step;
  };
  const SeatPolicy both{}, refuse{.listen_beside = false}, leave{.take_freed = false};
  const Case cases[] = {
      {SeatState::holding, kUs, both, SeatStep::stay},
      {SeatState::holding, kNobody, both, SeatStep::ask},
      {SeatState::holding, kNobody, leave, SeatStep::ask},
      {SeatState::holding, kDead, both, SeatStep::ask},
      {SeatState::holding, kAuditd, both, SeatStep::listen},
      {SeatState::holding, kAuditd, refuse, SeatStep::end},
      {SeatState::holding, kAgent, both, SeatStep::end},
      {SeatState::listening, kAuditd, both, SeatStep::stay},
      {SeatState::listening, kAgent, both, SeatStep::end},
      {SeatState::listening, kNobody, both, SeatStep::ask},
      {SeatState::listening, kDead, both, SeatStep::ask},
      {SeatState::listening, kNobody, leave, SeatStep::stay},
      {SeatState::listening, kUs, both, SeatStep::stay},
      {SeatState::asking, kNobody, both, SeatStep::stay},
      {SeatState::asking, kAuditd, both, SeatStep::stay},
      {SeatState::asking, kUs, both, SeatStep::stay},
  };
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(next_step(cases[i].state, cases[i].holder, cases[i].policy), cases[i].step) << i;
  }
}

// A pair of Unix sockets stands for the kernel's: it cannot be joined, but it answers.
class SeatKeeperTest : public ::testing::Test {
 protected:
  SeatKeeperTest() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    kernel_.reset(pair[0]);
    socket_.emplace(AuditSocket::adopt(UniqueFd(pair[1]), ring_.audit()));
  }
  SeatKeeper keeper(SeatState state, SeatPolicy policy = {}) {
    return SeatKeeper(state, policy, [this](const AgentState& state_told, Instant) {
      told_.push_back(state_told.change);
      exes_.emplace_back(state_told.other_exe);
    });
  }
  void answer(int error) {
    nlmsghdr header{};
    header.nlmsg_type = NLMSG_ERROR;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    const int negative = -error;
    bytes.append(reinterpret_cast<const char*>(&negative), sizeof negative);
    ASSERT_GT(send(kernel_.get(), bytes.data(), bytes.size(), 0), 0);
    ASSERT_TRUE(socket_->receive({[] {}, [](const Datagram&) {}, [] {}}).is_ok());
  }
  static Instant at_s(int64_t s) { return {s * kNsPerSecond, s * kNsPerSecond}; }

  ReadRing ring_ = ReadRing::in_memory();
  UniqueFd kernel_;
  std::optional<AuditSocket> socket_;
  std::vector<AgentState::Change> told_;
  std::vector<std::string> exes_;
};

TEST_F(SeatKeeperTest, SeatTakenByAnotherAgentEndsUsAndSaysWho) {
  SeatKeeper seat = keeper(SeatState::holding);
  const Status status = seat.seen(*socket_, kAgent, at_s(1), at_s(1));
  EXPECT_EQ(status.code(), Code::denied);
  EXPECT_NE(status.message().find("pid 13"), std::string::npos);
  EXPECT_EQ(told_, std::vector{AgentState::Change::seat_lost});
}

TEST_F(SeatKeeperTest, RefusingEndsUsWithTheTakersProgram) {
  SeatKeeper seat = keeper(SeatState::holding, {.listen_beside = false});
  EXPECT_EQ(seat.seen(*socket_, kAuditd, at_s(1), at_s(1)).code(), Code::denied);
  EXPECT_EQ(exes_, std::vector<std::string>{"/usr/sbin/auditd"});
}

TEST_F(SeatKeeperTest, ListeningIsToldOnceWithWho) {
  SeatKeeper seat = keeper(SeatState::listening);
  for (int s = 1; s < 4; ++s) EXPECT_TRUE(seat.seen(*socket_, kAuditd, at_s(s), at_s(s)).is_ok());
  EXPECT_EQ(told_, std::vector{AgentState::Change::listening});
  EXPECT_EQ(exes_, std::vector<std::string>{"/usr/sbin/auditd"});
}

TEST_F(SeatKeeperTest, WhatWasSeenBeforeTheLastChangeIsOfNoUse) {
  SeatKeeper seat = keeper(SeatState::listening);
  ASSERT_TRUE(seat.seen(*socket_, kAuditd, at_s(5), at_s(6)).is_ok());
  ASSERT_TRUE(seat.seen(*socket_, kAgent, at_s(4), at_s(7)).is_ok());
  EXPECT_EQ(seat.state(), SeatState::listening);
}

TEST_F(SeatKeeperTest, AnswerDecidesWhoAsked) {
  // The request itself goes nowhere here: a Unix socket knows no netlink address.
  SeatKeeper seat = keeper(SeatState::listening);
  ASSERT_TRUE(seat.seen(*socket_, kNobody, at_s(1), at_s(1)).is_ok());
  answer(0);
  seat.tick(*socket_, at_s(2));
  EXPECT_NE(seat.state(), SeatState::asking);
}

TEST_F(SeatKeeperTest, SeatTakenAnewMakesWhatWasSeenBeforeOfNoUse) {
  SeatKeeper seat = keeper(SeatState::holding);
  seat.took(at_s(5));
  EXPECT_TRUE(seat.seen(*socket_, kNobody, at_s(4), at_s(6)).is_ok());
  EXPECT_EQ(seat.state(), SeatState::holding);
  EXPECT_TRUE(told_.empty());
}

TEST_F(SeatKeeperTest, WhileOursNothingIsTold) {
  SeatKeeper seat = keeper(SeatState::holding);
  for (int s = 1; s < 5; ++s) EXPECT_TRUE(seat.seen(*socket_, kUs, at_s(s), at_s(s)).is_ok());
  EXPECT_TRUE(told_.empty());
}

}  // namespace
}  // namespace spoor::agent
