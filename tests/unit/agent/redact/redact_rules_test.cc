#include "agent/redact/redact_rules.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

std::vector<std::string> problems_of(const std::string& yaml) {
  return load_redact_rules(std::vector<RuleFile>{{"f.yml", yaml}}).problems;
}

TEST(RedactRulesTest, WhatIsShippedIsWell) {
  const auto loaded = load_redact_rules(shipped_redact_rules());
  EXPECT_EQ(loaded.problems, std::vector<std::string>());
  EXPECT_GT(loaded.rules->rules.size(), 50u);
  EXPECT_EQ(loaded.rules->wrappers.at("sudo"), 0u);
}

TEST(RedactRulesTest, EveryProblemIsToldWithItsPlace) {
  EXPECT_EQ(problems_of("rules:\n- name: a\n  words: [abc]\n  text: '('\n"
                        "- name: B\n  nonsense: 1\n"),
            (std::vector<std::string>{"f.yml:4: text: missing ): (",
                                      "f.yml:6: nonsense: unknown key"}));
  for (const char* bad :
       {"x: 1", "rules: 1", "[1]", "rules: [1]", "rules: [{}]", "a: [", "wrappers: {sudo: 99}",
        "wrappers: {sudo: x}", "off: [none]", "shells: {a: b}",
        "command_options: x", "rules: [{name: a, words: [abc]}]",
        "rules: [{name: a, words: [abc], text: '(x)', word: x}]",
        "rules: [{name: a, words: [abc], text: x}]", "rules: [{name: a, words: [ab], text: '(x)'}]",
        "rules: [{name: a, text: '(x)'}]", "rules: [{name: A b, words: [abc], text: '(x)'}]",
        "rules: [{name: a, words: [abc], text: '(x)', after: y}]",
        "rules: [{name: a, words: [abc], word: x, value: y}]",
        "rules: [{name: a, programs: [ab], word: x}]",
        "rules: [{name: a, programs: [abc], text: '(x)'}]",
        "rules: [{name: a, words: [abc], word: x, in: [nowhere]}]",
        "rules: [{name: a, words: [abc], word: x}, {name: a, words: [abc], word: x}]"}) {
    EXPECT_EQ(problems_of(bad).size(), 1u) << bad;
  }
}

TEST(RedactRulesTest, ALaterFileReplacesAndTurnsOff) {
  const std::vector<RuleFile> files = {
      {"1.yml", "rules: [{name: a, words: [one], text: '(x)'},\n"
                "        {name: b, words: [two], text: '(x)'}]"},
      {"2.yml", "off: [b]\nrules: [{name: a, words: [three], text: '(x)'}]"}};
  const auto loaded = load_redact_rules(files);
  ASSERT_EQ(loaded.problems, std::vector<std::string>());
  ASSERT_EQ(loaded.rules->rules.size(), 1u);
  EXPECT_EQ(loaded.rules->rules[0].place, "2.yml:2");
  RuleBits found;
  EXPECT_FALSE(loaded.rules->literals.find("one two", found));
  EXPECT_TRUE(loaded.rules->literals.find("three", found));
}

TEST(RedactRulesTest, TooManyAreAProblem) {
  std::string yaml = "rules:\n";
  for (size_t i = 0; i <= kRedactRulesMax; ++i) {
    yaml += "- {name: a" + std::to_string(i) + ", words: [abc], text: '(x)'}\n";
  }
  EXPECT_EQ(problems_of(yaml).size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
