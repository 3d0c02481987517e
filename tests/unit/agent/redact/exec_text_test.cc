#include "agent/redact/exec_text.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

std::vector<std::string> values_of(std::span<const Argument> arguments) {
  std::vector<std::string> values;
  for (const Argument& argument : arguments) values.emplace_back(argument.bytes);
  return values;
}

TEST(ExecTextTest, PiecesAreJoinedInWhateverOrder) {
  ExecText text;
  text.add("audit(1.0:2): argc=3 a0=\"sh\" a2_len=6 a2[1]=\"cd\"");
  text.add("audit(1.0:2): a2[0]=\"ab\" a1=2D63");
  const auto arguments = text.arguments();
  EXPECT_EQ(values_of(arguments), (std::vector<std::string>{"sh", "-c", "abcd"}));
  EXPECT_TRUE(arguments[2].cut) << "two bytes are missing";
  EXPECT_FALSE(arguments[0].cut);
}

TEST(ExecTextTest, OnlyWhatIsChangedIsWrittenAnew) {
  ExecText text;
  text.add("audit(1.0:2): argc=2 a0=\"sh\" a1_len=6 a1[0]=\"abc\"");
  text.add("audit(1.0:2): a1[1]=\"def\"");
  text.add("audit(1.0:2): x=1 a1[2]=\"\"");
  (void)text.arguments();
  EXPECT_EQ(text.with({{1, "new"}}),
            (std::vector<std::string>{"audit(1.0:2): argc=2 a0=\"sh\" a1=\"new\"", "",
                                      "audit(1.0:2): x=1"}));
  EXPECT_EQ(text.with({}).at(1), "audit(1.0:2): a1[1]=\"def\"");
}

TEST(ExecTextTest, OneThatIsThereTwiceIsTwo) {
  ExecText text;
  text.add("a0=\"one\" a0=\"two\" a1[0]=\"x\" a99999999999999999999=\"no number\" b0=\"none\"");
  EXPECT_EQ(values_of(text.arguments()), (std::vector<std::string>{"one", "two", "x"}));
  EXPECT_TRUE(text.begun().empty());
}

TEST(ExecTextTest, WhatARunBeforeHadBegunToBlank) {
  ExecText text;
  const std::string begun = "a0=" + as_hex("-p«redacted:x»");
  text.add(begun);
  text.add("a0[1]=\"rest\"");
  EXPECT_EQ(values_of(text.arguments()), (std::vector<std::string>{"-p«redacted:x»"}));
  EXPECT_EQ(text.begun(), std::vector<uint32_t>{0});
}

}  // namespace
}  // namespace spoor::agent
