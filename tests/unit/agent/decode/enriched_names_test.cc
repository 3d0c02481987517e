#include "agent/decode/enriched_names.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

Names learnt(std::string_view text, Names names = {}) {
  learn_names(text, names);
  return names;
}

TEST(EnrichedNamesTest, NamesOfTheRecordsNumbers) {
  const Names names = learnt(
      "audit(1.2:3): arch=c000003e ppid=1 pid=2 auid=1000 uid=33 gid=33 euid=0 ses=3"
      "\x1d"
      "ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"www-data\" GID=\"g\" EUID=\"root\"");
  EXPECT_EQ(names, (Names{{1000, "alice"}, {33, "www-data"}, {0, "root"}}));
}

TEST(EnrichedNamesTest, ANameMayChange) {
  EXPECT_EQ(learnt(" uid=7\x1dUID=\"new\"", {{7, "old"}}), (Names{{7, "new"}}));
}

TEST(EnrichedNamesTest, NoHostHasLongerNames) {
  for (const size_t size : {255u, 256u}) {
    const Names names = learnt(" uid=7\x1dUID=\"" + std::string(size, 'x') + "\"");
    EXPECT_EQ(names.size(), size < 256 ? 1u : 0u) << size;
  }
}

TEST(EnrichedNamesTest, WhatIsNoNameIsNotLearnt) {
  for (const std::string_view text :
       {"audit(1.2:3): uid=7 UID=\"x\"", " uid=7\x1dUID=\"unset\"", " uid=7\x1dUID=\"unknown(7)\"",
        " uid=4294967295\x1dUID=\"x\"", " uid=x\x1dUID=\"x\"", " uid=7\x1dUID=\"cut", " uid=7\x1d",
        " uid=7\x1dUID=bare",
        " uid=7\x1d"
        "AUID=\"alice\"",
        "\x1d", ""}) {
    EXPECT_EQ(learnt(text), Names{}) << text;
  }
}

}  // namespace
}  // namespace spoor::agent
