#include "agent/uplink/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/source_folder.h"

namespace spoor::uplink {
namespace {

LoadedConfig load(const std::string& yaml) {
  char path[] = "/tmp/spoor-uplink-config-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << yaml;
  LoadedConfig loaded = load_config(path);
  unlink(path);
  return loaded;
}

TEST(UplinkConfigTest, WhatIsDescribedLoadsAgain) {
  Config config;
  config.host = "web1";
  config.switch_log = true;
  const LoadedConfig loaded = load(describe(config));
  for (const std::string& problem : loaded.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(loaded.config), describe(config));
}

TEST(UplinkConfigTest, ShippedFileIsTheDefaults) {
  const LoadedConfig shipped = load_config(in_source("packaging/config/uplink.yml"));
  for (const std::string& problem : shipped.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(shipped.config), describe(Config()));
}

TEST(UplinkConfigTest, LeavingALogIsAPlainYes) {
  EXPECT_FALSE(load("log_level: info\n").config.switch_log);
  EXPECT_TRUE(load("switch_log: yes\n").config.switch_log);
  EXPECT_FALSE(load("switch_log: no\n").config.switch_log);
  EXPECT_EQ(load("switch_log: perhaps\n").problems.size(), 1u);
}

TEST(UplinkConfigTest, AddressesAreChecked) {
  const LoadedConfig good =
      load("collector:\n  addresses: ['unix:/x', 'c.example:4460', '[::1]:4460']\n");
  EXPECT_TRUE(good.problems.empty());
  EXPECT_EQ(good.config.collector_addresses.size(), 3u);
  EXPECT_EQ(describe(load(describe(good.config)).config), describe(good.config));
  const LoadedConfig wrong =
      load("collector:\n  addresses: ['c.example:4460', 'c.example', 'dns:///x:1']\n");
  ASSERT_EQ(wrong.problems.size(), 2u);
  EXPECT_NE(wrong.problems[0].find("c.example: an address is HOST:PORT"), std::string::npos);
  std::string many = "collector:\n  addresses:\n";
  for (size_t i = 0; i <= kCollectorAddressesMax; ++i) many += "    - 'c.example:4460'\n";
  EXPECT_EQ(load(many).problems.size(), 1u);
}

}  // namespace
}  // namespace spoor::uplink
