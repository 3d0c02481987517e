#include "collector/identity/agent_name.h"

namespace spoor::collector {
namespace {

TEST(AgentName, WhatIsAName) {
  for (const char* name : {"web1", "WEB-1.example.org", "0a", "a_b"})
    EXPECT_TRUE(check_agent_name(name).is_ok()) << name;
  for (const std::string name : {"", "-a", ".a", "_a", "a b", "a/b", "a\n", "web*", "collector"})
    EXPECT_EQ(check_agent_name(name).code(), Code::invalid) << name;
  EXPECT_TRUE(check_agent_name(std::string(64, 'a')).is_ok());
  EXPECT_FALSE(check_agent_name(std::string(65, 'a')).is_ok());
}

TEST(AgentName, PatternsFit) {
  EXPECT_TRUE(fits_pattern("web1", "web*"));
  EXPECT_TRUE(fits_pattern("web", "web*"));
  EXPECT_TRUE(fits_pattern("web1", "*"));
  EXPECT_TRUE(fits_pattern("web1.eu.example", "web*.eu.*"));
  EXPECT_TRUE(fits_pattern("aXbXc", "a*b*c"));
  EXPECT_TRUE(fits_pattern("abcbc", "a*bc"));
  EXPECT_TRUE(fits_pattern("web1", "web1"));
  EXPECT_FALSE(fits_pattern("web1", "web"));
  EXPECT_FALSE(fits_pattern("Web1", "web*"));
  EXPECT_FALSE(fits_pattern("xweb1", "web*"));
  EXPECT_FALSE(fits_pattern("web1", "web*2"));
  EXPECT_FALSE(fits_pattern("ab", "ab*b"));  // the piece's letters are used once
  EXPECT_FALSE(fits_pattern("web1", ""));
}

// Every pattern of few letters against every name of few letters, beside the plain definition.
bool fits_slowly(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] != '*')
    return !name.empty() && name[0] == pattern[0] && fits_slowly(name.substr(1), pattern.substr(1));
  for (size_t skip = 0; skip <= name.size(); ++skip)
    if (fits_slowly(name.substr(skip), pattern.substr(1))) return true;
  return false;
}
std::vector<std::string> words(const std::string& letters, size_t length_max) {
  std::vector<std::string> out = {""};
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i].size() == length_max) continue;
    const std::string word = out[i];
    for (const char c : letters) out.push_back(word + c);
  }
  return out;
}
TEST(AgentName, PatternsFitAsTheirDefinitionSays) {
  for (const std::string& pattern : words("ab*", 5))
    for (const std::string& name : words("ab", 5))
      ASSERT_EQ(fits_pattern(name, pattern), fits_slowly(name, pattern)) << pattern << ' ' << name;
}

TEST(AgentName, WhatIsAPattern) {
  EXPECT_TRUE(check_name_pattern("*").is_ok());
  EXPECT_TRUE(check_name_pattern("web*.eu-*").is_ok());
  EXPECT_FALSE(check_name_pattern("").is_ok());
  EXPECT_FALSE(check_name_pattern("web?").is_ok());
  EXPECT_FALSE(check_name_pattern("*********").is_ok());
}

TEST(AgentName, LabelsComeBack) {
  Labels labels;
  EXPECT_TRUE(add_label("env=prod", labels).is_ok());
  EXPECT_TRUE(add_label("rack=7", labels).is_ok());
  EXPECT_FALSE(add_label("env=test", labels).is_ok());
  for (const char* bad : {"", "env", "env=", "=prod", "7=x", "a=b=c", "a=b c", "a=b\n"})
    EXPECT_FALSE(add_label(bad, labels).is_ok()) << bad;
  EXPECT_EQ(labels_from_text(labels_text(labels)).value(), labels);
  EXPECT_EQ(labels_from_text("env=prod").code(), Code::corrupt);
  Labels many;
  for (int i = 0; i < 16; ++i)
    EXPECT_TRUE(add_label("k" + std::to_string(i) + "=v", many).is_ok());
  EXPECT_FALSE(add_label("one=more", many).is_ok());
}

}  // namespace
}  // namespace spoor::collector
