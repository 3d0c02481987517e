#include "agent/correlate/failure_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Teller = FailureTable::Teller;
constexpr FailedAs kAttempt = FailedAs::attempt, kKey = FailedAs::key;

Failures attempts(uint32_t n) { return {n, 0}; }

TEST(FailureTable, RecordsAndLinesTellOfTheSame) {
  FailureTable t;
  for (int i = 0; i < 3; ++i) t.count("192.0.2.7", "alice", Teller::pam, kAttempt, i);
  for (int i = 0; i < 3; ++i) t.count("192.0.2.7", "alice", Teller::program, kAttempt, i);
  for (int i = 0; i < 2; ++i) t.count("192.0.2.7", "alice", Teller::log, kAttempt, i);
  for (int i = 0; i < 5; ++i) t.count("192.0.2.7", "alice", Teller::log, kKey, i);
  t.count("192.0.2.7", "alice", Teller::program, kKey, 1);
  t.count("192.0.2.7", "alice", Teller::log, FailedAs::nothing, 1);
  t.count("192.0.2.8", "alice", Teller::excess, kAttempt, 1);
  t.count("192.0.2.9", "alice", Teller::log, FailedAs::nothing, 1);
  EXPECT_EQ(t.take("192.0.2.7", "alice", 5), (Failures{3, 5}));
  EXPECT_EQ(t.take("192.0.2.7", "alice", 5), Failures());
  EXPECT_EQ(t.take("192.0.2.8", "alice", 5), attempts(1));
  EXPECT_EQ(t.size(), 0u);
}

TEST(FailureTable, ALogsWordOfPamsIsNoAttemptMore) {
  FailureTable t;
  t.count("a", "x", Teller::log_of_pam, kAttempt, 0, 4);
  t.count("a", "x", Teller::log, kAttempt, 0, 3);
  EXPECT_EQ(t.take("a", "x", 1), attempts(4));
}

TEST(FailureTable, AKeyOfferIsNoAttempt) {
  for (const char* method : {"password", "keyboard-interactive/pam", "keyboard-interactive",
                             "challenge-response"}) {
    EXPECT_EQ(failed_as(method, false), kAttempt) << method;
  }
  for (const char* method : {"publickey", "pubkey", "pubkey_auth", "key", "hostbased"}) {
    EXPECT_EQ(failed_as(method, false), kKey) << method;
    EXPECT_EQ(failed_as(method, true), kAttempt) << "a certificate, by " << method;
  }
  for (const char* method : {"", "none", "gssapi-with-mic", "gssapi-keyex"}) {
    EXPECT_EQ(failed_as(method, false), FailedAs::nothing) << method;
  }
}

TEST(FailureTable, LongAgoIsOfNoLogin) {
  FailureTable t;
  t.count("a", "x", Teller::log, kAttempt, 0);
  EXPECT_EQ(t.take("a", "x", kFailuresKeptNs + 1), attempts(0));
  t.count("a", "x", Teller::log, kAttempt, 0);
  t.count("a", "x", Teller::log, kAttempt, kFailuresKeptNs + 1);
  EXPECT_EQ(t.take("a", "x", kFailuresKeptNs + 2), attempts(1));
}

TEST(FailureTable, GuessingIsBounded) {
  FailureTable t;
  for (size_t i = 0; i < kFailurePairsMax + 10; ++i) {
    t.count("a", std::to_string(i), Teller::log, kAttempt, static_cast<int64_t>(i));
  }
  EXPECT_EQ(t.size(), kFailurePairsMax);
  EXPECT_EQ(t.take("a", "0", 20'000), attempts(0));
  EXPECT_EQ(t.take("a", "10", 20'000), attempts(1));
  t.count(std::string(100'000, 'a'), std::string(100'000, 'b'), Teller::log, kAttempt, 0);
  std::string saved;
  t.save(saved);
  EXPECT_LT(saved.size(), 250'000u);
}

TEST(FailureTable, SavesAndRestores) {
  FailureTable t, back;
  t.count("a", "x", Teller::log, kAttempt, 7);
  std::string saved;
  t.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  EXPECT_EQ(back.take("a", "x", 8), attempts(1));
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
