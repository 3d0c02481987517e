#include "agent/doctor/additions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

// With the files and links of a disk: a fake has neither devices nor links.
class AdditionsTest : public testing::Test {
 protected:
  AdditionsTest() {
    for (const std::string& folder : folders_) EXPECT_TRUE(files_.make_folder(folder).is_ok());
  }
  void put(size_t folder, const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file(files_, folders_[folder] + "/" + name, text).is_ok());
  }
  void link(size_t folder, const std::string& name, const std::string& target) {
    ASSERT_EQ(symlink(target.c_str(), (folders_[folder] + "/" + name).c_str()), 0);
  }
  std::string look() {
    const auto found = read_additions(files_, calls_, folders_);
    if (!found.is_ok()) return found.status().message();
    std::string texts;
    for (const SettingsFile& file : *found) texts += file.text + "|";
    return texts;
  }

  const TempFolder temp_;
  const std::vector<std::string> folders_ = {temp_ / "etc", temp_ / "lib"};
  PosixFiles files_;
  PosixHostCalls calls_;
};

TEST_F(AdditionsTest, ByNameAndOfOneNameTheStrongerFolders) {
  put(0, "20.conf", "c");
  put(1, "10.conf", "a");
  put(1, "20.conf", "no");
  put(1, "15.conf", "b");
  put(1, "99.txt", "no");
  EXPECT_EQ(look(), "a|b|c|");
}

TEST_F(AdditionsTest, ALinkToTheNullDeviceTakesANameAway) {
  put(1, "10.conf", "a");
  put(1, "20.conf", "b");
  link(0, "10.conf", "/dev/null");
  EXPECT_EQ(look(), "|b|");
  link(0, "masks", "/dev/null");
  link(0, "20.conf", "masks");
  EXPECT_EQ(look(), "||") << "by a link more";
}

TEST_F(AdditionsTest, OtherLinksAreFollowed) {
  put(1, "text", "a");
  link(0, "10.conf", folders_[1] + "/text");
  link(0, "20.conf", "nowhere");
  EXPECT_EQ(look(), "a|");
  link(0, "30.conf", "/dev/zero");
  EXPECT_NE(look().find("not a regular file"), std::string::npos);
}

TEST_F(AdditionsTest, FoldersNeedNotBeThere) {
  const auto found = read_additions(files_, calls_, {temp_ / "none"});
  ASSERT_TRUE(found.is_ok());
  EXPECT_TRUE(found->empty());
}

}  // namespace
}  // namespace spoor::agent
