#include "agent/uplink/machine_id.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::uplink {
namespace {

TEST(MachineIdTest, IsReadWithDashesAndWithout) {
  PosixFiles files;
  EXPECT_TRUE(read_machine_id(files, "/proc/sys/kernel/random/boot_id").is_ok());
  FakeFiles fake;
  ASSERT_TRUE(write_file(fake, "/id", "00112233445566778899aabbccddeeff\n").is_ok());
  EXPECT_EQ(to_hex(*read_machine_id(fake, "/id")), "00112233445566778899aabbccddeeff");
}

TEST(MachineIdTest, AnythingElseIsAProblemThatNamesTheFile) {
  FakeFiles files;
  EXPECT_EQ(read_machine_id(files, "/none").code(), Code::not_found);
  // systemd writes this word on a first boot.
  for (const char* text : {"", "uninitialized\n", "00112233", "0011223344556677889 aabbccddeeff"}) {
    ASSERT_TRUE(write_file(files, "/id", text).is_ok());
    const auto id = read_machine_id(files, "/id");
    EXPECT_EQ(id.code(), Code::invalid) << text;
    EXPECT_NE(id.status().message().find("/id"), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::uplink
