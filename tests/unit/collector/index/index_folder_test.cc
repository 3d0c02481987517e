#include "collector/index/index_folder.h"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

TEST(IndexFolder, ItIsSetAsideAndOneIsKept) {
  TempFolder folder;
  PosixFiles files;
  const std::string index = folder / "index";
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(files.make_folder(index + "/blocks").is_ok());
    ASSERT_TRUE(write_file(files, index + "/blocks/1.blk", std::to_string(i)).is_ok());
    EXPECT_TRUE(check_index_mark(files, index).is_ok());
    mark_index_damaged(files, index);
    EXPECT_EQ(check_index_mark(files, index).code(), Code::corrupt);
    const auto aside = set_index_aside(files, index);
    ASSERT_TRUE(aside.is_ok()) << aside.status().message();
    EXPECT_EQ(*aside, index + ".damaged-" + std::to_string(i));
    EXPECT_EQ(read_file(files, *aside + "/blocks/1.blk", 9).value(), std::to_string(i));
    EXPECT_EQ(files.list(folder / "").value().size(), 1u);
  }
  // What only has such a name is nobody's business.
  ASSERT_TRUE(files.make_folder(folder / "index.damaged-old").is_ok());
  ASSERT_TRUE(files.make_folder(index).is_ok());
  ASSERT_TRUE(set_index_aside(files, index).is_ok());
  EXPECT_EQ(files.list(folder / "").value(),
            (std::vector<std::string>{"index.damaged-4", "index.damaged-old"}));
}

}  // namespace
}  // namespace spoor::collector
