#include "agent/checkpoint_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class CheckpointKeyTest : public ::testing::Test {
 protected:
  void write(const std::string& text, mode_t mode) {
    unlink(path_.c_str());
    std::ofstream(path_) << text;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }
  TempFolder folder_;
  const std::string path_ = folder_ / "key";
};

TEST_F(CheckpointKeyTest, IsReadWhereItIsOursAlone) {
  EXPECT_FALSE(read_checkpoint_key(path_, getuid())->has_value());
  const SigningKey key = *SigningKey::generate();
  write(*key.to_pem(), 0400);
  const auto read = read_checkpoint_key(path_, getuid());
  ASSERT_TRUE(read.is_ok() && read->has_value()) << read.status().message();
  EXPECT_EQ((*read)->public_key(), key.public_key());
  EXPECT_EQ(read_checkpoint_key(path_, getuid() + 1).code(), Code::denied);
  for (const mode_t mode : {0440, 0404, 0620, 0410}) {
    write(*key.to_pem(), mode);
    EXPECT_EQ(read_checkpoint_key(path_, getuid()).code(), Code::denied) << mode;
  }
}

TEST_F(CheckpointKeyTest, WhatIsNoKeyIsSaidToBeNone) {
  write("-----BEGIN PRIVATE KEY-----\nnothing\n", 0400);
  EXPECT_EQ(read_checkpoint_key(path_, getuid()).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::agent
