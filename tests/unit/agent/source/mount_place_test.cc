#include "agent/source/mount_place.h"

#include <gtest/gtest.h>

#include <string>

namespace spoor::agent {
namespace {

const std::string kHost =
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "24 22 8:17 / /home rw - ext4 /dev/sdb1 rw\n"
    "25 24 8:33 / /home/alice\\040b rw - ext4 /dev/sdc1 rw\n";
// systemd's: the host's tree again, /usr read-only by a mount of its own, a private /tmp.
const std::string kService =
    "90 80 254:0 / / rw - ext4 /dev/vda rw\n"
    "91 90 254:0 /usr /usr ro - ext4 /dev/vda rw\n"
    "92 90 254:0 /tmp/private/tmp /tmp rw - ext4 /dev/vda rw\n"
    "93 90 254:0 /srv/evil /usr/sbin/sshd rw - ext4 /dev/vda rw\n";

TEST(MountPlace, LinesAreReadWithTheirEscapes) {
  const auto mount = parse_mount("25 24 8:33 /a\\134b /home/alice\\040b\\012 rw - ext4 x rw");
  ASSERT_TRUE(mount);
  EXPECT_EQ(*mount, (Mount{25, 8, 33, "/a\\b", "/home/alice b\n"}));
  for (const char* bad : {"", "x 24 8:33 / / rw", "25 24 8 / / rw", "25 24 8:x / / rw",
                          "25 24 8:33", "25 24 8:33 a / rw", "25 24 8:33 / a rw"}) {
    EXPECT_FALSE(parse_mount(bad)) << bad;
  }
  EXPECT_EQ(parse_mount("1 0 0:1 /\\08 /\\04 rw")->root, "/\\08") << "no escape";
}

TEST(MountPlace, MountsByNumberAndByPath) {
  EXPECT_EQ(mount_of_id(kHost, 24)->point, "/home");
  EXPECT_FALSE(mount_of_id(kHost, 99)) << "taken out of the tree";
  EXPECT_FALSE(mount_of_id("0 1 8:1 / / rw\n", 0)) << "a kernel that does not number them";
  EXPECT_EQ(mount_of_path(kHost, "/home/bob")->id, 24u);
  EXPECT_EQ(mount_of_path(kHost, "/home/alice b/x")->id, 25u);
  EXPECT_EQ(mount_of_path(kHost, "/homes")->id, 22u);
  EXPECT_EQ(mount_of_path(kHost + "26 22 0:50 / /home rw - tmpfs x rw\n", "/home/bob")->id, 26u)
      << "mounted over it";
  EXPECT_FALSE(mount_of_path("", "/"));
}

TEST(MountPlace, ServicesRunTheHostsFiles) {
  const char* logind = "/usr/lib/systemd/systemd-logind";
  EXPECT_TRUE(lies_alike(kService, 91, logind, kHost));
  EXPECT_TRUE(lies_alike(kService, 90, "/opt/x", kHost));
  EXPECT_TRUE(lies_alike(kHost, 22, "/usr/sbin/sshd", kHost));
  EXPECT_TRUE(lies_alike(kHost, 22, "/", kHost));
}

TEST(MountPlace, AnotherFileAtTheSamePathIsNotTheHosts) {
  EXPECT_FALSE(lies_alike(kService, 93, "/usr/sbin/sshd", kHost)) << "mounted over it";
  EXPECT_FALSE(lies_alike(kService, 92, "/tmp/sshd", kHost)) << "its private /tmp";
  // Mounted, executed, and taken out of the tree: d_path() then begins at the mount.
  EXPECT_FALSE(lies_alike(kHost, 99, "/usr/sbin/sshd", kHost));
  const std::string overlay = "200 150 0:55 / / rw - overlay overlay rw\n";
  EXPECT_FALSE(lies_alike(overlay, 200, "/usr/sbin/sshd", kHost)) << "a container's";
  EXPECT_FALSE(lies_alike(kHost, 24, "/usr/sbin/sshd", kHost)) << "not on that mount";
}

}  // namespace
}  // namespace spoor::agent
