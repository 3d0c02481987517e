#include "collector/config.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  LoadedConfig load(const std::string& yaml) {
    std::ofstream(path_) << yaml;
    return load_config(path_);
  }
  TempFolder folder_;
  const std::string path_ = folder_ / "c.yml";
};

TEST_F(ConfigTest, HasDefaultsAndTakesValues) {
  EXPECT_TRUE(load("").problems.empty());
  const LoadedConfig loaded = load(
      "log_level: debug\nlog: {folder: /srv/log}\nuplink: {socket: unix:/run/a}\n"
      "query: {socket: /run/b, group: root}\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.log_folder, "/srv/log");
  EXPECT_EQ(loaded.config.uplink_socket, "/run/a");
  EXPECT_EQ(loaded.config.query_socket, "/run/b");
  EXPECT_EQ(loaded.config.query_group, "root");
  EXPECT_EQ(loaded.config.uplink_group, "");
}

TEST_F(ConfigTest, WhatItPrintsItReads) {
  const LoadedConfig loaded = load("log: {folder: /srv/log}\nuplink: {group: 42}\n");
  const LoadedConfig again = load(describe(loaded.config));
  EXPECT_TRUE(again.problems.empty());
  EXPECT_EQ(describe(again.config), describe(loaded.config));
}

TEST_F(ConfigTest, TellsEveryProblem) {
  const LoadedConfig loaded = load(
      "log_level: loud\nlog:\n  folder: relative\nuplink:\n  socket: tcp:0.0.0.0:4242\n"
      "query:\n  socket: /" + std::string(200, 'x') + "\nextra: 1\n");
  EXPECT_THAT(loaded.problems,
              ElementsAre(HasSubstr("c.yml:1: log_level"), HasSubstr("c.yml:3: log.folder"),
                          HasSubstr("c.yml:5: uplink.socket"), HasSubstr("c.yml:7: query.socket"),
                          HasSubstr("c.yml:8: extra")));
  EXPECT_THAT(loaded.problems[2], HasSubstr("mutual TLS"));
}

TEST_F(ConfigTest, OneSocketCannotBeBoth) {
  const LoadedConfig loaded = load("uplink: {socket: /run/a}\nquery: {socket: unix:/run/a}\n");
  EXPECT_THAT(loaded.problems, ElementsAre(HasSubstr("c.yml:2: query.socket")));
}

TEST_F(ConfigTest, GroupsMustExist) {
  const LoadedConfig loaded = load("uplink:\n  group: no-such-group\nquery:\n  group: root\n");
  EXPECT_THAT(loaded.problems, ElementsAre(HasSubstr("c.yml:2: uplink.group")));
}

TEST_F(ConfigTest, AMissingFileIsAProblemIfItWasAskedFor) {
  const std::string none = folder_ / "none.yml";
  const LoadedConfig asked = load_config(none);
  ASSERT_EQ(asked.problems.size(), 1u);
  EXPECT_THAT(asked.problems[0], testing::StartsWith(none + ": "));
  EXPECT_THAT(asked.problems[0], testing::Not(HasSubstr(":0:")));
  const LoadedConfig defaults = load_config(none, false);
  EXPECT_TRUE(defaults.problems.empty());
  EXPECT_EQ(describe(defaults.config), describe(Config{}));
  // Only one that is not there: this one cannot be read.
  EXPECT_EQ(load_config(folder_ / "", false).problems.size(), 1u);
}

}  // namespace
}  // namespace spoor::collector
