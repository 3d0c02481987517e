#include "common/folder_lock.h"

#include <filesystem>

namespace spoor {
namespace {

TEST(FolderLock, OneHolderAtATime) {
  const std::string folder = testing::TempDir() + "/folder_lock_test";
  std::filesystem::remove_all(folder);
  {
    const auto first = FolderLock::take(folder);
    ASSERT_TRUE(first.is_ok()) << first.status().message();
    const auto second = FolderLock::take(folder);
    EXPECT_EQ(second.code(), Code::denied);
    EXPECT_NE(second.status().message().find("another program"), std::string::npos);
  }
  EXPECT_TRUE(FolderLock::take(folder).is_ok());
}

TEST(FolderLock, WithoutAParentThereIsNoFolder) {
  EXPECT_EQ(FolderLock::take(testing::TempDir() + "/missing/folder").code(), Code::not_found);
}

}  // namespace
}  // namespace spoor
