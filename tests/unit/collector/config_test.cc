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
      "query: {socket: /run/b}\n");
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.config.log_folder, "/srv/log");
  EXPECT_EQ(loaded.config.uplink_socket, "/run/a");
  EXPECT_EQ(loaded.config.query_socket, "/run/b");
}

TEST_F(ConfigTest, WhatItPrintsItReads) {
  const LoadedConfig loaded = load("log: {folder: /srv/log}\n");
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

TEST_F(ConfigTest, AMissingFileIsAProblem) {
  EXPECT_EQ(load_config(folder_ / "none.yml").problems.size(), 1u);
}

}  // namespace
}  // namespace spoor::collector
