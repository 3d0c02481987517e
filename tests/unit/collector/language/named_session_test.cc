#include "collector/language/named_session.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(NamedSession, ThreeLettersOfTheBoot) {
  EXPECT_EQ(boot_letters(Id{}), "000");
  Id id{};
  id[0] = 0xff;
  id[1] = 0xff;
  EXPECT_EQ(boot_letters(id), "zzz");
  id[0] = 0b00001'000;  // 1, 2, 3 in five bits each
  id[1] = 0b10'00011'0;
  EXPECT_EQ(boot_letters(id), "123");
}

TEST(NamedSession, ForgivesCapitalsAndLookAlikes) {
  EXPECT_EQ(parse_session_name("web1:6.K3F")->letters, "k3f");
  EXPECT_EQ(parse_session_name("web1:6.oIl")->letters, "011");
  EXPECT_EQ(parse_session_name("web1:6")->letters, "");
}

TEST(NamedSession, WhatIsNoName) {
  for (const char* bad : {"", "web1", ":6", "web1:", "web1:x", "web1:0", "web1:6.", "web1:6.k3",
                          "web1:6.k3ff", "web1:6k3f", "web1:6.k3u", "web1:-6", "web1:99999999999",
                          "abababababababababababababababa", "web1:6.k3f "})
    EXPECT_EQ(parse_session_name(bad).code(), Code::invalid) << bad;
}

}  // namespace
}  // namespace spoor::collector
