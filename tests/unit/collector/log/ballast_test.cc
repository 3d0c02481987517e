#include "collector/log/ballast.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::collector {
namespace {

class BallastTest : public testing::Test {
 protected:
  BallastTest() { EXPECT_TRUE(files_.make_folder("/log").is_ok()); }
  FakeFiles files_;
  Ballast ballast_{files_, "/log", 1000};
};

TEST_F(BallastTest, HoldsSpaceUntilItIsNeeded) {
  files_.set_free_bytes(1500);
  ASSERT_TRUE(ballast_.restore().is_ok());
  ASSERT_TRUE(ballast_.restore().is_ok());  // as at the next start: it holds no more than once
  EXPECT_EQ(files_.content("/log/ballast").size(), 1000u);
  const auto file = std::move(files_.open_append("/log/other")).value();
  EXPECT_EQ(file->append(std::string(800, 'x')).code(), Code::full);
  ballast_.give_up();
  EXPECT_TRUE(file->append(std::string(800, 'x')).is_ok());
  EXPECT_EQ(ballast_.restore().code(), Code::full);
  EXPECT_FALSE(files_.exists("/log/ballast"));  // what is too little is left to others
  ballast_.give_up();
  files_.set_free_bytes(1000);
  EXPECT_TRUE(ballast_.restore().is_ok());
}

// Where the space of the ballast was all there is, what comes next would find none.
TEST_F(BallastTest, StandsAgainOnlyWhereThereIsRoomBesideIt) {
  files_.set_free_bytes(1499);
  EXPECT_EQ(ballast_.restore(500).code(), Code::full);
  EXPECT_FALSE(files_.exists("/log/ballast"));
  files_.set_free_bytes(1500);
  ASSERT_TRUE(ballast_.restore(500).is_ok());
  EXPECT_EQ(files_.content("/log/ballast").size(), 1000u);
  const auto file = std::move(files_.open_append("/log/other")).value();
  EXPECT_TRUE(file->append(std::string(500, 'x')).is_ok());
}

TEST_F(BallastTest, NoneIsNoTrouble) {
  Ballast none(files_, "/log", 0);
  files_.set_free_bytes(0);
  EXPECT_TRUE(none.restore().is_ok());
  none.give_up();
  EXPECT_FALSE(files_.exists("/log/ballast"));
  EXPECT_EQ(none.restore(500).code(), Code::full);
  files_.set_free_bytes(500);
  EXPECT_TRUE(none.restore(500).is_ok());
  EXPECT_FALSE(files_.exists("/log/ballast"));
}

}  // namespace
}  // namespace spoor::collector
