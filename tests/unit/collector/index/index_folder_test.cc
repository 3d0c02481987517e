#include "collector/index/index_folder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

class IndexFolderTest : public testing::Test {
 protected:
  void make(const std::string& name) {
    ASSERT_TRUE(files_.make_folder(path_ + "/" + name + "/blocks").is_ok());
    ASSERT_TRUE(write_file(files_, path_ + "/" + name + "/blocks/1.blk", name).is_ok());
  }
  std::vector<std::string> names() {
    std::vector<std::string> out = files_.list(path_).value();
    std::ranges::sort(out);
    return out;
  }
  using Names = std::vector<std::string>;
  using Numbers = std::vector<uint64_t>;

  TempFolder folder_;
  const std::string path_ = folder_ / "index";
  PosixFiles files_;
};

TEST_F(IndexFolderTest, SaysWhatIsThereAndRemovesWhatWasOnItsWayOut) {
  EXPECT_EQ(open_index_folder(files_, path_).value(), Numbers());
  for (const char* name : {"10", "9", "0", "7.gone", "3.damaged", "old.gone", "1x"}) make(name);
  EXPECT_EQ(open_index_folder(files_, path_).value(), (Numbers{9, 10}));
  EXPECT_EQ(names(), (Names{"0", "10", "1x", "3.damaged", "9", "old.gone"}));
}

TEST_F(IndexFolderTest, OneThatIsRemovedIsGone) {
  make("1");
  make("2");
  EXPECT_TRUE(remove_index(files_, path_, 1).is_ok());
  EXPECT_EQ(names(), Names{"2"});
  EXPECT_EQ(remove_index(files_, path_, 1).code(), Code::not_found);
}

TEST_F(IndexFolderTest, OneThatWasDamagedIsKept) {
  for (uint64_t number = 1; number <= 3; ++number) {
    make(std::to_string(number));
    const std::string path = index_path(path_, number);
    EXPECT_TRUE(check_index_mark(files_, path).is_ok());
    mark_index_damaged(files_, path);
    EXPECT_EQ(check_index_mark(files_, path).code(), Code::corrupt);
    EXPECT_TRUE(set_index_aside(files_, path_, number).is_ok());
    EXPECT_EQ(names(), Names{std::to_string(number) + ".damaged"});
    EXPECT_EQ(read_file(files_, path + ".damaged/blocks/1.blk", 9).value(),
              std::to_string(number));
  }
  // What only has such a name is nobody's business.
  make("old.damaged");
  make("4");
  EXPECT_TRUE(set_index_aside(files_, path_, 4).is_ok());
  EXPECT_EQ(names(), (Names{"4.damaged", "old.damaged"}));
}

}  // namespace
}  // namespace spoor::collector
