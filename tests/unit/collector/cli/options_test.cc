#include "collector/cli/options.h"

#include <gtest/gtest.h>

namespace spoor::cli {
namespace {

Options parse(std::vector<std::string> arguments, const std::string& environment = "") {
  return parse_options(std::move(arguments), environment, 1'700'000'000'000'000'000);
}

TEST(Options, SessionsWithFilters) {
  const Options o = parse({"sessions", "--user", "bob", "--host=web1", "--limit", "7", "--json"});
  EXPECT_EQ(o.command, Options::Command::sessions);
  EXPECT_EQ(o.user, "bob");
  EXPECT_EQ(o.host, "web1");
  EXPECT_EQ(o.limit, 7U);
  EXPECT_TRUE(o.json);
  EXPECT_EQ(o.collector, kDefaultCollector);
}

TEST(Options, AgentsWithFilters) {
  const Options o = parse({"agents", "web*", "--state", "silent", "--label", "env=prod", "--label",
                           "rack=7", "--json"});
  EXPECT_EQ(o.command, Options::Command::agents);
  EXPECT_EQ(o.agent_names, "web*");
  EXPECT_EQ(o.agent_state, "silent");
  EXPECT_EQ(o.labels, (std::vector<std::string>{"env=prod", "rack=7"}));
  EXPECT_TRUE(o.json);
  const Options wrong = parse({"agents", "--state", "fine"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.text.find("revoked, clone, expired, silent"), std::string::npos);
}

TEST(Options, TrailOfOneSession) {
  const Options o = parse({"trail", "web1:6.k3f", "--width", "120"});
  EXPECT_EQ(o.command, Options::Command::trail);
  EXPECT_EQ(o.session, "web1:6.k3f");
  EXPECT_EQ(o.width, 120U);
  EXPECT_FALSE(o.json);
}

TEST(Options, AQueryIsAllItsWords) {
  const Options o = parse({"search", "user:alice", "exit:!=0", "--limit", "7", "--json"});
  EXPECT_EQ(o.command, Options::Command::search);
  EXPECT_EQ(o.query, "user:alice exit:!=0");
  EXPECT_EQ(o.limit, 7U);
  EXPECT_TRUE(o.json);
  EXPECT_EQ(parse({"search"}).query, "");
  EXPECT_TRUE(parse({"search", "curl", "--all"}).all);
  EXPECT_EQ(parse({"search", "curl", "--cursor", "1.2.3.4"}).cursor, "1.2.3.4");
  EXPECT_EQ(parse({"search", "--", "-e"}).query, "-e");
  const Options bars = parse({"histogram", "cmd:\"curl *\"", "--by", "day"});
  EXPECT_EQ(bars.command, Options::Command::histogram);
  EXPECT_EQ(bars.query, "cmd:\"curl *\"");
  EXPECT_EQ(bars.by, "day");
  EXPECT_EQ(parse({"histogram", "--by", "year"}).exit_code, 2);
}

TEST(Options, ViewsOfATrail) {
  const Options plain = parse({"trail", "web1:6"});
  EXPECT_FALSE(plain.flat || plain.filter.has_kinds());
  EXPECT_EQ(plain.filter.since_ns, TrailFilter{}.since_ns);
  const Options o = parse({"trail", "web1:6", "--flat", "--files", "--input", "--since", "10m"});
  EXPECT_TRUE(o.flat && o.filter.files && o.filter.input);
  EXPECT_FALSE(o.filter.network);
  EXPECT_EQ(o.filter.since_ns, 1'699'999'400'000'000'000);
  EXPECT_FALSE(parse({"trail", "web1:6", "--tree", "--network"}).flat);
  EXPECT_TRUE(parse({"trail", "web1:6", "--json", "--since", "1d"}).json);
  EXPECT_FALSE(parse({"sessions"}).all);
  EXPECT_TRUE(parse({"sessions", "--all"}).all);
}

TEST(Options, TheCollectorIsTakenFromTheNearestPlace) {
  EXPECT_EQ(parse({"sessions"}, "unix:/env").collector, "unix:/env");
  EXPECT_EQ(parse({"sessions", "--collector", "/given"}, "unix:/env").collector, "unix:/given");
  EXPECT_EQ(parse({"--collector", "unix:/given", "sessions"}).collector, "unix:/given");
}

TEST(Options, OnlyAUnixSocket) {
  for (const char* address : {"localhost:443", "unix:relative", "dns:x", "\x1b[2J"}) {
    const Options o = parse({"sessions", "--collector", address});
    EXPECT_EQ(o.command, Options::Command::message);
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(o.text.find('\x1b'), std::string::npos);
  }
}

TEST(Options, ASocketsPathHasItsLength) {
  std::string path(107, 'x');
  path[0] = '/';
  EXPECT_EQ(parse({"sessions"}, path).command, Options::Command::sessions);
  EXPECT_EQ(parse({"sessions"}, path + "x").exit_code, 2);
}

TEST(Options, WrongCommandLinesExitWithTwoAndPointToHelp) {
  const std::vector<std::vector<std::string>> wrong = {
      {},          {"trail"},           {"trail", "a", "b"},       {"nonsense"},
      {"sessions", "--limit", "0"},     {"sessions", "--limit", "many"},
      {"trail", "a", "--width", "3"},   {"trail", "a", "--json", "--width", "90"},
      {"trail", "a", "--flat", "--tree"}, {"trail", "a", "--json", "--files"},
      {"trail", "a", "--since", "soon"},  {"trail", "a", "--json", "--flat"},
      {"sessions", "--no-such-option"}, {"help", "nonsense"},
      {"agents", "--label", "prod"},      {"agents", "--label", "=prod"},
      {"agents", "--label", "env="},      {"sessions", "--collector", "localhost:443"},
      {"sessions", "--collector", "/" + std::string(200, 'x')}};
  for (const auto& arguments : wrong) {
    const Options o = parse(arguments);
    EXPECT_EQ(o.command, Options::Command::message);
    EXPECT_EQ(o.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_NE(o.text.find("spoor help"), std::string::npos) << o.text;
  }
}

TEST(Options, JsonMayStandBeforeTheCommand) {
  const Options o = parse({"--json", "sessions"});
  EXPECT_EQ(o.command, Options::Command::sessions);
  EXPECT_TRUE(o.json);
  EXPECT_TRUE(parse({"--json", "trail", "web1:6"}).json);
  EXPECT_EQ(parse({"--json", "trail", "web1:6", "--width", "90"}).exit_code, 2);
}

TEST(Options, AnUnknownCommandIsNamed) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"trial", "web1:6"}, {"--collector", "/a", "trial", "web1:6"}, {"--json", "trial"}}) {
    const Options o = parse(arguments);
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(o.text, "spoor: there is no command trial\nSee `spoor help`.\n");
  }
}

TEST(Options, HelpAndVersion) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"help"}, {"--help"}, {"-h"}, {"help", "trail"}, {"trail", "--help"}, {"--version"}}) {
    const Options o = parse(arguments);
    EXPECT_EQ(o.command, Options::Command::message);
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_NE(o.text, "");
  }
  EXPECT_EQ(parse({"--version"}).text, SPOOR_VERSION "\n");
  EXPECT_NE(parse({"trail", "--help"}).text.find("SESSION"), std::string::npos);
  EXPECT_NE(parse({"help", "trail"}).text.find("--width"), std::string::npos);
}

TEST(Options, Events) {
  const Options all = parse({"events"});
  EXPECT_EQ(all.command, Options::Command::events);
  EXPECT_EQ(all.limit, 50u);
  EXPECT_FALSE(all.failed_logins);
  EXPECT_TRUE(parse({"events", "--failed-logins"}).failed_logins);
  const Options some = parse({"events", "web*", "--since", "2h", "--limit", "1000", "--json"});
  EXPECT_EQ(some.agent_names, "web*");
  EXPECT_EQ(some.limit, 1000u);
  EXPECT_TRUE(some.json);
  EXPECT_GT(some.filter.since_ns, INT64_MIN);
  EXPECT_EQ(parse({"events", "--limit", "1001"}).exit_code, 2);
  EXPECT_EQ(parse({"events", "--since", "yesterday-ish"}).exit_code, 2);
}

}  // namespace
}  // namespace spoor::cli
