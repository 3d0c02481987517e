#include "agent/source/mounts.h"

#include "common/files.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

TEST(Mounts, DevicesThatNumberEachFileOnce) {
  EXPECT_EQ(numbered_devices("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
                             "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw,size=24684084k\n"
                             "36 27 0:31 /home /home rw shared:1 master:2 - btrfs /dev/sdb rw\n"
                             "37 27 0:52 / /srv/overlay/merged rw - overlay overlay rw\n"
                             "38 27 0:44 / /mnt/a rw - fuse.sshfs alice@host: rw\n"
                             "39 27 8:17 / /mnt/b rw - fuseblk /dev/sdb1 rw\n"
                             "40 27 0:60 / /mnt/c rw - nfs4 server:/ rw\n"
                             "41 27 253:2 / /srv rw - xfs /dev/mapper/srv rw\n"),
            (Devices{device_number(254, 0), device_number(0, 0x17), device_number(253, 2)}));
}

TEST(Mounts, ADeviceOfTwoKindsIsNone) {
  EXPECT_EQ(numbered_devices("1 1 8:1 / / rw - ext4 a rw\n2 1 8:1 / /b rw - bcachefs b rw\n"),
            Devices());
}

TEST(Mounts, WhatIsNoMountIsLeftOut) {
  for (const char* text :
       {"", "\n", "1 1 8:1", "1 1 8:1 / / rw ext4 a rw", "1 1 8 / / rw - ext4 a",
        "1 1 8: / / rw - ext4 a", "1 1 x:1 / / rw - ext4 a", "1 1 8:1x / / rw - ext4 a",
        "1 1 8:99999999999 / / rw - ext4 a", "1 1 -8:1 / / rw - ext4 a", "1 1 8:1 / / rw - ",
        "1 1 8:1 / / rw - ext"}) {
    EXPECT_EQ(numbered_devices(text), Devices()) << text;
  }
  // A mount point may be called so.
  EXPECT_EQ(numbered_devices("1 1 0:9 / /a\\040-\\040ext4\\040 rw - overlay - ext4 rw\n"),
            Devices());
}

TEST(Mounts, AreRead) {
  const TempFolder folder;
  const std::string path = folder / "mountinfo";
  EXPECT_EQ(read_mounts(path), "");
  PosixFiles files;
  ASSERT_TRUE(write_file(files, path, "1 1 8:1 / / rw - ext4 a rw\n").is_ok());
  EXPECT_EQ(numbered_devices(read_mounts(path)), Devices{device_number(8, 1)});
  EXPECT_NE(read_mounts("/proc/self/mountinfo"), "");
}

}  // namespace
}  // namespace spoor::agent
