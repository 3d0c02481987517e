#include "agent/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

LoadedConfig load(const std::string& yaml) {
  char path[] = "/tmp/spoor-config-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << yaml;
  LoadedConfig loaded = load_config(path);
  unlink(path);
  return loaded;
}

TEST(AgentConfigTest, EmptyFileIsTheDefaults) {
  const LoadedConfig loaded = load("");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.spool_folder, Config().spool_folder);
  EXPECT_FALSE(loaded.config.rules_only_login_uid);
}

TEST(AgentConfigTest, WhatIsDescribedLoadsAgain) {
  Config config;
  config.host = "web1";
  config.rules_only_login_uid = 64199;
  config.spool_bytes_max = 256ull << 20;
  config.spool_days_max = 7;
  config.frames = {1, 2, 3, 4, 5};
  config.trust_file = "/srv/trust";
  config.checkpoint_key = "/srv/key";
  config.rules_beside_daemon = true;
  config.kernel = {.backlog_limit = 4096, .backlog_wait_ms = 0, .failure = 0};
  config.logs = {"off", {"/var/log/one", "/srv/two"}};
  config.seat = {.listen_beside = false, .take_freed = false};
  const LoadedConfig loaded = load(describe(config));
  for (const std::string& problem : loaded.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(loaded.config), describe(config));
}

TEST(AgentConfigTest, FramesCloseWithinSecondsAndHoldAnEvent) {
  const LoadedConfig loaded = load("frames: {access_ms: 20, busy_command_events: 64}\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.frames.access_ms, 20u);
  EXPECT_EQ(loaded.config.frames.busy_command_events, 64u);
  EXPECT_EQ(loaded.config.frames.command_ms, Config().frames.command_ms);
  for (const char* bad : {"frames: {access_ms: 0}", "frames: {other_ms: 10001}",
                          "frames: {busy_command_events: 0}", "frames: {input_ms: 5}",
                          "spool: {days_max: 0}", "trust_file: etc/trust"}) {
    EXPECT_EQ(load(bad).problems.size(), 1u) << bad;
  }
}

TEST(AgentConfigTest, KernelSettings) {
  const LoadedConfig loaded = load(
      "kernel: {backlog_wait_time_ms: 0, failure: panic, beside_daemon: refuse,\n"
      "         take_freed_seat: false}\n"
      "rules: {beside_daemon: true}\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.kernel.backlog_wait_ms, 0u);
  EXPECT_EQ(loaded.config.kernel.failure, std::optional(2u));
  EXPECT_FALSE(loaded.config.seat.listen_beside);
  EXPECT_FALSE(loaded.config.seat.take_freed);
  EXPECT_TRUE(loaded.config.rules_beside_daemon);
  EXPECT_FALSE(load("kernel: {failure: keep}").config.kernel.failure);
  for (const char* bad : {"kernel: {failure: loud}", "kernel: {beside_daemon: yes}",
                          "kernel: {backlog_wait_time_ms: 60000}"}) {
    EXPECT_EQ(load(bad).problems.size(), 1u) << bad;
  }
}

TEST(AgentConfigTest, LogsAreTheJournalOrFilesInFolders) {
  const LoadedConfig loaded = load("logs: {journal: on, files: [/var/log/messages]}\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.logs.journal, "on");
  EXPECT_EQ(loaded.config.logs.files, std::vector<std::string>{"/var/log/messages"});
  EXPECT_TRUE(load("logs: {files: []}").problems.empty());
  for (const char* bad : {"logs: {journal: maybe}", "logs: {files: [auth.log]}",
                          "logs: {files: [/auth.log]}", "logs: {files: [/var/log/]}",
                          "logs: {files: [/a/1, /a/2, /a/3, /a/4, /a/5, /a/6, /a/7, /a/8]}"}) {
    EXPECT_EQ(load(bad).problems.size(), 1u) << bad;
  }
}

TEST(AgentConfigTest, ProfileAndUnattendedAreChosenByName) {
  const LoadedConfig loaded = load("rules:\n  profile: strict\n  unattended: all\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.rules_profile, "strict");
  EXPECT_EQ(loaded.config.rules_unattended, "all");
  EXPECT_EQ(load("rules:\n  unattended: off\n").config.rules_unattended, "off");
  EXPECT_EQ(load("rules:\n  profile: loose\n  unattended: some\n").problems.size(), 2u);
}

TEST(AgentConfigTest, ItIsKnownWhereTheKernelsSettingsAreMade) {
  EXPECT_TRUE(load("rules:\n  profile: light\n").config.set_at.empty());
  const auto set_at = load("kernel:\n  backlog_limit: 100\n").config.set_at;
  ASSERT_EQ(set_at.size(), 1u);
  EXPECT_TRUE(set_at.at("kernel.backlog_limit").ends_with(":2"));
}

TEST(AgentConfigTest, EveryProblemAtOnceWithItsLine) {
  const LoadedConfig loaded = load(
      "log_level: loud\n"
      "spool:\n"
      "  folder: relative/path\n"
      "  bytes_max: 1\n"
      "rules:\n"
      "  only_login_uid: -5\n"
      "colour: red\n");
  ASSERT_EQ(loaded.problems.size(), 5u);
  for (const char* line : {":1: ", ":3: ", ":4: ", ":6: ", ":7: "}) {
    bool found = false;
    for (const std::string& p : loaded.problems) found = found || p.find(line) != std::string::npos;
    EXPECT_TRUE(found) << line;
  }
}

TEST(AgentConfigTest, ShippedFileIsTheDefaults) {
  const LoadedConfig shipped = load_config(in_source("packaging/config/agent.yml"));
  for (const std::string& problem : shipped.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(shipped.config), describe(Config()));
}

TEST(AgentConfigTest, MissingFileIsAProblem) {
  EXPECT_EQ(load_config("/nowhere/agent.yml").problems.size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
