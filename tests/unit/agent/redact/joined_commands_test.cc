#include "agent/redact/joined_commands.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

void remember(JoinedCommands& known, const std::vector<std::string>& args, uint32_t target,
              size_t begin, size_t end, int64_t now_ns = 0) {
  std::vector<Argument> given;
  for (const std::string& arg : args) given.push_back({arg, false});
  known.remember(given, {{target, begin, end, 7}}, now_ns);
}

std::string found(const JoinedCommands& known, std::string_view command) {
  const auto secrets = known.find(command);
  if (!secrets) return "none";
  std::string out;
  for (const Secret& secret : *secrets) {
    EXPECT_EQ(secret.target, 0u);
    EXPECT_EQ(secret.rule, 7u);
    out.append(command.substr(secret.begin, secret.end - secret.begin)).append("|");
  }
  return out;
}

TEST(JoinedCommands, TheArgumentsBehindSudosOwn) {
  JoinedCommands known;
  remember(known, {"sudo", "-u", "bob", "mysql", "--password=a b c", "shop"}, 4, 11, 16);
  EXPECT_EQ(found(known, "/usr/bin/mysql --password=a b c shop"), "a b c|");
  EXPECT_EQ(found(known, "mysql --password=a b c shop"), "a b c|");
  EXPECT_EQ(found(known, "mariadb --password=a b c shop"), "none") << "another program";
  EXPECT_EQ(found(known, "mysql --password=a b c sho"), "none");
  EXPECT_EQ(found(known, "mysql"), "none");
  EXPECT_EQ(found(known, "b shop"), "none");
  EXPECT_EQ(found(known, "c shop"), "none") << "nothing secret would be left of it";
  EXPECT_EQ(found(known, ""), "none");
}

TEST(JoinedCommands, TheLastOneAndNotForLong) {
  JoinedCommands known;
  remember(known, {"a", "x y"}, 1, 0, 1, 100);
  remember(known, {"a", "x y"}, 1, 0, 3, 200);
  EXPECT_EQ(found(known, "a x y"), "x y|");
  known.forget(200 + kJoinedCommandNs);
  EXPECT_EQ(known.size(), 1u);
  known.forget(201 + kJoinedCommandNs);
  EXPECT_EQ(found(known, "a x y"), "none");
}

TEST(JoinedCommands, Bounded) {
  JoinedCommands known;
  for (size_t i = 0; i < kJoinedCommandsMax + 10; ++i) {
    remember(known, {"a", std::to_string(i)}, 1, 0, 1);
  }
  EXPECT_EQ(known.size(), kJoinedCommandsMax);
  EXPECT_EQ(found(known, "a 0"), "none");
  remember(known, {"b", std::string(kJoinedCommandBytesMax, 'x')}, 1, 0, 1);
  EXPECT_EQ(found(known, "b " + std::string(kJoinedCommandBytesMax, 'x')), "none");
  const std::vector<Argument> cut = {{"c", false}, {"secret", true}};
  known.remember(cut, {{1, 0, 6, 7}}, 0);
  EXPECT_EQ(found(known, "c secret"), "none");
}

}  // namespace
}  // namespace spoor::agent
