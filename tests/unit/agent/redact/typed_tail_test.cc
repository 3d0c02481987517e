#include "agent/redact/typed_tail.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/support/sample_commands.h"

namespace spoor::agent {
namespace {

const RedactRules& shipped() {
  static const LoadedRedactRules loaded = load_redact_rules(shipped_redact_rules());
  EXPECT_EQ(loaded.problems, std::vector<std::string>());
  return *loaded.rules;
}

class TypedTailTest : public ::testing::Test {
 protected:
  std::string on(std::string_view data, std::string_view program = "bash") {
    matcher_.begin();
    return tail_.shown(data, program, matcher_, found_);
  }
  std::string rest(std::string_view program = "bash") {
    matcher_.begin();
    return tail_.rest(program, matcher_, found_);
  }
  // All that is shown of these records, and of what is left then.
  std::string all_of(const std::vector<std::string>& records) {
    tail_ = {};
    std::string shown;
    for (const std::string& record : records) shown += on(record);
    return shown + rest();
  }

  // A secret of many parts is blanked in each of them.
  static std::string once(std::string text) {
    const std::string key = "«redacted:private-key»";
    for (size_t at; (at = text.find(key + key)) != text.npos;) text.erase(at, key.size());
    return text;
  }

  Matcher matcher_{shipped()};
  TypedTail tail_;
  bool found_ = false;
};

// The kernel may cut anywhere.
TEST_F(TypedTailTest, NoSplitOfALineShowsAPartOfItsSecret) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    const std::string typed = std::string("ls\r").append(command.line).append("\recho done\r");
    const std::string whole = all_of({typed});
    EXPECT_EQ(whole.find(command.secret), whole.npos) << command.line;
    for (size_t at = 0; at <= typed.size(); ++at) {
      EXPECT_EQ(once(all_of({typed.substr(0, at), typed.substr(at)})), whole)
          << at << " of " << command.line;
    }
    std::vector<std::string> bytes;
    for (const char c : typed) bytes.emplace_back(1, c);
    EXPECT_EQ(once(all_of(bytes)), whole) << command.line;
  }
}

TEST_F(TypedTailTest, WhatHoldsNoSecretIsShownByteForByte) {
  for (const SampleCommand& command : sample_commands("harmless.txt")) {
    const std::string typed = std::string("ls\r").append(command.line).append("\recho done\r");
    for (size_t at = 0; at <= typed.size(); ++at) {
      EXPECT_EQ(all_of({typed.substr(0, at), typed.substr(at)}), typed) << command.line;
    }
    EXPECT_FALSE(found_) << command.line;
  }
}

TEST_F(TypedTailTest, OnlyWholeLinesAreShown) {
  EXPECT_EQ(on("ls /e"), "");
  EXPECT_FALSE(tail_.empty());
  EXPECT_EQ(on("tc\rec"), "ls /etc\r");
  EXPECT_EQ(on("ho\n"), "echo\n");
  EXPECT_TRUE(tail_.empty());
  EXPECT_EQ(on("vi"), "");
  EXPECT_EQ(rest(), "vi");
  EXPECT_EQ(rest(), "");
}

TEST_F(TypedTailTest, WhatWasTakenBackInTheNextRecordGoesWithTheSecret) {
  EXPECT_EQ(on("mysl"), "");
  EXPECT_EQ(on("\x7fql -phunt"), "");
  EXPECT_EQ(on("\x7f\x7ftr33x\r"), "mysl\x7fql -p«redacted:mysql-password»\r");
}

// The process has ended in the middle of a token.
TEST_F(TypedTailTest, TheRestOfALineMayBeTheBeginningOfASecret) {
  for (const char* line : {"mysql -phunt", "echo ghp_MadeUpTok", "curl -u bob:hunt",
                           "curl https://bob:hunt"}) {
    (void)on(line);
    const std::string shown = rest();
    EXPECT_EQ(shown.find("hunt"), shown.npos) << shown;
    EXPECT_EQ(shown.find("MadeUp"), shown.npos) << shown;
    EXPECT_NE(shown.find("«redacted:"), shown.npos) << shown;
  }
}

TEST_F(TypedTailTest, AKeyOfManyLinesOverManyRecords) {
  const std::string_view body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAA\r";
  std::string shown = on("cat > k\r-----BEGIN OPENSSH PRIVATE KEY-----\r");
  for (int i = 0; i < 30; ++i) shown += on(body);
  EXPECT_EQ(shown.find("b3Blb"), shown.npos);
  shown = on("AAAA\r-----END OPENSSH PRIVATE KEY-----\rls\r");
  EXPECT_EQ(shown.find("AAAA"), shown.npos);
  EXPECT_TRUE(shown.ends_with("-----END OPENSSH PRIVATE KEY-----\rls\r")) << shown;
  EXPECT_EQ(on("echo b3Blb\r"), "echo b3Blb\r");
}

TEST_F(TypedTailTest, AnApostropheInTheLineBeforeHidesNothing) {
  const std::string shown = on("echo don't\rmysql -p'hunter 2x'\r");
  EXPECT_EQ(shown.find("hunter"), shown.npos) << shown;
  EXPECT_EQ(shown.find("2x"), shown.npos) << shown;
}

TEST_F(TypedTailTest, ALongLineIsNotWaitedForAndItsSecretIsCutOut) {
  const std::string much(kTypedLineBytesMax - 10, 'y');
  EXPECT_EQ(on("echo " + much), "");
  EXPECT_EQ(on("; mysql -phunt").find("hunt"), std::string::npos);
  EXPECT_TRUE(tail_.empty());
  EXPECT_LT(tail_.bytes(), 4 * kTypedLineBytesMax);
  const std::string shown = on("er2x shop\r");
  EXPECT_EQ(shown.find("er2x"), shown.npos) << shown;
}

// Nobody knows after a restart what the line began with: the rest of it is not shown.
TEST_F(TypedTailTest, SavedWithoutWhatMayBeASecret) {
  for (const std::string_view line : {"mysql -phunt", "echo ghp_MadeUpTok", "ls /e"}) {
    tail_ = {};
    (void)on(line);
    bool is_cut = false;
    const std::string saved = tail_.saved("bash", matcher_, is_cut);
    EXPECT_EQ(is_cut, line != "ls /e");
    EXPECT_EQ(saved.find("hunt"), saved.npos);
    EXPECT_EQ(saved.find("MadeUp"), saved.npos);
    TypedTail next;
    next.restore(saved, is_cut);
    tail_ = next;
    std::string shown = on("er2x", "bash");
    shown += on("yz\rls\r");
    if (!is_cut) {
      EXPECT_EQ(shown, "ls /eer2xyz\rls\r");
    } else {
      EXPECT_EQ(shown.find("er2x"), shown.npos) << shown;
      EXPECT_EQ(shown.find("yz"), shown.npos) << shown;
      EXPECT_TRUE(shown.ends_with("«redacted:unchecked»\rls\r")) << shown;
    }
  }
}

}  // namespace
}  // namespace spoor::agent
