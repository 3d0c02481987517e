#include "agent/source/uring_ops.h"

#include <gtest/gtest.h>
#include <linux/io_uring.h>

namespace spoor::agent {
namespace {

TEST(UringOpsTest, NumbersAreTheKernels) {
  EXPECT_EQ(find_uring_op("openat"), IORING_OP_OPENAT);
  EXPECT_EQ(find_uring_op("openat2"), IORING_OP_OPENAT2);
  EXPECT_EQ(find_uring_op("connect"), IORING_OP_CONNECT);
  EXPECT_EQ(find_uring_op("getxattr"), IORING_OP_GETXATTR);
  EXPECT_EQ(find_uring_op("sendmsg_zc"), IORING_OP_SENDMSG_ZC);
  EXPECT_EQ(find_uring_op("nothing"), std::nullopt);
}

TEST(UringOpsTest, NamesAndNumbersAgree) {
  for (uint32_t number = 0; number < 100; ++number) {
    const std::string_view name = uring_op_name(number);
    if (name.empty()) continue;
    EXPECT_EQ(find_uring_op(name), number);
  }
}

}  // namespace
}  // namespace spoor::agent
