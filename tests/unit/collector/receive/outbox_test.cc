#include "collector/receive/outbox.h"

namespace spoor::collector {
namespace {

v1::ShipResponse commit(const std::string& stream, uint64_t sequence) {
  v1::ShipResponse out;
  out.mutable_commit()->set_stream(stream);
  out.mutable_commit()->set_sequence(sequence);
  return out;
}

TEST(Outbox, ANewerCommitReplacesTheOneThatWaits) {
  Outbox box;
  v1::ShipResponse resume;
  resume.mutable_resume();
  box.add(resume);
  for (uint64_t i = 1; i <= 1000; ++i) {
    box.add(commit("a", i));
    box.add(commit("b", 2 * i));
  }
  EXPECT_TRUE(box.take()->has_resume());
  EXPECT_EQ(box.take()->commit().sequence(), 1000u);
  box.add(commit("a", 1001));
  EXPECT_EQ(box.take()->commit().sequence(), 2000u);
  EXPECT_EQ(box.take()->commit().sequence(), 1001u);
  EXPECT_FALSE(box.take());
}

TEST(Outbox, AWishIsNotLostBehindANewerCommit) {
  Outbox box;
  v1::ShipResponse wish = commit("a", 1);
  wish.mutable_commit()->set_wish(v1::CommitPoint::WISH_NEW_EPOCH);
  for (int i = 0; i < 3; ++i) box.add(wish);
  for (uint64_t i = 2; i <= 5; ++i) box.add(commit("a", i));
  EXPECT_EQ(box.take()->commit().wish(), v1::CommitPoint::WISH_NEW_EPOCH);
  EXPECT_EQ(box.take()->commit().sequence(), 5u);
  EXPECT_FALSE(box.take());
}

}  // namespace
}  // namespace spoor::collector
