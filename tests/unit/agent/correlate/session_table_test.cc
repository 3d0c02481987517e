#include "agent/correlate/session_table.h"

#include "agent/limits.h"

namespace spoor::agent {
namespace {

TEST(SessionTable, ItsOwnStartAndEndCloseIt) {
  SessionTable t;
  t.opened(3, 1000, 50);
  t.user_started(3, 50);
  t.user_started(3, 77);  // sudo inside
  EXPECT_FALSE(t.user_ended(3, 77));
  EXPECT_TRUE(t.user_ended(3, 50));
  EXPECT_FALSE(t.user_ended(3, 50));  // sshd and PAM both say it
}

// A session that did not come from PAM: the only pair in it is sudo's.
TEST(SessionTable, TheFirstPairInsideIsNotItsOwn) {
  SessionTable t;
  t.opened(3, 1000, 50);
  t.user_started(3, 77);
  EXPECT_FALSE(t.user_ended(3, 77));
}

TEST(SessionTable, WithoutALoginNobodyClosesIt) {
  SessionTable t;
  EXPECT_TRUE(t.meet(3, 1000));
  EXPECT_FALSE(t.meet(3, 1000));
  t.user_started(3, 50);
  EXPECT_FALSE(t.user_ended(3, 50));
  EXPECT_FALSE(t.user_ended(4, 50));
}

TEST(SessionTable, TheSilentAreForgottenFirst) {
  SessionTable t;
  t.opened(1, 1000, 50);
  t.user_started(1, 50);
  for (uint32_t ses = 2; ses < 3 * kSessionsMax; ++ses) {
    EXPECT_TRUE(t.meet(ses, 0));
    EXPECT_FALSE(t.meet(1, 1000));
    EXPECT_LE(t.size(), kSessionsMax);
  }
  EXPECT_TRUE(t.meet(2, 0));
  EXPECT_TRUE(t.user_ended(1, 50));
}

TEST(SessionTable, SavesAndRestores) {
  SessionTable t;
  t.opened(3, 1000, 50);
  t.user_started(3, 50);
  t.opened(4, 0, 60);
  t.user_started(4, 60);
  EXPECT_TRUE(t.user_ended(4, 60));
  const std::string saved = t.save();
  SessionTable back;
  ASSERT_TRUE(back.restore(saved).is_ok());
  EXPECT_EQ(back.save(), saved);
  EXPECT_FALSE(back.meet(3, 1000));
  EXPECT_TRUE(back.user_ended(3, 50));
  EXPECT_FALSE(back.user_ended(4, 60));
  for (size_t i = 0; i < saved.size(); ++i) {
    SessionTable torn;
    EXPECT_EQ(torn.restore(saved.substr(0, i)).code(), Code::corrupt);
    EXPECT_EQ(torn.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
