#include "agent/spool/login_room.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class LoginRoomTest : public ::testing::Test {
 protected:
  LoginRoomTest() { (void)files.make_folder("/spool"); }
  uint64_t held() const { return files.content("/spool/room").size(); }

  FakeFiles files;
  LoginRoom room{files, "/spool/room"};
};

TEST_F(LoginRoomTest, GivesWholeBlocksAndKeepsATombstones) {
  files.set_free_bytes(1u << 20);
  room.fill();
  const uint64_t all = held();
  ASSERT_TRUE(room.give(1));
  EXPECT_EQ(held(), all - 4096);
  ASSERT_TRUE(room.give(4096));
  EXPECT_EQ(held(), all - 3 * 4096);
  while (room.give(4095)) continue;
  EXPECT_EQ(held(), 4u * 4096);
  EXPECT_TRUE(room.give_all());
  EXPECT_EQ(held(), 0u);
  EXPECT_FALSE(room.give_all());
  EXPECT_FALSE(room.give(1));
}

TEST_F(LoginRoomTest, GivesNothingForMoreThanItHas) {
  room.fill();
  const uint64_t all = held();
  EXPECT_FALSE(room.give(all));
  EXPECT_EQ(held(), all);
}

TEST_F(LoginRoomTest, HoldsWhatAFullDiskHas) {
  files.set_free_bytes(40'000);
  room.fill();
  EXPECT_EQ(held(), 40'000u);
  EXPECT_TRUE(room.give(5000));
  files.set_free_bytes(1u << 20);
  room.fill();
  EXPECT_EQ(held(), 128u << 10);
}

TEST_F(LoginRoomTest, GivesWhatARunBeforeHeld) {
  room.fill();
  files.set_free_bytes(0);
  LoginRoom next(files, "/spool/room");
  EXPECT_TRUE(next.give(100));
  EXPECT_LT(held(), 128u << 10);
}

TEST_F(LoginRoomTest, GivesNothingThatItCannotCut) {
  room.fill();
  files.fail_next(FakeFiles::Operation::truncate, unavailable("a bad disk"));
  EXPECT_FALSE(room.give(100));
  EXPECT_EQ(held(), 128u << 10);
  EXPECT_TRUE(room.give(100));
}

}  // namespace
}  // namespace spoor::agent
