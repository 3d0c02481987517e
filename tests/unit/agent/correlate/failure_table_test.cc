#include "agent/correlate/failure_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Teller = FailureTable::Teller;

TEST(FailureTable, RecordsAndLinesTellOfTheSame) {
  FailureTable t;
  for (int i = 0; i < 3; ++i) t.count("192.0.2.7", "alice", Teller::audit, i);
  for (int i = 0; i < 2; ++i) t.count("192.0.2.7", "alice", Teller::log, i);
  t.count("192.0.2.8", "alice", Teller::log, 1);
  EXPECT_EQ(t.take("192.0.2.7", "alice", 5), 3u);
  EXPECT_EQ(t.take("192.0.2.7", "alice", 5), 0u);
  EXPECT_EQ(t.take("192.0.2.8", "alice", 5), 1u);
  EXPECT_EQ(t.size(), 0u);
}

TEST(FailureTable, LongAgoIsOfNoLogin) {
  FailureTable t;
  t.count("a", "x", Teller::log, 0);
  EXPECT_EQ(t.take("a", "x", kFailuresKeptNs + 1), 0u);
  t.count("a", "x", Teller::log, 0);
  t.count("a", "x", Teller::log, kFailuresKeptNs + 1);
  EXPECT_EQ(t.take("a", "x", kFailuresKeptNs + 2), 1u);
}

TEST(FailureTable, GuessingIsBounded) {
  FailureTable t;
  for (size_t i = 0; i < kFailurePairsMax + 10; ++i) {
    t.count("a", std::to_string(i), Teller::log, static_cast<int64_t>(i));
  }
  EXPECT_EQ(t.size(), kFailurePairsMax);
  EXPECT_EQ(t.take("a", "0", 20'000), 0u);
  EXPECT_EQ(t.take("a", "10", 20'000), 1u);
  t.count(std::string(100'000, 'a'), std::string(100'000, 'b'), Teller::log, 0);
  std::string saved;
  t.save(saved);
  EXPECT_LT(saved.size(), 200'000u);
}

TEST(FailureTable, SavesAndRestores) {
  FailureTable t, back;
  t.count("a", "x", Teller::log, 7);
  std::string saved;
  t.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  EXPECT_EQ(back.take("a", "x", 8), 1u);
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
