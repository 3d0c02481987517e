#include "agent/correlate/session_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr ProcessKey kSelf{50, 1000, false}, kOther{77, 2000, false}, kSamePid{50, 3000, false};

TEST(SessionTable, ItsOwnStartAndEndCloseIt) {
  SessionTable t;
  t.opened(3, 1000, kSelf);
  EXPECT_TRUE(t.user_started(3, kSelf));
  EXPECT_FALSE(t.user_started(3, kOther));  // sudo inside
  EXPECT_FALSE(t.user_ended(3, kOther, 1));
  EXPECT_FALSE(t.user_ended(3, kSamePid, 1));
  EXPECT_TRUE(t.user_ended(3, kSelf, 0));
  EXPECT_FALSE(t.user_ended(3, kSelf, 0));  // sshd and PAM both say it
  EXPECT_EQ(t.find(3)->state, Session::State::closed);
}

// A session that did not come from PAM: the only pair in it is sudo's.
TEST(SessionTable, TheFirstPairInsideIsNotItsOwn) {
  SessionTable t;
  t.opened(3, 1000, kSelf);
  t.user_started(3, kOther);
  EXPECT_FALSE(t.user_ended(3, kOther, 0));
  EXPECT_FALSE(t.user_ended(3, kSelf, 0));
}

TEST(SessionTable, WithoutALoginNobodyClosesIt) {
  SessionTable t;
  EXPECT_TRUE(t.meet(3, 1000));
  EXPECT_FALSE(t.meet(3, 1000));
  t.user_started(3, kSelf);
  EXPECT_FALSE(t.user_ended(3, kSelf, 0));
  EXPECT_FALSE(t.user_ended(4, kSelf, 0));
  EXPECT_FALSE(t.last_process_ended(3));
  EXPECT_FALSE(t.last_process_ended(4));
}

TEST(SessionTable, LoggedOutThenItsLastProcess) {
  SessionTable t;
  t.opened(3, 1000, kSelf).counted = true;
  t.user_started(3, kSelf);
  EXPECT_TRUE(t.user_ended(3, kSelf, 2));
  EXPECT_EQ(t.find(3)->state, Session::State::logged_out);
  EXPECT_FALSE(t.find(3)->is_open());
  EXPECT_TRUE(t.last_process_ended(3));
  EXPECT_FALSE(t.last_process_ended(3));
  // Of whose processes not all are known the last is not, either.
  t.opened(4, 1000, kSelf);
  EXPECT_FALSE(t.last_process_ended(4));
}

TEST(SessionTable, AStartBeforeTheLoginIsItsOwnIfItsProcessLogsIn) {
  SessionTable t;
  EXPECT_FALSE(t.user_started(3, kSelf));
  t.opened(3, 1000, kSelf);
  EXPECT_TRUE(t.user_ended(3, kSelf, 0));
  EXPECT_FALSE(t.user_started(4, kOther));
  t.opened(4, 1000, kSelf);
  EXPECT_FALSE(t.user_ended(4, kOther, 0));
}

TEST(SessionTable, WhichAreOpenOfAnAccount) {
  SessionTable t;
  t.opened(5, 1000, kSelf).type = SessionType::ssh;
  t.opened(4, 1000, kSelf).type = SessionType::console;
  t.opened(6, 1000, kSelf).type = SessionType::cron;
  t.opened(7, 1000, kSelf).type = SessionType::user_manager;
  t.opened(8, 1001, kSelf).type = SessionType::ssh;
  EXPECT_EQ(t.open_of(1000, false), (std::vector<uint32_t>{4, 5}));
  EXPECT_EQ(t.open_of(1000, true), (std::vector<uint32_t>{7}));
  t.user_started(5, kSelf);
  EXPECT_TRUE(t.user_ended(5, kSelf, 1));
  EXPECT_EQ(t.open_of(1000, false), (std::vector<uint32_t>{4}));
}

TEST(SessionTable, TheSilentAreForgottenFirst) {
  SessionTable t;
  t.opened(1, 1000, kSelf);
  t.user_started(1, kSelf);
  for (uint32_t ses = 2; ses < 3 * kSessionsMax; ++ses) {
    EXPECT_TRUE(t.meet(ses, 0));
    EXPECT_FALSE(t.meet(1, 1000));
    EXPECT_LE(t.size(), kSessionsMax);
  }
  EXPECT_TRUE(t.meet(2, 0));
  EXPECT_TRUE(t.user_ended(1, kSelf, 0));
}

// Cron jobs of some days are not worth one terminal that is left open.
TEST(SessionTable, WhatIsOverIsForgottenBeforeWhatIsIdle) {
  SessionTable t;
  t.opened(1, 1000, kSelf).counted = true;
  for (uint32_t ses = 2; ses <= 2 * kSessionsMax; ++ses) {
    t.opened(ses, 0, kOther).counted = true;
    EXPECT_TRUE(t.last_process_ended(ses));
  }
  ASSERT_NE(t.find(1), nullptr);
  EXPECT_EQ(t.find(1)->state, Session::State::opened);
  EXPECT_LE(t.size(), kSessionsMax);
}

TEST(SessionTable, WhoIsLeftIsNotKnownOnceBirthsWereMissed) {
  SessionTable t;
  t.opened(3, 1000, kSelf).counted = true;
  t.user_started(3, kSelf);
  t.births_missed();
  EXPECT_FALSE(t.last_process_ended(3));
  EXPECT_TRUE(t.user_ended(3, kSelf, std::nullopt));
  EXPECT_EQ(t.find(3)->state, Session::State::logged_out);
  EXPECT_EQ(t.count_all(), std::vector<uint32_t>{3});
  EXPECT_TRUE(t.count_all().empty());
  EXPECT_TRUE(t.last_process_ended(3));
}

TEST(SessionTable, SavesAndRestores) {
  SessionTable t;
  t.opened(3, 1000, kSelf).counted = true;
  t.user_started(3, kSelf);
  t.opened(4, 0, kOther).type = SessionType::cron;
  t.user_started(4, kOther);
  EXPECT_TRUE(t.user_ended(4, kOther, 3));
  t.user_started(5, kSelf);
  const std::string saved = t.save();
  SessionTable back;
  ASSERT_TRUE(back.restore(saved).is_ok());
  EXPECT_EQ(back.save(), saved);
  EXPECT_FALSE(back.meet(3, 1000));
  EXPECT_TRUE(back.user_ended(3, kSelf, 1));
  EXPECT_TRUE(back.last_process_ended(3));
  EXPECT_FALSE(back.user_ended(4, kOther, 0));
  EXPECT_EQ(back.find(4)->type, SessionType::cron);
  for (size_t i = 0; i < saved.size(); ++i) {
    SessionTable torn;
    EXPECT_EQ(torn.restore(saved.substr(0, i)).code(), Code::corrupt);
    EXPECT_EQ(torn.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
