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
  const LoadedConfig loaded =
      load("log: {folder: /srv/log}\nindex: {folder: /fast/index}\nuplink: {group: 42}\n");
  EXPECT_EQ(index_folder(loaded.config), "/fast/index");
  EXPECT_EQ(index_folder(load("log: {folder: /srv/log}\n").config), "/srv/log/index");
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

TEST_F(ConfigTest, ADoorToTheNetwork) {
  const LoadedConfig both = load("uplink: {listen: '[::]:4242', key: /k}\nlog: {ballast: 1 MiB}\n");
  EXPECT_THAT(both.problems, ElementsAre());
  EXPECT_EQ(both.config.uplink_listen, "[::]:4242");
  EXPECT_EQ(both.config.tls_key, "/k");
  EXPECT_EQ(both.config.log_ballast_bytes, 1u << 20);
  EXPECT_FALSE(both.config.uplink_socket.empty());
  const LoadedConfig alone = load("uplink: {listen: 'c1.example.org:4242', socket: ''}\n");
  EXPECT_THAT(alone.problems, ElementsAre());
  EXPECT_TRUE(alone.config.uplink_socket.empty());
  EXPECT_EQ(describe(load(describe(alone.config)).config), describe(alone.config));
  EXPECT_THAT(load("uplink: {socket: ''}\n").problems,
              ElementsAre(HasSubstr("c.yml:1: uplink.socket")));
  for (const char* bad : {"4242", ":4242", "host:", "host:99999", "host:1x", "unix:/a:1"}) {
    EXPECT_THAT(load(std::string("uplink: {listen: '") + bad + "'}\n").problems,
                ElementsAre(HasSubstr("c.yml:1: uplink.listen")))
        << bad;
  }
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
