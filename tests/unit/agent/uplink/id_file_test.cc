#include "agent/uplink/id_file.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::uplink {
namespace {

TEST(IdFileTest, IsReadWithDashesAndWithout) {
  PosixFiles files;
  EXPECT_TRUE(read_id_file(files, "/proc/sys/kernel/random/boot_id").is_ok());
  FakeFiles fake;
  ASSERT_TRUE(write_file(fake, "/id", "00112233445566778899aabbccddeeff\n").is_ok());
  EXPECT_EQ(to_hex(*read_id_file(fake, "/id")), "00112233445566778899aabbccddeeff");
}

TEST(IdFileTest, AnythingElseIsAProblemThatNamesTheFile) {
  FakeFiles files;
  EXPECT_EQ(read_id_file(files, "/none").code(), Code::not_found);
  // systemd writes this word on a first boot.
  for (const char* text : {"", "uninitialized\n", "00112233", "0011223344556677889 aabbccddeeff"}) {
    ASSERT_TRUE(write_file(files, "/id", text).is_ok());
    const auto id = read_id_file(files, "/id");
    EXPECT_EQ(id.code(), Code::invalid) << text;
    EXPECT_NE(id.status().message().find("/id"), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::uplink
