#include "collector/language/network.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

Network network(std::string_view text) {
  const auto parsed = parse_network(text);
  EXPECT_TRUE(parsed.is_ok()) << text;
  return parsed.is_ok() ? *parsed : Network{};
}

TEST(Network, Holds) {
  EXPECT_TRUE(network("10.0.0.0/8").holds(network("10.255.0.1")));
  EXPECT_FALSE(network("10.0.0.0/8").holds(network("11.0.0.0")));
  EXPECT_TRUE(network("10.0.0.128/25").holds(network("10.0.0.129")));
  EXPECT_FALSE(network("10.0.0.128/25").holds(network("10.0.0.127")));
  EXPECT_TRUE(network("10.0.0.7").holds(network("10.0.0.7")));
  EXPECT_FALSE(network("10.0.0.7").holds(network("10.0.0.6")));
  EXPECT_TRUE(network("2001:db8::/33").holds(network("2001:db8:7fff::1")));
  EXPECT_FALSE(network("2001:db8::/33").holds(network("2001:db8:8000::1")));
  EXPECT_FALSE(network("10.1.0.0/16").holds(network("10.0.0.0/8")));
  EXPECT_TRUE(network("0.0.0.0/0").holds(network("255.255.255.255")));
  EXPECT_FALSE(network("0.0.0.0/0").holds(network("::1")));
  EXPECT_TRUE(network("::/0").holds(network("10.0.0.1")));
}

// A dual-stack socket tells of IPv4 in this form.
TEST(Network, IPv4InIPv6IsIPv4) {
  EXPECT_EQ(network("::ffff:10.0.0.7"), network("10.0.0.7"));
  EXPECT_EQ(network("::ffff:10.0.0.0/104"), network("10.0.0.0/8"));
}

TEST(Network, Text) {
  for (const char* text : {"10.0.0.0/8", "10.0.0.7/32", "2001:db8::/32", "::/0", "0.0.0.0/0"})
    EXPECT_EQ(network(text).to_text(), text);
  EXPECT_EQ(network("10.9.8.7/8").to_text(), "10.0.0.0/8");
  EXPECT_EQ(network("2001:db8:ffff::/33").to_text(), "2001:db8:8000::/33");
}

TEST(Network, WhatIsNone) {
  for (const std::string& text :
       {std::string(""), std::string("/8"), std::string("10.0.0.0/"), std::string("10.0.0.0/x"),
        std::string("10.0.0.0/33"), std::string("10.0.0.0/-1"), std::string("10.0.0.0/8/8"),
        std::string("10.0.0"), std::string("010.0.0.1x"), std::string("::/129"),
        std::string("fe80::1%eth0"), std::string("10.0.0.1\0", 9), std::string("\x1b[2J")}) {
    const auto parsed = parse_network(text);
    EXPECT_EQ(parsed.code(), Code::invalid) << text;
    EXPECT_EQ(parsed.status().message().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace spoor::collector
