#include "common/quoting.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/text_width.h"

namespace spoor {
namespace {

// A folder of its own for each test that asks a real shell.
class Bash : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-quoting-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    std::filesystem::permissions(folder_ + "/" + name, std::filesystem::perms::owner_all);
  }
  // What `script` writes to its standard output.
  std::string run(const std::string& script) {
    write("script.sh", script);
    FILE* pipe = popen(("LC_ALL=C.UTF-8 bash " + folder_ + "/script.sh").c_str(), "r");
    std::string out;
    char buffer[4096];
    for (size_t n = 1; n > 0;) {
      n = std::fread(buffer, 1, sizeof buffer, pipe);
      out.append(buffer, n);
    }
    EXPECT_EQ(pclose(pipe), 0);
    return out;
  }

  std::string folder_;
};

TEST(ShellQuote, IsBareWhereThatIsSafeAndQuietElsewhere) {
  EXPECT_EQ(shell_quote("ls"), "ls");
  EXPECT_EQ(shell_quote("--author=x"), "--author=x");
  EXPECT_EQ(shell_quote("/usr/bin/g++"), "/usr/bin/g++");
  EXPECT_EQ(shell_quote("["), "[");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_quote("~"), "'~'");
  EXPECT_EQ(shell_quote("it's"), "\"it's\"");
  EXPECT_EQ(shell_quote("it's $5"), "$'it\\'s $5'");
  EXPECT_EQ(shell_quote("日本 語"), "'日本 語'");
}

TEST(ShellQuote, TheFirstWordIsNoKeywordAndNoAssignment) {
  EXPECT_EQ(shell_quote("time", true), "'time'");
  EXPECT_EQ(shell_quote("time"), "time");
  EXPECT_EQ(shell_quote("A=1", true), "'A=1'");
  EXPECT_EQ(shell_quote("A=1"), "A=1");
}

TEST(ShellQuote, ShowsWhatWouldActOnTheTerminalAsBytes) {
  EXPECT_EQ(shell_quote("\x1b[31m"), "$'\\x1b[31m'");
  EXPECT_EQ(shell_quote("a\nb\tc\rd"), "$'a\\nb\\tc\\rd'");
  EXPECT_EQ(shell_quote("a\u202eb"), "$'a\\xe2\\x80\\xaeb'");
  EXPECT_EQ(shell_quote("\xff"), "$'\\xff'");
  EXPECT_EQ(shell_quote("\u0301"), "$'\\xcc\\x81'");  // no letter to stand on
}

TEST(ShellQuote, MarksDoNotPileUp) {
  std::string tower = "Z";
  for (int i = 0; i < 20; ++i) tower += "\u0301";
  const std::string quoted = shell_quote(tower);
  EXPECT_TRUE(quoted.starts_with("$'Z\u0301\u0301\u0301\\xcc\\x81")) << quoted;
}

TEST_F(Bash, ReadsBackEveryByte) {
  std::mt19937 random(7);
  const std::string pieces[] = {"a",      " ",      "'",  "\"", "\\", "$", "`",     "!",
                                "\n",     "\t",     "\x1b", "\xff", "é", "日", "\u202e", "\u200d",
                                "*",      "~",      "#",  "{a,b}", "=", "x41", "\x80", "0",
                                "-",      "e\u0301", "\x7f", "\u009b"};
  std::string script = "printf '%s\\0'";
  std::string expected;
  const auto add = [&](const std::string& argument) {
    script += " " + shell_quote(argument);
    expected += argument + '\0';
  };
  for (int i = 0; i < 3000; ++i) {
    std::string argument;
    for (size_t n = random() % 8; n > 0; --n) argument += pieces[random() % std::size(pieces)];
    add(argument);
  }
  for (int byte = 1; byte < 256; ++byte) add(std::string(2, static_cast<char>(byte)));
  EXPECT_EQ(run(script + "\n"), expected);
}

// Programs with the names of keywords and the like say how they were called.
TEST_F(Bash, TakesTheFirstWordAsAProgram) {
  for (const std::string word : {"time", "if", "A=1", "case", "!", "{", "~", "while", "a b"}) {
    write(word, "#!/bin/sh\nprintf %s \"${0##*/}\"\n");
    EXPECT_EQ(run("PATH=" + folder_ + "\n" + shell_quote(word, true) + "\n"), word);
  }
}

TEST(Visible, NothingUnsafeComesOut) {
  EXPECT_EQ(visible("alice"), "alice");
  EXPECT_EQ(visible("a\x1b[31m"), "a\\x1b[31m");
  EXPECT_EQ(visible("back\\x1b"), "back\\\\x1b");  // not to be taken for an escape
  EXPECT_EQ(visible("line\nfeed"), "line\\nfeed");
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const std::string shown = visible(all);
  for (std::string_view rest = shown; !rest.empty();) {
    const Glyph glyph = first_glyph(rest);
    ASSERT_TRUE(glyph.safe);
    rest.remove_prefix(glyph.bytes);
  }
}

}  // namespace
}  // namespace spoor
