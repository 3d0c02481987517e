#include "collector/log/torn_tail.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::collector {
namespace {

class TornTailTest : public testing::Test {
 protected:
  TornTailTest() {
    EXPECT_TRUE(files_.make_folder("/log").is_ok());
    files_.put("/log/1.log", "whole|torn");
    file_ = files_.open_append("/log/1.log").value();
  }
  Status cut() { return cut_aside(files_, *file_, "/log/1.log", 6, "/log/1.log.cut"); }

  FakeFiles files_;
  std::unique_ptr<File> file_;
};

TEST_F(TornTailTest, GoesBeside) {
  ASSERT_TRUE(cut().is_ok());
  EXPECT_EQ(files_.content("/log/1.log"), "whole|");
  EXPECT_EQ(files_.content("/log/1.log.cut"), "torn");
}

TEST_F(TornTailTest, StaysWhereTheCopyHasNoRoomAndLeavesNoHalfCopies) {
  for (int i = 0; i < 3; ++i) {
    files_.set_free_bytes(2);
    const Status status = cut();
    EXPECT_EQ(status.code(), Code::full);
    EXPECT_NE(status.message().find("/log/1.log.cut"), std::string::npos) << status.message();
    EXPECT_EQ(files_.content("/log/1.log"), "whole|torn");
    EXPECT_EQ(files_.content("/log/1.log.cut"), "");
  }
}

TEST_F(TornTailTest, IsNotCopiedAgainAndAgainWhereItCannotBeCut) {
  using Operation = FakeFiles::Operation;
  for (const Operation operation : {Operation::truncate, Operation::sync_folder}) {
    files_.fail_next(operation, unavailable("it failed"));
    EXPECT_EQ(cut().code(), Code::unavailable);
    EXPECT_EQ(files_.content("/log/1.log"), "whole|torn");
    EXPECT_EQ(files_.content("/log/1.log.cut"), "");
  }
  ASSERT_TRUE(cut().is_ok());
  EXPECT_EQ(files_.content("/log/1.log"), "whole|");
  EXPECT_EQ(files_.content("/log/1.log.cut"), "torn");
}

TEST_F(TornTailTest, IsSomewhereWheneverThePowerGoes) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    files_ = FakeFiles();
    ASSERT_TRUE(files_.make_folder("/log").is_ok());
    files_.put("/log/1.log", "whole|torn");
    file_ = files_.open_append("/log/1.log").value();
    ASSERT_TRUE(cut().is_ok());
    files_.crash(seed);
    EXPECT_EQ(files_.content("/log/1.log"), "whole|");
    EXPECT_EQ(files_.content("/log/1.log.cut"), "torn");
  }
}

}  // namespace
}  // namespace spoor::collector
