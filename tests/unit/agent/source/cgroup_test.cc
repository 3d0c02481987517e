#include "agent/source/cgroup.h"

#include <gtest/gtest.h>

#include <string>

namespace spoor::agent {
namespace {

const std::string kId = "3f4e0d1c2b3a49586776859493a2b1c0d3f4e0d1c2b3a49586776859493a2b1c";

std::string spelled(const std::string& text) {
  const CgroupPlace place = parse_cgroup(text);
  return std::string(place.runtime) + "|" + std::string(place.container) + "|" +
         std::string(place.unit);
}

TEST(Cgroup, ContainersBySystemdsGroups) {
  EXPECT_EQ(spelled("0::/system.slice/docker-" + kId + ".scope\n"),
            "docker|" + kId + "|docker-" + kId + ".scope");
  EXPECT_EQ(spelled("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice/"
                    "cri-containerd-" + kId + ".scope\n"),
            "containerd|" + kId + "|cri-containerd-" + kId + ".scope");
  EXPECT_EQ(spelled("0::/kubepods.slice/x.slice/crio-" + kId + ".scope/container\n"),
            "cri-o|" + kId + "|crio-" + kId + ".scope");
  EXPECT_EQ(spelled("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId +
                    ".scope/container\n"),
            "podman|" + kId + "|libpod-" + kId + ".scope");
  EXPECT_EQ(spelled("0::/machine.slice/systemd-nspawn@web.service/payload\n"),
            "nspawn|web|systemd-nspawn@web.service");
}

TEST(Cgroup, ContainersByPlainGroups) {
  EXPECT_EQ(spelled("0::/docker/" + kId + "\n"), "docker|" + kId + "|");
  EXPECT_EQ(spelled("12:pids:/kubepods/besteffort/pod5-6/" + kId + "\n0::/\n"),
            "kubernetes|" + kId + "|");
  EXPECT_EQ(spelled("0::/ecs/task/" + kId + "-1234\n"), "container|" + kId + "-1234|");
  EXPECT_EQ(spelled("0::/lxc.payload.web/system.slice/nginx.service\n"), "lxc|web|nginx.service");
  EXPECT_EQ(spelled("4:memory:/lxc/web/init.scope\n"), "lxc|web|init.scope");
}

TEST(Cgroup, WhatIsNoContainer) {
  EXPECT_EQ(spelled("0::/system.slice/cron.service\n"), "||cron.service");
  EXPECT_EQ(spelled("0::/user.slice/user-0.slice/session-4.scope"), "||session-4.scope");
  EXPECT_EQ(spelled("0::/\n"), "||");
  EXPECT_EQ(spelled("0::/machine.slice/libpod-conmon-" + kId + ".scope\n"),
            "||libpod-conmon-" + kId + ".scope");
  EXPECT_EQ(spelled("0::/system.slice/docker.service\n"), "||docker.service");
  EXPECT_EQ(spelled("0::/docker/" + kId.substr(1) + "\n"), "||");
}

// A container inside a container belongs to the outer one; the first hierarchy that knows counts.
TEST(Cgroup, ThePathDownToWhatItNames) {
  const std::string scope = "/system.slice/docker-" + std::string(64, 'a') + ".scope";
  EXPECT_EQ(parse_cgroup("0::" + scope + "/init.scope\n").path, scope);
  EXPECT_EQ(parse_cgroup("0::/system.slice/ssh.service/inner\n").path, "/system.slice/ssh.service");
  EXPECT_EQ(parse_cgroup("1:name=systemd:/system.slice/ssh.service\n").path, "");
  EXPECT_EQ(parse_cgroup("0::/\n").path, "");
}

TEST(Cgroup, TheOutermostAndTheFirst) {
  const std::string other(64, 'a');
  EXPECT_EQ(spelled("0::/docker/" + kId + "/docker/" + other + "\n"), "docker|" + kId + "|");
  EXPECT_EQ(spelled("3:cpu:/\n2:pids:/docker/" + kId + "\n1:name=systemd:/docker/" + other + "\n"),
            "docker|" + kId + "|");
}

TEST(Cgroup, OddTextsHarmNobody) {
  for (const std::string text :
       {"", "\n\n", ":", "::", "0", "0::", "no colons at all", "0::////\n"}) {
    EXPECT_EQ(spelled(text), "||") << text;
  }
  EXPECT_EQ(spelled("1:name=systemd:/a:b/x.service\n"), "||x.service");
}

}  // namespace
}  // namespace spoor::agent
