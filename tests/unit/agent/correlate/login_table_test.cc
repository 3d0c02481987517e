#include "agent/correlate/login_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

TEST(LoginTable, LearnsEachThingOnce) {
  Login login;
  EXPECT_TRUE(learn(login.account, "alice"));
  EXPECT_FALSE(learn(login.account, "bob"));
  EXPECT_FALSE(learn(login.address, ""));
  EXPECT_EQ(login.account, "alice");
  EXPECT_TRUE(learn(login.address, std::string(10'000, 'x')));
  EXPECT_EQ(login.address.size(), kLoginTextBytesMax);
  Credential key;
  key.method = "publickey";
  key.certificate_id = "alice@corp";
  key.certificate_serial = 7;
  EXPECT_TRUE(learn(login, key));
  key.certificate_serial = 8;
  EXPECT_FALSE(learn(login, key));
  EXPECT_EQ(login.credential().certificate_serial, 7u);
}

TEST(LoginTable, FoundByProcessPidAndPort) {
  LoginTable t;
  t.take({50, 1000, false}).address = "old";
  Login& login = t.take({50, 2000, false});
  login.address = "192.0.2.7";
  login.account = "alice";
  login.port = 4711;
  EXPECT_EQ(t.find({50, 1000, false})->address, "old");
  EXPECT_EQ(t.find({51, 1000, false}), nullptr);
  (void)t.find({50, 2000, false});
  EXPECT_EQ(t.of_pid(50)->address, "192.0.2.7") << "the last one that was spoken of";
  EXPECT_EQ(t.of_pid(51), nullptr);
  EXPECT_EQ(t.of_part(52), nullptr);
  login.part_pid = 52;
  EXPECT_EQ(t.of_part(52), &login);
  EXPECT_EQ(t.of_pid(52), nullptr);
  EXPECT_EQ(t.of_port("192.0.2.7", 4711)->process.birth_ns, 2000);
  EXPECT_EQ(t.of_port("192.0.2.7", 4712), nullptr);
  EXPECT_EQ(t.opened_after("192.0.2.7", "alice", 5), nullptr) << "it opened none";
  t.of_pid(50)->ses = 3;
  t.of_pid(50)->opened_ns = 3000;
  EXPECT_NE(t.opened_after("192.0.2.7", "alice", 3000), nullptr);
  EXPECT_EQ(t.opened_after("192.0.2.7", "alice", 3001), nullptr);
}

TEST(LoginTable, GuessingDoesNotPushOutWhoLoggedIn) {
  LoginTable t;
  t.take({1, 1, false}).ses = 3;
  for (uint32_t pid = 2; pid < 5 * kLoginsMax; ++pid) {
    t.take({pid, 1, false});
    ASSERT_LE(t.size(), kLoginsMax);
  }
  EXPECT_NE(t.find({1, 1, false}), nullptr);
  EXPECT_EQ(t.find({2, 1, false}), nullptr);
}

TEST(LoginTable, SavesAndRestores) {
  LoginTable t, back;
  Login& login = t.take({50, 1000, true});
  login.ses = 3;
  login.type = SessionType::ssh;
  login.account = "alice";
  login.certificate_authority = "SHA256:ca";
  login.accepted = login.contradicted = login.pam_proved = true;
  login.part_pid = 51;
  t.take({60, 5, false});
  std::string saved, again;
  t.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  back.save(again);
  EXPECT_EQ(again, saved);
  EXPECT_TRUE(back.find({50, 1000, true})->contradicted);
  EXPECT_TRUE(back.find({50, 1000, true})->pam_proved);
  EXPECT_EQ(back.of_part(51), back.find({50, 1000, true}));
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
