#include "agent/redact_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

constexpr char kRule[] = "rules: [{name: ours, words: [abc], text: '(x)'}]\n";

TEST(RedactFilesTest, ASitesRulesComeBesideTheShippedOnes) {
  TempFolder folder;
  const size_t shipped = read_redact_rules({folder / "none"}).rules->rules.size();
  EXPECT_GT(shipped, 0u);
  std::ofstream(folder / "a.yml") << kRule;
  std::ofstream(folder / "notes.txt") << "no rule";
  const auto loaded = read_redact_rules({folder / "."});
  EXPECT_EQ(loaded.problems, std::vector<std::string>());
  EXPECT_EQ(loaded.rules->rules.size(), shipped + 1);
}

TEST(RedactFilesTest, ProblemsNameFileAndLine) {
  TempFolder folder;
  std::ofstream(folder / "a.yml") << "\nnonsense: 1\n";
  const auto problems = read_redact_rules({folder / "."}).problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("a.yml:2: "), std::string::npos) << problems[0];
}

TEST(RedactFilesTest, AloneAFolderMustBeThere) {
  TempFolder folder;
  EXPECT_EQ(read_only_redact_rules({folder / "none"}).problems.size(), 1u);
  std::ofstream(folder / "a.yml") << kRule;
  const auto loaded = read_only_redact_rules({folder / "."});
  EXPECT_EQ(loaded.problems, std::vector<std::string>());
  EXPECT_EQ(loaded.rules->rules.size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
