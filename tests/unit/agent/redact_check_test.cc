#include "agent/redact_check.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

class RedactCheckTest : public ::testing::Test {
 protected:
  const LoadedRedactRules loaded_ = load_redact_rules(shipped_redact_rules());
  Matcher matcher_{*loaded_.rules};
};

TEST_F(RedactCheckTest, ALine) {
  const CheckedLine checked = check_line(matcher_, "mysql -phunter2x && id");
  EXPECT_EQ(checked.text, "mysql -p«redacted:mysql-password» && id");
  EXPECT_EQ(checked.rules, std::vector<std::string>{"mysql-password"});
  EXPECT_EQ(check_line(matcher_, "id").text, "id");
  EXPECT_TRUE(check_line(matcher_, "id").rules.empty());
}

TEST_F(RedactCheckTest, Arguments) {
  const auto checked = check_arguments(matcher_, R"(["sshpass", "-p", "a b", "ssh", "it's"])");
  ASSERT_TRUE(checked.is_ok());
  EXPECT_EQ(checked->text, "sshpass -p '«redacted:sshpass-password»' ssh \"it's\"");
  EXPECT_EQ(checked->rules, std::vector<std::string>{"sshpass-password"});
  for (const char* bad : {"", "[]", "{}", "[1]", "[\"a\"", "\"a\""}) {
    EXPECT_EQ(check_arguments(matcher_, bad).code(), Code::invalid) << bad;
  }
}

}  // namespace
}  // namespace spoor::agent
