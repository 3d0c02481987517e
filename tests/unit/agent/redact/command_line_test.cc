#include "agent/redact/command_line.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

using Commands = std::vector<std::vector<std::string>>;

Commands split(std::string_view text, CommandLine::Kind kind) {
  Commands commands;
  CommandLine line({text, 0, 0, nullptr}, kind);
  for (const auto& words : line.commands()) {
    commands.emplace_back();
    for (const Word& word : words) {
      commands.back().emplace_back(word.bytes);
      // Every byte stands where it says.
      for (size_t i = 0; i < word.bytes.size(); ++i) {
        EXPECT_EQ(text.at(word.position(i)), word.bytes[i]) << text;
      }
    }
  }
  return commands;
}

TEST(CommandLineTest, AShellsLine) {
  const auto shell = CommandLine::Kind::shell;
  EXPECT_EQ(split("a b  c", shell), (Commands{{"a", "b", "c"}}));
  EXPECT_EQ(split("a;b|c&&d\ne", shell), (Commands{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}}));
  EXPECT_EQ(split("a $(b c) `d`", shell), (Commands{{"a", "$"}, {"b", "c"}, {"d"}}));
  EXPECT_EQ(split("-p'a b' \"c;d\" e\\ f", shell), (Commands{{"-pa b", "c;d", "e f"}}));
  EXPECT_EQ(split("\"a\\\"b\"", shell), (Commands{{"a\"b"}}));
  EXPECT_EQ(split("it's a", shell), (Commands{{"it's", "a"}})) << "never closed";
  EXPECT_EQ(split("", shell), Commands());
  EXPECT_EQ(split("\\", shell), (Commands{{"\\"}}));
}

// Bytes that a shell would take have lost their quotes: they are part of a word.
TEST(CommandLineTest, JoinedArguments) {
  const auto joined = CommandLine::Kind::joined;
  EXPECT_EQ(split("mysql -pa;b|c(d)", joined), (Commands{{"mysql", "-pa;b|c(d)"}}));
  EXPECT_EQ(split("x : A=1 ; COMMAND=id", joined), (Commands{{"x", ":", "A=1"}, {"COMMAND=id"}}));
  EXPECT_EQ(split("(root) CMD (mysql -px)", joined),
            (Commands{{"root)", "CMD"}, {"mysql", "-px)"}}));
}

}  // namespace
}  // namespace spoor::agent
