#include "agent/spool/segment_copy.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

constexpr const char* kPath = "/spool/1.seg";

TEST(SegmentCopyTest, TakesThePlaceOfWhatWasDropped) {
  FakeFiles files;
  files.put(kPath, "synced");
  auto file = *files.open_append(kPath);
  ASSERT_TRUE(file->append(std::string(3u << 20, 'x')).is_ok());
  ASSERT_TRUE(file->append("torn").is_ok());
  files.fail_next(FakeFiles::Operation::sync, unavailable("EIO"));
  ASSERT_FALSE(file->sync().is_ok());
  const uint64_t size = 6 + (3u << 20);
  ASSERT_TRUE(write_anew(files, *file, kPath, size).is_ok());
  ASSERT_TRUE(files.sync_folder("/spool").is_ok());
  files.crash(1);
  EXPECT_EQ(files.content(kPath), "synced" + std::string(3u << 20, 'x'));
  EXPECT_EQ(files.paths(), std::vector<std::string>{kPath});
}

TEST(SegmentCopyTest, FailureLeavesTheFileAsItIs) {
  using Operation = FakeFiles::Operation;
  for (const Operation operation : {Operation::open, Operation::truncate, Operation::read,
                                    Operation::append, Operation::sync, Operation::rename}) {
    FakeFiles files;
    files.put(kPath, "synced");
    auto file = *files.open_append(kPath);
    files.fail_next(operation, unavailable("EIO"));
    EXPECT_FALSE(write_anew(files, *file, kPath, 6).is_ok());
    EXPECT_EQ(files.content(kPath), "synced");
    EXPECT_EQ(files.paths().size(), 1u);
    ASSERT_TRUE(file->append("!").is_ok());
    EXPECT_EQ(files.content(kPath), "synced!");
  }
}

TEST(SegmentCopyTest, FileThatIsShorterThanItWasIsNotCopied) {
  FakeFiles files;
  files.put(kPath, "short");
  auto file = *files.open_append(kPath);
  EXPECT_EQ(write_anew(files, *file, kPath, 6).code(), Code::corrupt);
  EXPECT_EQ(files.content(kPath), "short");
}

}  // namespace
}  // namespace spoor::agent
