#include "agent/source/place.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/clock.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

constexpr const char* kHostMounts =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n";
constexpr const char* kHostStatus = "Name:\tcron\nNSpid:\t11\nNSpgid:\t11\n";

constexpr int64_t kBirthTicks = 100;
const int64_t kTickOfProcNs = kNsPerSecond / sysconf(_SC_CLK_TCK);
const int64_t kBorn = kBirthTicks * kTickOfProcNs;

class PlaceTest : public testing::Test {
 protected:
  PlaceTest() { process(1, "0::/init.scope\n", kHostStatus, kHostMounts); }

  // Born 100 ticks after the boot.
  void process(uint32_t pid, const std::string& cgroup, const std::string& status = kHostStatus,
               const std::string& mounts = kHostMounts, const std::string& comm = "sh\n") {
    const std::string folder = std::to_string(pid);
    std::filesystem::create_directory(proc_ / folder);
    if (const auto path = group_of(cgroup); !path.empty()) {
      std::filesystem::create_directories(groups_ / path);
    }
    for (const auto& [name, text] : {std::pair{"cgroup", cgroup}, std::pair{"status", status},
                                     std::pair{"mountinfo", mounts}, std::pair{"comm", comm}}) {
      std::ofstream(proc_ / (folder + "/" + name)) << text;
    }
    birth(pid, kBirthTicks);
  }
  // Of the unified hierarchy, without the / in front.
  static std::string group_of(const std::string& cgroup) {
    return cgroup.starts_with("0::/") ? cgroup.substr(4, cgroup.find('\n') - 4) : std::string();
  }
  void birth(uint32_t pid, int64_t ticks, char state = 'S') {
    const std::string number = std::to_string(pid);
    std::ofstream(proc_ / (number + "/stat"))
        << number << " (sh) " << state << " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " << ticks
        << " 0 0\n";
  }
  Place of(uint32_t pid) const { return places().of(pid, kBorn).place; }
  Place find(uint32_t pid, uint32_t parent, const std::string& exe,
             const std::vector<FileId>& files) const {
    return places().find({1, pid, parent, kBorn, exe, files}).place;
  }
  static FileId file_id(const std::string& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    char device[32];
    std::snprintf(device, sizeof device, "%02x:%02x", major(info.st_dev), minor(info.st_dev));
    return {device, info.st_ino};
  }
  Places places() const { return Places(proc_ / "", groups_ / ""); }

  const TempFolder proc_, groups_;
  const std::string host_ = "0::/system.slice/cron.service\n";
};

TEST_F(PlaceTest, ContainersByNameByPidNamespaceAndByRoot) {
  process(10, "0::/system.slice/docker-" + std::string(64, 'a') + ".scope\n");
  process(11, host_);
  // LXD, a runtime that nobody heard of, and systemd-nspawn, without a name of theirs.
  process(12, host_, "Name:\tsh\nNSpid:\t12\t1\n");
  process(13, host_, kHostStatus, "90 22 0:55 / / rw - overlay overlay rw\n");
  process(14, host_, kHostStatus, "90 22 8:1 /var/lib/machines/m / rw - ext4 /dev/sda1 rw\n");
  // A service with a mount namespace of its own (PrivateTmp) is the host's.
  process(15, host_, kHostStatus,
          "91 90 8:1 / / rw - ext4 /dev/sda1 rw\n92 91 8:1 /tmp/s /tmp rw - ext4 /dev/sda1 rw\n");
  EXPECT_EQ(of(10), Place::container);
  EXPECT_EQ(of(11), Place::host);
  EXPECT_EQ(of(12), Place::container);
  EXPECT_EQ(of(13), Place::container);
  EXPECT_EQ(of(14), Place::container);
  EXPECT_EQ(of(15), Place::host);
}

// A part of the tree is a user's (Delegate=), who may name what he likes there.
TEST_F(PlaceTest, AUsersOwnGroupIsNoContainerByItsName) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a folder another's";
  const std::string group = "0::/user.slice/docker-" + std::string(64, 'a') + ".scope\n";
  process(10, group);
  process(11, group, "Name:\tsh\nNSpid:\t12\t1\n");
  EXPECT_EQ(of(10), Place::container);
  ASSERT_EQ(chown(std::string(groups_ / group_of(group)).c_str(), 1000, 1000), 0);
  const ProcessSight seen = places().of(10, kBorn);
  EXPECT_EQ(seen.place, Place::host);
  EXPECT_EQ(seen.runtime, "");
  EXPECT_EQ(seen.container, "");
  EXPECT_EQ(places().of(11, kBorn).runtime, "docker") << "rootless, and a container";
}

TEST_F(PlaceTest, LongListOfMountsIsReadToAWholeLine) {
  std::string mounts = kHostMounts;
  while (mounts.size() < 100'000) mounts += "40 22 0:44 / /var/lib/docker/overlay2/x/merged rw\n";
  for (size_t shift = 0; shift < 60; ++shift) {
    process(10, host_, kHostStatus, mounts.substr(0, 60) + std::string(shift, ' ') +
                                        mounts.substr(60));
    ASSERT_EQ(of(10), Place::host) << shift;
  }
}

TEST_F(PlaceTest, WhatCannotBeReadIsUnknown) {
  process(10, "");
  process(11, host_, "");
  process(12, host_, kHostStatus, "");
  for (const uint32_t pid : {10u, 11u, 12u, 13u}) EXPECT_EQ(of(pid), Place::unknown);
  process(1, host_, kHostStatus, "");
  process(14, host_);
  EXPECT_EQ(of(14), Place::unknown) << "nothing to compare its root with";
}

TEST_F(PlaceTest, RuntimesByName) {
  process(10, host_, kHostStatus, kHostMounts, "containerd-shim\n");
  process(11, host_, kHostStatus, kHostMounts, "bash\n");
  EXPECT_TRUE(places().is_runtime(10));
  EXPECT_FALSE(places().is_runtime(11));
  EXPECT_FALSE(places().is_runtime(12));
}

// What ran is gone; its parent and its file are there to be asked.
TEST_F(PlaceTest, OfWhatIsGoneOnlyTheHostsOwnFileIsProofOfTheHost) {
  process(10, host_);
  process(11, host_, kHostStatus, kHostMounts, "runc\n");
  process(12, host_, "NSpid:\t12\t7\n");
  const std::string exe = proc_ / "program";
  std::ofstream(exe) << "x";
  const FileId mine = file_id(exe), loader{mine.device, 1}, elsewhere{"00:7f", mine.inode};

  EXPECT_EQ(find(99, 10, exe, {loader, mine}), Place::host);
  EXPECT_EQ(find(99, 10, exe, {loader}), Place::unknown) << "another file";
  EXPECT_EQ(find(99, 10, exe, {elsewhere}), Place::unknown) << "another device";
  EXPECT_EQ(find(99, 10, exe + "-", {mine}), Place::unknown) << "not here";
  EXPECT_EQ(find(99, 10, "", {mine}), Place::unknown) << "the record was lost";
  EXPECT_EQ(find(99, 11, exe, {mine}), Place::unknown) << "a runtime's child";
  EXPECT_EQ(find(99, 12, exe, {mine}), Place::container) << "its parent's";
  EXPECT_EQ(find(99, 98, exe, {mine}), Place::unknown) << "the parent is gone, too";
  EXPECT_EQ(find(10, 98, "", {}), Place::host) << "it is there itself";
}

// A pid comes to another process: what that is says nothing of the one that is meant.
TEST_F(PlaceTest, WhoWasBornLaterIsSomebodyElse) {
  process(10, host_);
  process(11, host_, "NSpid:\t11\t1\n");
  EXPECT_EQ(of(10), Place::host);
  EXPECT_EQ(of(11), Place::container);
  for (const uint32_t pid : {10u, 11u}) {
    birth(pid, kBirthTicks + 1);
    EXPECT_EQ(of(pid), Place::unknown);
    EXPECT_EQ(places().of(pid, kBorn + kTickOfProcNs - 1).place, Place::unknown);
    EXPECT_NE(places().of(pid, kBorn + kTickOfProcNs).place, Place::unknown);
    birth(pid, kBirthTicks, 'Z');
    EXPECT_NE(of(pid), Place::unknown) << "not reaped yet, so nobody else";
  }
  std::ofstream(proc_ / "10/stat") << "10 (sh) S 1\n";
  EXPECT_EQ(of(10), Place::unknown) << "nobody knows when";
}

TEST_F(PlaceTest, AParentsPidThatIsAnothersProvesNothing) {
  process(10, host_);
  const std::string exe = proc_ / "program";
  std::ofstream(exe) << "x";
  const std::vector<FileId> files = {file_id(exe)};
  EXPECT_EQ(find(99, 10, exe, files), Place::host);
  birth(10, kBirthTicks + 1);
  EXPECT_EQ(find(99, 10, exe, files), Place::unknown);
  process(12, host_);
  birth(12, kBirthTicks + 1);
  EXPECT_EQ(find(12, 10, exe, files), Place::unknown) << "its own, too";
}

TEST_F(PlaceTest, WhatItIsCalledAndWhoItIs) {
  const std::string id(64, 'a');
  const std::string group = "/system.slice/docker-" + id + ".scope";
  std::filesystem::create_directories(proc_ / ("groups" + group));
  struct stat made{};
  ASSERT_EQ(stat((proc_ / ("groups" + group)).c_str(), &made), 0);
  process(10, "0::" + group + "/inner\n", "Uid:\t1000\t33\t1000\t1000\nNSpid:\t10\n");
  const Places places(proc_ / "", proc_ / "groups");
  const ProcessSight seen = places.of(10, kBorn);
  EXPECT_EQ(seen.place, Place::container);
  EXPECT_EQ(seen.uid, 33u);
  EXPECT_EQ(seen.comm, "sh");
  EXPECT_EQ(seen.runtime, "docker");
  EXPECT_EQ(seen.container, id);
  const int64_t made_ns = made.st_ctim.tv_sec * kNsPerSecond + made.st_ctim.tv_nsec;
  EXPECT_EQ(seen.unit_started_ns, made_ns);
  // What became of the folder since changes no name of it.
  std::filesystem::permissions(proc_ / ("groups" + group), std::filesystem::perms::owner_all);
  EXPECT_EQ(places.of(10, kBorn).unit_started_ns, made_ns);

  process(11, host_);
  const ProcessSight service = places.of(11, kBorn);
  EXPECT_EQ(service.unit, "cron.service");
  EXPECT_EQ(service.unit_started_ns, 0) << "no such folder";
  EXPECT_EQ(service.uid, kUnsetId);
  EXPECT_TRUE(service.container.empty());

  // A child that is gone had its parent's place, and not its name.
  const ProcessSight child = places.find({1, 99, 10, kBorn, "", {}});
  EXPECT_EQ(child.container, id);
  EXPECT_EQ(child.comm, "");
  EXPECT_EQ(child.uid, kUnsetId);
  EXPECT_EQ(places.find({1, 99, 0, kBorn, "", {}}).place, Place::unknown);
}

// The witness says where a file lies; /proc/PID/mountinfo whether that is what the path means here.
TEST_F(PlaceTest, ProgramsAreTheHostsOwnAtTheirPath) {
  process(10, host_);
  std::filesystem::create_directory(proc_ / "self");
  std::ofstream(proc_ / "self/mountinfo") << kHostMounts;
  Places places(proc_ / "");
  uint32_t asked = 0;
  WitnessSight sight{.path = "/usr/sbin/sshd", .inode = 5, .device_major = 8, .device_minor = 1,
                     .mount = 22};
  places.program_of = [&](uint32_t pid) {
    asked = pid;
    return std::optional(sight);
  };
  const PlaceQuestion of_writer{.ticket = 1, .pid = 10, .born_by_ns = kBorn, .exe = {},
                                .files = {}};
  EXPECT_EQ(places.find(of_writer).exe, "/usr/sbin/sshd");
  EXPECT_EQ(asked, 10u);
  sight.path += " (deleted)";  // an upgrade
  EXPECT_EQ(places.find(of_writer).exe, "/usr/sbin/sshd");
  sight.mount = 99;  // mounted, executed, and taken out of the tree again
  EXPECT_EQ(places.find(of_writer).exe, "");
  EXPECT_EQ(places.find(of_writer).place, Place::host) << "all else is known";
  sight.mount = 22;
  ProcessFound found;
  found.pid = 10;
  found.birth_boottime_ns = kBorn;
  EXPECT_EQ(places.program_of_found(found), "/usr/sbin/sshd");
  birth(10, kBirthTicks + 1);  // its pid is another's
  EXPECT_EQ(places.find(of_writer).exe, "");
  EXPECT_EQ(places.program_of_found(found), "");

  // A service with mounts of its own, and one whose /usr/sbin/sshd is another file.
  process(11, host_, kHostStatus,
          "91 90 8:1 / / rw - ext4 /dev/sda1 rw\n92 91 8:1 /usr /usr ro - ext4 /dev/sda1 rw\n"
          "93 92 8:1 /srv/evil /usr/sbin/sshd ro - ext4 /dev/sda1 rw\n");
  PlaceQuestion of_service = of_writer;
  of_service.pid = 11;
  sight.mount = 92;
  EXPECT_EQ(places.find(of_service).exe, "/usr/sbin/sshd");
  sight.mount = 93;
  EXPECT_EQ(places.find(of_service).exe, "");

  // A container's is its own business, and so is a command's, which audit tells.
  process(12, host_, "Name:\tsshd\nNSpid:\t12\t1\n");
  PlaceQuestion of_other = of_writer;
  of_other.pid = 12;
  asked = 0;
  EXPECT_EQ(places.find(of_other).exe, "");
  of_other = of_service;
  of_other.parent_pid = 1;
  EXPECT_EQ(places.find(of_other).exe, "");
  EXPECT_EQ(asked, 0u);
}

TEST_F(PlaceTest, DirectoriesThatDescriptorsLeadTo) {
  process(10, host_, kHostStatus, std::string(kHostMounts) +
                                      "30 22 0:35 /@home /home rw - btrfs /dev/sdb rw\n");
  Places places(proc_ / "");
  WitnessSight sight{.path = "/home/alice", .inode = 77, .device_major = 0, .device_minor = 40,
                     .mount = 30, .has_whole_root = true};
  places.directory_of = [&](uint32_t pid, int32_t descriptor) {
    return pid == 10 && descriptor == 5 ? std::optional(sight) : std::nullopt;
  };
  PlaceQuestion question{.ticket = 1, .pid = 10, .born_by_ns = kBorn, .exe = {},
                         .files = {{"08:01", 77}, {"00:23", 77}}, .descriptors = {4, 5}};
  const auto seen = places.directories(question);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].descriptor, 5);
  EXPECT_EQ(seen[0].device, "00:23") << "the file system's, as audit has it, and not stat(2)'s";
  EXPECT_EQ(seen[0].inode, 77u);
  EXPECT_EQ(seen[0].path, "/home/alice");

  const auto is_none = [&] { return places.directories(question).empty(); };
  question.files.pop_back();
  EXPECT_TRUE(is_none()) << "of another device: the number is another directory's by now";
  question.files = {{"00:23", 78}};
  EXPECT_TRUE(is_none()) << "of another inode";
  question.files = {{"00:23", 77}};
  EXPECT_FALSE(is_none());
  sight.has_whole_root = false;
  EXPECT_TRUE(is_none()) << "its paths begin elsewhere (chroot)";
  sight.has_whole_root = true;
  sight.path = "/home/alice (deleted)";
  EXPECT_TRUE(is_none());
  sight.path = "/alice";
  EXPECT_TRUE(is_none()) << "not below its mount";
  sight.path = "/home/alice";
  sight.mount = 31;
  EXPECT_TRUE(is_none()) << "a mount that is no more";
  sight.mount = 30;
  EXPECT_FALSE(is_none());
  birth(10, kBirthTicks + 1);
  EXPECT_TRUE(is_none()) << "another process";
}

TEST(EffectiveUid, IsTheSecond) {
  EXPECT_EQ(effective_uid("Name:\tx\nUid:\t1\t2\t3\t4\n"), 2u);
  for (const char* text : {"", "Uid:\t1\n", "Uid:\t1\tx\n", "Uid:\t1\t99999999999\n"}) {
    EXPECT_EQ(effective_uid(text), kUnsetId) << text;
  }
}

TEST_F(PlaceTest, ThisProcessHasAPlaceSinceItsBirth) {
  const auto pid = static_cast<uint32_t>(getpid());
  const int64_t now = SystemClock().now().boottime_ns;
  EXPECT_NE(Places().of(pid, now).place, Place::unknown);
  EXPECT_EQ(Places().of(pid, now - 24 * 3600 * kNsPerSecond).place, Place::unknown);
}

TEST(RootMountTest, LastOneCoversThoseBefore) {
  EXPECT_EQ(root_mount(kHostMounts), "8:1 /");
  EXPECT_EQ(root_mount("1 1 0:2 / / rw - rootfs rootfs rw\n22 1 8:1 /@ / rw - btrfs x rw\n"),
            "8:1 /@");
  for (const char* none : {"", "\n", "22", "22 1 8:1 / ", "22 1 8:1 / /proc rw"}) {
    EXPECT_EQ(root_mount(none), "") << none;
  }
}

TEST(PidNamespaceTest, MorePidsThanOne) {
  EXPECT_TRUE(has_own_pid_namespace("NSpid:\t7\t1"));
  EXPECT_TRUE(has_own_pid_namespace("Name:\tsh\nNSpid:\t900\t12\t1\nNSsid:\t1\n"));
  // A program may bear any name; the kernel writes a line feed in it as \\n.
  for (const char* own : {"", "NSpid:", "NSpid:\t7\n", "Name:\tNSpid:\t7\t1\nNSpid:\t7\n"}) {
    EXPECT_FALSE(has_own_pid_namespace(own)) << own;
  }
}

}  // namespace
}  // namespace spoor::agent
