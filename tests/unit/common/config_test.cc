#include "common/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spoor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Config {
  std::string name = "default";
  std::string folder = "/var/lib";
  int64_t count = 7;
  uint64_t size = 1;
  bool on = false;
  std::vector<std::string> words = {"kept"};
  std::string level = "info";
};

std::vector<std::string> read(const std::string& yaml, Config& config) {
  ConfigReader reader = ConfigReader::read("a.yaml", yaml);
  reader.text("name", config.name);
  reader.absolute_path("spool.folder", config.folder);
  reader.integer("spool.count", config.count, -5, 10);
  reader.bytes("spool.size", config.size, 1, 1ull << 40);
  reader.boolean("on", config.on);
  reader.text_list("words", config.words);
  reader.one_of("log.level", config.level, {"debug", "info"});
  return reader.finish();
}

TEST(Config, ReadsEveryKind) {
  Config config;
  EXPECT_THAT(read("name: \"a: b\"\n"
                   "spool:\n  folder: /srv/x\n  count: -5\n  size: 64 MiB\n"
                   "on: true\nwords: [one, two]\nlog: {level: debug}\n",
                   config),
              IsEmpty());
  EXPECT_EQ(config.name, "a: b");
  EXPECT_EQ(config.folder, "/srv/x");
  EXPECT_EQ(config.count, -5);
  EXPECT_EQ(config.size, 64u << 20);
  EXPECT_TRUE(config.on);
  EXPECT_THAT(config.words, ElementsAre("one", "two"));
  EXPECT_EQ(config.level, "debug");
}

TEST(Config, AbsentKeysKeepTheirDefaults) {
  for (const char* yaml : {"", "# only a comment\n", "---\n", "spool:\n", "spool: {}\n"}) {
    Config config;
    EXPECT_THAT(read(yaml, config), IsEmpty()) << yaml;
    EXPECT_EQ(config.name, "default");
    EXPECT_EQ(config.folder, "/var/lib");
    EXPECT_THAT(config.words, ElementsAre("kept"));
  }
}

TEST(Config, TellsEveryProblemInTheFilesOrder) {
  Config config;
  EXPECT_THAT(read("nmae: x\n"
                   "log:\n  level: loud\n  colour: red\n"
                   "spool:\n  count: 11\n  folder: relative\n  size: 5 MB\n"
                   "on: yes\n"
                   "words: one\n"
                   "name: [x]\n",
                   config),
              ElementsAre("a.yaml:1: nmae: unknown key",
                          "a.yaml:3: log.level: expected one of debug, info, not loud",
                          "a.yaml:4: log.colour: unknown key",
                          "a.yaml:6: spool.count: expected a number from -5 to 10, not 11",
                          "a.yaml:7: spool.folder: expected an absolute path, not relative",
                          HasSubstr("a.yaml:8: spool.size: expected 1 to 1099511627776 bytes"),
                          "a.yaml:9: on: expected true or false, not yes",
                          "a.yaml:10: words: expected a list of texts",
                          "a.yaml:11: name: expected a text"));
  EXPECT_EQ(config.count, 7);
  EXPECT_EQ(config.folder, "/var/lib");
  EXPECT_EQ(config.level, "info");
}

TEST(Config, MapsInTheWrongPlace) {
  Config config;
  EXPECT_THAT(read("spool: 5\n", config), ElementsAre("a.yaml:1: spool: expected keys below it"));
  EXPECT_THAT(read("name: {x: 1}\n", config), ElementsAre("a.yaml:1: name: expected a text"));
  EXPECT_THAT(read("name:\n", config), ElementsAre("a.yaml:1: name: expected a text"));
  EXPECT_THAT(read("[1, 2]\n", config), ElementsAre("a.yaml:1: expected keys and values"));
  EXPECT_THAT(read("just text\n", config), ElementsAre("a.yaml:1: expected keys and values"));
  EXPECT_THAT(read("? [a, b]\n: 1\n", config), ElementsAre("a.yaml:1: a key must be a plain word"));
  EXPECT_THAT(read("words: [a, [b]]\n", config),
              ElementsAre("a.yaml:1: words: expected a list of texts"));
}

TEST(Config, AKeyGivenTwiceIsAProblem) {
  Config config;
  EXPECT_THAT(read("name: a\non: true\nname: b\n", config),
              ElementsAre("a.yaml:3: name: given twice"));
}

TEST(Config, WhatIsNoYamlIsToldWithItsLine) {
  Config config;
  const std::vector<std::string> problems = read("name: a\nspool: [1, 2\non: x\n", config);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0], testing::MatchesRegex("a.yaml:[234]: .*"));
  EXPECT_THAT(read("name: a\n---\nname: b\n", config), ElementsAre(HasSubstr("a second document")));
}

TEST(Config, WhatTheCallerRejectsStandsAtTheKeysLine) {
  ConfigReader reader = ConfigReader::read("a.yaml", "on: true\nspool:\n  folder: /tmp\n");
  std::string folder;
  bool on = false;
  reader.absolute_path("spool.folder", folder);
  reader.boolean("on", on);
  reader.reject("spool.folder", "not there");
  reader.reject("name", "the default will not do");
  EXPECT_THAT(reader.finish(), ElementsAre("a.yaml:1: name: the default will not do",
                                           "a.yaml:3: spool.folder: not there"));
}

TEST(Config, AKeysPlaceIsWhereItStands) {
  ConfigReader reader = ConfigReader::read("a.yaml", "name: x\nspool:\n  folder: y\n");
  EXPECT_EQ(reader.place("spool.folder"), "a.yaml:3");
  EXPECT_EQ(reader.place("spool.bytes"), std::nullopt);
  EXPECT_EQ(reader.finish().size(), 2u);  // asking made no key known
}

TEST(Config, NumbersAtTheirEdges) {
  Config config;
  EXPECT_THAT(read("spool: {count: 10, size: 1024 GiB}\n", config), IsEmpty());
  EXPECT_EQ(config.size, 1ull << 40);
  for (const char* bad : {"1025 GiB", "-1", "99999999999999999999", "20000000000 GiB", "MiB",
                          "1.5 MiB", "0", "0x10", "1 KiB KiB", "' 1'"}) {
    EXPECT_EQ(read("spool: {size: " + std::string(bad) + "}\n", config).size(), 1u) << bad;
  }
  for (const char* bad : {"-6", "11", "1e1", "9223372036854775808", "''", "5 "}) {
    EXPECT_EQ(read("spool: {count: '" + std::string(bad) + "'}\n", config).size(), 1u) << bad;
  }
}

}  // namespace
}  // namespace spoor
