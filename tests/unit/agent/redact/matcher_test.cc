#include "agent/redact/matcher.h"

#include <gtest/gtest.h>

#include <optional>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

class MatcherTest : public ::testing::Test {
 protected:
  void load(const std::string& yaml) {
    loaded_ = load_redact_rules(std::vector<RuleFile>{{"x.yml", yaml}});
    ASSERT_EQ(loaded_.problems, std::vector<std::string>());
    matcher_.emplace(*loaded_.rules);
  }
  std::string line(const std::string& text, TextKind kind = TextKind::typed) {
    return matcher_->blanked(text, matcher_->in_line(text, kind, CommandLine::Kind::shell));
  }
  std::vector<std::string> arguments(const std::vector<std::string>& args, bool cut = false,
                                     const Executed& executed = {}) {
    std::vector<Argument> given;
    for (const std::string& arg : args) given.push_back({arg, false});
    given.back().cut = cut;
    const Secrets secrets = matcher_->in_arguments(given, executed);
    std::vector<std::string> out;
    for (uint32_t i = 0; i < args.size(); ++i) {
      Secrets here;
      for (const Secret& secret : secrets) {
        if (secret.target == i) here.push_back(secret);
      }
      out.push_back(matcher_->blanked(args[i], here));
    }
    return out;
  }

  LoadedRedactRules loaded_;
  std::optional<Matcher> matcher_;
};

using Words = std::vector<std::string>;

TEST_F(MatcherTest, TheNextWordOrAGroupOfThisOne) {
  load("{wrappers: {sudo: 0, ssh: 1}, rules: [{name: r, programs: [tool], word: '-p|-p(.+)'}]}");
  EXPECT_EQ(arguments({"tool", "-p", "abc", "-px"}),
            (Words{"tool", "-p", "«redacted:r»", "-p«redacted:r»"}));
  EXPECT_EQ(arguments({"tool", "-p"}), (Words{"tool", "-p"}));
  EXPECT_EQ(arguments({"cat", "tool", "-pabc"}), (Words{"cat", "tool", "-pabc"}));
  EXPECT_EQ(arguments({"sudo", "-u", "bob", "/opt/tool", "-pabc"}).back(), "-p«redacted:r»");
  EXPECT_EQ(arguments({"sudo", "find", "tool", "-pabc"}).back(), "-pabc");
  EXPECT_EQ(arguments({"ssh", "db1", "tool", "-pabc"}).back(), "-p«redacted:r»");
  EXPECT_EQ(line("A=1 tool -p'a b' x; cat -pc"), "A=1 tool -p'«redacted:r»' x; cat -pc");
}

TEST_F(MatcherTest, AfterAWordTheLastWordAndAPartOfIt) {
  load("rules:\n- {name: a, programs: [tool], after: login, word: -p}\n"
       "- {name: b, programs: [htool], word: -b, last: true}\n"
       "- {name: c, programs: [ctool], word: -u, value: '[^:]*:(.+)'}\n");
  EXPECT_EQ(arguments({"tool", "-p", "80", "login", "-p", "x"}),
            (Words{"tool", "-p", "80", "login", "-p", "«redacted:a»"}));
  EXPECT_EQ(arguments({"htool", "-b", "f", "u", "x"}).back(), "«redacted:b»");
  EXPECT_EQ(arguments({"htool", "-b"}).back(), "-b");
  EXPECT_EQ(arguments({"ctool", "-u", "me:x"}).back(), "me:«redacted:c»");
  EXPECT_EQ(arguments({"ctool", "-u", "me"}).back(), "me");
}

TEST_F(MatcherTest, KindsOfText) {
  load("rules: [{name: r, words: [key-], text: 'key-(\\d+)', in: [message]}]");
  EXPECT_EQ(line("key-1"), "key-1");
  EXPECT_EQ(line("key-1 key-23", TextKind::message), "key-«redacted:r» key-«redacted:r»");
}

TEST_F(MatcherTest, ATextThatGoesOnElsewhere) {
  load("rules: [{name: r, words: [key-], text: '(key-[a-zA-Z]{20})'}]");
  EXPECT_EQ(arguments({"x", "a key-abc"}, false).back(), "a key-abc");
  EXPECT_EQ(arguments({"x", "a key-abc"}, true).back(), "a «redacted:r»");
  EXPECT_EQ(arguments({"x", "a key-1"}, true).back(), "a key-1");
}

TEST_F(MatcherTest, WorkIsBoundedAndWhatIsLeftIsBlanked) {
  load("rules: [{name: r, words: [key-], text: '(key-[a-z]{20})'}]");
  matcher_->begin();
  const std::string large = "key-" + std::string(kRedactWorkBytesMax, '1');
  EXPECT_EQ(line(large), "«redacted:unchecked»");
  EXPECT_EQ(line("key-"), "«redacted:unchecked»") << "of the same event";
  matcher_->begin();
  EXPECT_EQ(line("key-"), "key-");
}

TEST_F(MatcherTest, AMarkerIsNoSecret) {
  load("rules: [{name: r, words: ['://'], text: '://[^:]*:([^@]+)@'}]");
  const std::string once = line("x://a:b@c");
  EXPECT_EQ(once, "x://a:«redacted:r»@c");
  EXPECT_EQ(line(once), once);
  EXPECT_EQ(line("x://«redacted:r»@c"), "x://«redacted:r»@c");
}

// Arguments whose borders are gone: more rather than less.
TEST_F(MatcherTest, JoinedArgumentsAreSecretUpToTheNextOption) {
  load("{wrappers: {sudo: 0}, rules: ["
       "{name: r, programs: [tool], word: '-p(.+)|--pass|--pass=(.+)'},"
       "{name: u, programs: [web], word: '-u', value: '[^:]*:(.+)'},"
       "{name: l, programs: [last], word: '-b', last: true},"
       "{name: t, words: [TOKEN=, tok_], text: 'TOKEN=([^ ]+)|\\b(tok_[a-z]+)'}]}");
  const auto joined = [&](const std::string& text) {
    return matcher_->blanked(text, matcher_->in_joined(text, TextKind::arguments));
  };
  EXPECT_EQ(joined("tool --pass=a b c --user bob"), "tool --pass=«redacted:r» --user bob");
  EXPECT_EQ(joined("sudo tool --pass a b -v x"), "sudo tool --pass «redacted:r» -v x");
  EXPECT_EQ(joined("tool -pa b"), "tool -p«redacted:r»");
  EXPECT_EQ(joined("tool -p'a b' -v"), "tool -p'«redacted:r»' -v");
  EXPECT_EQ(joined("tool -pa - b -v"), "tool -p«redacted:r» -v") << "a dash alone is no option";
  EXPECT_EQ(joined("web -u bob:a b https://x -v"), "web -u bob:«redacted:u» -v");
  EXPECT_EQ(joined("last -b file bob a b"), "last -b «redacted:l»");
  EXPECT_EQ(joined("TOKEN=a b -c x"), "TOKEN=«redacted:t» -c x");
  EXPECT_EQ(joined("echo tok_abc there"), "echo «redacted:t» there") << "its end is known";
  EXPECT_EQ(joined("cat a b"), "cat a b");
  // A line has its borders.
  EXPECT_EQ(line("tool --pass=a b c"), "tool --pass=«redacted:r» b c");
}

TEST_F(MatcherTest, WhatWasExecutedIsTheProgramWhateverTheFirstArgumentSays) {
  load("{wrappers: {sudo: 0}, rules: [{name: r, programs: [tool], word: '-p|-p(.+)'},\n"
       "{name: seven, programs: [7z], words: ['7z '], word: '-p(.+)'}]}");
  EXPECT_EQ(arguments({"x", "-pabc"}), (Words{"x", "-pabc"}));
  EXPECT_EQ(arguments({"x", "-pabc"}, false, {"tool"}), (Words{"x", "-p«redacted:r»"}));
  EXPECT_EQ(arguments({"x", "tool", "-pabc"}, false, {"sudo"}).back(), "-p«redacted:r»");
  EXPECT_EQ(arguments({"x", "-pabc"}, false, {"cat"}), (Words{"x", "-pabc"}));
  EXPECT_EQ(arguments({"x", "-pabc"}, false, {"7z"}).back(), "-p«redacted:seven»");
  EXPECT_EQ(arguments({"7z", "-pabc"}).back(), "-p«redacted:seven»");
  EXPECT_EQ(line("7z -pabc"), "7z -p«redacted:seven»");
  // The record with the first ones was lost.
  EXPECT_EQ(arguments({"-v", "-pabc"}, false, {"tool", false}),
            (Words{"-v", "-p«redacted:r»"}));
  EXPECT_EQ(arguments({"-v", "-pabc"}, false, {"cat", false}), (Words{"-v", "-pabc"}));
  EXPECT_EQ(arguments({"-v", "-pabc"}, false, {"", false}), (Words{"-v", "-p«redacted:r»"}));
}

TEST_F(MatcherTest, BehindSomeOptionsACommandStands) {
  load("{command_options: [-exec], rules: [{name: r, programs: [tool], word: '-p(.+)'}]}");
  EXPECT_EQ(arguments({"find", "-name", "tool", "-pabc"}).back(), "-pabc");
  EXPECT_EQ(arguments({"find", "-name", "x", "-exec", "A=1", "tool", "-pabc"}).back(),
            "-p«redacted:r»");
}

// A command of 200,000 wrappers, with an argument that names every program of the shipped rules:
// each rule was looked for in each word.
TEST_F(MatcherTest, WorkForWordsIsBoundedToo) {
  const LoadedRedactRules shipped = load_redact_rules(shipped_redact_rules());
  Matcher matcher(*shipped.rules);
  std::string all;
  for (const auto& [name, rules] : shipped.rules->by_program) all += name + " ";
  std::vector<std::string> words(200'000, "env");
  words.push_back(all);
  words.insert(words.end(), {"mysql", "-phunter2"});
  std::vector<Argument> given;
  for (const std::string& word : words) given.push_back({word, false});
  matcher.begin();
  const Secrets secrets = matcher.in_arguments(given);
  ASSERT_FALSE(secrets.empty());
  EXPECT_EQ(secrets.back().target, words.size() - 1) << "what was not looked at is blanked";
  EXPECT_LE(matcher.work(), 2 * kRedactWorkBytesMax);
  // One that is as long, with nothing to look for beyond a single rule, is looked at.
  std::vector<Argument> honest(100'000, Argument{"page.html"});
  honest.insert(honest.begin(), {Argument{"mysql"}, Argument{"-phunter2"}});
  matcher.begin();
  EXPECT_EQ(matcher.in_arguments(honest).size(), 1u);
}

// 15 arguments of 32,000 commands each, of which none holds a secret: that they were not all looked
// at shows in that the last is blanked.
TEST_F(MatcherTest, WorkForCommandsIsBoundedToo) {
  load("rules: [{name: r, programs: [tool], word: '-p(.+)'}]");
  std::string line = "tool ;";
  for (int i = 0; i < 32'000; ++i) line += "a;";
  std::vector<std::string> args(16, line);
  args[0] = "sh";
  const std::vector<std::string> now = arguments(args);
  EXPECT_TRUE(now[15] == "«redacted:unchecked»") << now[15].size();
}

TEST_F(MatcherTest, WordsBehindThoseThatThereWasRoomForAreBlanked) {
  load("rules: [{name: r, programs: [tool], word: '-p(.+)'}]");
  const std::string large(kRedactWorkBytesMax, 'x');
  EXPECT_EQ(arguments({"tool", "a", large, "b", "-pabc"}),
            (Words{"tool", "a", "«redacted:unchecked»", "«redacted:unchecked»",
                   "«redacted:unchecked»"}));
}

}  // namespace
}  // namespace spoor::agent
