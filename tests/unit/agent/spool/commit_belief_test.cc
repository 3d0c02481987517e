#include "agent/spool/commit_belief.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class CommitBeliefTest : public ::testing::Test {
 protected:
  CommitBeliefTest() { EXPECT_TRUE(files_.make_folder("/spool").is_ok()); }
  CommitBelief open() { return CommitBelief::open(files_, "/spool"); }
  static CommitNote note(uint8_t log, uint64_t generation) {
    CommitNote note;
    note.log_id.fill(log);
    note.log_generation = generation;
    return note;
  }
  FakeFiles files_;
};

TEST_F(CommitBeliefTest, AGreaterGenerationTakesThePlaceOfAnOlderOne) {
  CommitBelief belief = open();
  EXPECT_TRUE(belief.begins_anew(note(1, 1)));
  ASSERT_TRUE(belief.adopt(note(1, 1)).is_ok());
  EXPECT_FALSE(belief.begins_anew(note(1, 1)));
  EXPECT_TRUE(belief.check(note(1, 2), std::nullopt).is_ok());
  EXPECT_TRUE(belief.begins_anew(note(1, 2)));
  ASSERT_TRUE(belief.adopt(note(1, 2)).is_ok());
  EXPECT_EQ(belief.check(note(1, 1), std::nullopt).code(), Code::denied);
}

TEST_F(CommitBeliefTest, NoRestartMakesAnOldGenerationGoodAgain) {
  CommitBelief belief = open();
  ASSERT_TRUE(belief.adopt(note(1, 7)).is_ok());
  files_.crash(3);
  EXPECT_EQ(open().check(note(1, 6), std::nullopt).code(), Code::denied);
  EXPECT_FALSE(open().begins_anew(note(1, 7)));
}

TEST_F(CommitBeliefTest, AnotherLogBeginsAnewWhereNoTrustSaysOtherwise) {
  CommitBelief belief = open();
  ASSERT_TRUE(belief.adopt(note(1, 7)).is_ok());
  EXPECT_TRUE(belief.check(note(2, 1), std::nullopt).is_ok());
  EXPECT_TRUE(belief.begins_anew(note(2, 1)));
  Trust trust;
  trust.log_id.fill(1);
  EXPECT_EQ(belief.check(note(2, 1), trust).code(), Code::denied);
  EXPECT_EQ(belief.check(note(1, 7), trust).code(), Code::denied);  // no signature
}

TEST_F(CommitBeliefTest, WhatCannotBeWrittenIsNotBelieved) {
  CommitBelief belief = open();
  ASSERT_TRUE(belief.adopt(note(1, 1)).is_ok());
  files_.fail_next(FakeFiles::Operation::sync, unavailable("a bad disk"));
  EXPECT_FALSE(belief.adopt(note(1, 2)).is_ok());
  EXPECT_TRUE(belief.begins_anew(note(1, 2)));
}

// Else nothing could ever go from a disk that the spool has filled.
TEST_F(CommitBeliefTest, OnAFullDiskItCountsAndIsWrittenLater) {
  CommitBelief belief = open();
  files_.set_free_bytes(3);
  ASSERT_TRUE(belief.adopt(note(1, 2)).is_ok());
  EXPECT_FALSE(belief.begins_anew(note(1, 2)));
  EXPECT_FALSE(files_.exists("/spool/believed"));
  files_.set_free_bytes(std::nullopt);
  ASSERT_TRUE(belief.write_again().is_ok());
  files_.crash(1);
  EXPECT_EQ(open().check(note(1, 1), std::nullopt).code(), Code::denied);
}

TEST_F(CommitBeliefTest, DamagedFileSaysNothingAndStopsNothing) {
  files_.put("/spool/believed", "spoor-believed 1\nlog 00\n");
  EXPECT_TRUE(open().begins_anew(note(1, 1)));
  ASSERT_TRUE(open().adopt(note(2, 2)).is_ok());
  files_.spoil("/spool/believed", 0);
  EXPECT_TRUE(open().begins_anew(note(1, 1)));
}

}  // namespace
}  // namespace spoor::agent
