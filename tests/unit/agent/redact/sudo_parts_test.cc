#include "agent/redact/sudo_parts.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

class SudoPartsTest : public ::testing::Test {
 protected:
  SudoPartsTest() {
    loaded_ = load_redact_rules(std::vector<RuleFile>{
        {"x.yml", "rules: [{name: r, programs: [tool], word: '-p|-p(.+)'}]"}});
    matcher_.emplace(*loaded_.rules);
    parts_.emplace(*matcher_);
  }
  LoadedRedactRules loaded_;
  std::optional<Matcher> matcher_;
  std::optional<SudoParts> parts_;
};

TEST_F(SudoPartsTest, ASecretAtEveryBlank) {
  const std::string command = "COMMAND=/bin/tool -a -p secret -b -psecret words of it -c";
  for (size_t at = command.find(' '); at != command.npos; at = command.find(' ', at + 1)) {
    const std::string first = command.substr(0, at);
    parts_->begin("w", first, matcher_->blanked(first, matcher_->in_joined(
                                  first, TextKind::message)));
    const std::string rest = parts_->next("w", command.substr(at + 1));
    EXPECT_EQ(rest.find("secret"), rest.npos) << first;
    EXPECT_TRUE(rest.ends_with("-c")) << rest;
    EXPECT_EQ(rest.find("of"), rest.npos) << first;
  }
}

TEST_F(SudoPartsTest, AWordThatIsLongerThanALine) {
  const std::string part(900, 'x');
  parts_->begin("w", "COMMAND=/bin/tool -a", "COMMAND=/bin/tool -a");
  EXPECT_EQ(parts_->next("w", "-p" + part), "-p«redacted:r»");
  EXPECT_EQ(parts_->next("w", part), "«redacted:unchecked»");
  EXPECT_EQ(parts_->next("w", "xyz -a"), "«redacted:unchecked» -a");
  EXPECT_EQ(parts_->next("w", "-pabc"), "-p«redacted:r»");
}

TEST_F(SudoPartsTest, WhatIsNotKnownIsBlanked) {
  EXPECT_EQ(parts_->next("w", "a b"), "«redacted:unchecked»");
  for (size_t i = 0; i <= kSudoWritersMax; ++i) {
    parts_->begin(std::to_string(i), "COMMAND=/bin/tool", "COMMAND=/bin/tool");
  }
  EXPECT_EQ(parts_->next("0", "-a"), "«redacted:unchecked»") << "the oldest went";
  EXPECT_EQ(parts_->next("1", "-a"), "-a");
  const std::string long_part(kSudoTextBytesMax, 'x');
  EXPECT_EQ(parts_->next("1", long_part), "«redacted:unchecked»");
  EXPECT_EQ(parts_->next("1", "-a"), "«redacted:unchecked»");
  EXPECT_EQ(parts_->next("2", "-a"), "-a");
}

}  // namespace
}  // namespace spoor::agent
