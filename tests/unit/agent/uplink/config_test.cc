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
  const LoadedConfig loaded = load(describe(config));
  for (const std::string& problem : loaded.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(loaded.config), describe(config));
}

TEST(UplinkConfigTest, ShippedFileIsTheDefaults) {
  const LoadedConfig shipped = load_config(in_source("packaging/config/uplink.yml"));
  for (const std::string& problem : shipped.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(describe(shipped.config), describe(Config()));
}

TEST(UplinkConfigTest, OnlyUnixSocketsUntilThereIsTls) {
  for (const char* address :
       {"collector.example:4460", "10.0.0.1:1", "unix:relative", "dns:///x"}) {
    const LoadedConfig loaded = load("collector:\n  address: " + std::string(address) + "\n");
    ASSERT_EQ(loaded.problems.size(), 1u) << address;
    EXPECT_NE(loaded.problems[0].find("mutual TLS"), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::uplink
