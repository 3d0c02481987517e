#include "agent/spool/forked_segments.h"

#include <gtest/gtest.h>

#include "tests/support/spool_disk.h"

namespace spoor::agent {
namespace {

class ForkedSegmentsTest : public ::testing::Test, protected SpoolDisk {
 protected:
  // Two frames of three events in a segment; epochs count up, as forks do.
  void put(EventClass c, bool is_committed) {
    auto spool = open();
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(spool->append(seal(*spool, c, 100, 3)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
    const std::string name = segments(c).back();
    ASSERT_TRUE(files.make_folder("/forked").is_ok());
    const std::string to = forked_name(++since_, event_class_name(c), is_committed, name);
    ASSERT_TRUE(write_file(files, "/forked/" + to, files.content(folder_of(c) + "/" + name))
                    .is_ok());
  }
  std::vector<std::string> names() { return *files.list("/forked"); }

  uint64_t since_ = 0;
  ForkedSegments forked_{files, "/forked"};
};

TEST_F(ForkedSegmentsTest, NoFolderHoldsNothing) {
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  EXPECT_EQ(forked_.bytes(), 0u);
  EXPECT_FALSE(forked_.drop_committed());
  EXPECT_EQ(forked_.evict_oldest(EventClass::access).code(), Code::not_found);
}

TEST_F(ForkedSegmentsTest, EachClassGoesByItselfTheOldestFirst) {
  put(EventClass::command, false);
  put(EventClass::command, true);
  put(EventClass::access, false);
  put(EventClass::command, false);
  const auto before = names();
  ASSERT_EQ(before.size(), 4u);
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  const uint64_t bytes = forked_.bytes();
  const auto lost = forked_.evict_oldest(EventClass::command);
  ASSERT_TRUE(lost.is_ok()) << lost.status().message();
  EXPECT_EQ(*lost, 6u);
  EXPECT_LT(forked_.bytes(), bytes);
  EXPECT_EQ(names(), std::vector<std::string>(before.begin() + 1, before.end()));
  ASSERT_TRUE(forked_.evict_oldest(EventClass::command).is_ok());
  EXPECT_EQ(forked_.evict_oldest(EventClass::command).code(), Code::not_found);
  EXPECT_EQ(names(), (std::vector<std::string>{before[1], before[2]}));
  EXPECT_TRUE(forked_.drop_committed());
  EXPECT_EQ(names(), std::vector<std::string>{before[2]});
}

TEST_F(ForkedSegmentsTest, OnlyWhatIsCommittedHasItsOwnBound) {
  for (int i = 0; i < 3; ++i) {
    put(EventClass::input, true);
    put(EventClass::input, false);
  }
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  const uint64_t bytes = forked_.bytes();
  ASSERT_TRUE(forked_.keep_committed_within(bytes / 3).is_ok());
  EXPECT_EQ(names().size(), 4u);
  ASSERT_TRUE(forked_.keep_committed_within(0).is_ok());
  EXPECT_EQ(names().size(), 3u);
  EXPECT_EQ(forked_.bytes(), bytes);
}

TEST_F(ForkedSegmentsTest, AgeIsWhatItsEventsTell) {
  put(EventClass::input, false);
  clock.advance_ns(100 * kNsPerSecond);
  put(EventClass::input, false);
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  EXPECT_TRUE(forked_.evict_older(50 * kNsPerSecond, clock.now()).is_ok());
  EXPECT_EQ(forked_.evict_older(50 * kNsPerSecond, clock.now()).code(), Code::not_found);
  EXPECT_EQ(names().size(), 1u);
}

// People look at it, and take away what they have seen.
TEST_F(ForkedSegmentsTest, OtherFilesStayAndRemovedOnesAreGone) {
  put(EventClass::command, false);
  const std::string name = names().at(0);
  for (const char* other : {"notes.txt", "00000000000000000007-command-x.seg.bad",
                            "1-command-x.seg", "00000000000000000007-dreams-x.seg"}) {
    ASSERT_TRUE(write_file(files, std::string("/forked/") + other, "x").is_ok());
  }
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  EXPECT_EQ(forked_.bytes(), files.content("/forked/" + name).size());
  ASSERT_TRUE(files.remove("/forked/" + name).is_ok());
  EXPECT_TRUE(forked_.evict_oldest(EventClass::command).is_ok());
  EXPECT_EQ(forked_.bytes(), 0u);
  EXPECT_EQ(names().size(), 4u);
}

TEST_F(ForkedSegmentsTest, WhatCannotBeRemovedStillCounts) {
  put(EventClass::command, false);
  ASSERT_TRUE(forked_.find(clock.now()).is_ok());
  const uint64_t bytes = forked_.bytes();
  files.fail_next(FakeFiles::Operation::remove, unavailable("a bad disk"));
  EXPECT_EQ(forked_.evict_oldest(EventClass::command).code(), Code::unavailable);
  EXPECT_EQ(forked_.bytes(), bytes);
  EXPECT_TRUE(forked_.evict_oldest(EventClass::command).is_ok());
}

}  // namespace
}  // namespace spoor::agent
