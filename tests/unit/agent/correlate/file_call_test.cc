#include "agent/correlate/file_call.h"

#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/source_folder.h"


namespace spoor::agent {
namespace {

TEST(FileCall, ByName) {
  ASSERT_NE(file_call("renameat2"), nullptr);
  EXPECT_EQ(file_call("renameat2")->operation, FileAccess::Operation::rename);
  EXPECT_EQ(file_call("renameat2")->base, 0);
  EXPECT_EQ(file_call("renameat2")->new_base, 2);
  EXPECT_EQ(file_call("symlinkat")->base, kBaseText);
  EXPECT_EQ(file_call("symlinkat")->new_base, 1);
  EXPECT_EQ(file_call("unlink")->base, kBaseCwd);
  EXPECT_EQ(file_call("fchmod")->base, kBaseFile);
  EXPECT_EQ(file_call(""), nullptr);
  EXPECT_EQ(file_call("execve"), nullptr);
  EXPECT_EQ(file_call("unlinkatt"), nullptr);
}

// Every call of the rules that watch folders (perm=wa), under the name that it has here.
TEST(FileCall, KnowsEveryCallOfTheShippedRules) {
  std::ifstream file(in_source("rules/audit/standard/80-permissions.rules"));
  std::ifstream watched(in_source("rules/audit/light/40-login.rules"));
  std::set<std::string> calls;
  for (std::ifstream* each : {&file, &watched}) {
    for (std::string line; std::getline(*each, line);) {
      const size_t start = line.find(" -S ");
      if (line.empty() || line[0] == '#' || start == std::string::npos) continue;
      std::istringstream list(line.substr(start + 4, line.find(" -F ", start) - start - 4));
      for (std::string call; std::getline(list, call, ',');) calls.insert(call);
    }
  }
  ASSERT_GE(calls.size(), 35u);
  for (const std::string& call : calls) {
    const bool is_number = call.find_first_not_of("0123456789") == std::string::npos;
    EXPECT_TRUE(is_number || file_call(call) != nullptr) << call;
  }
  for (const char* call : {"fchmodat2", "setxattrat", "removexattrat"}) {
    EXPECT_NE(file_call(call), nullptr) << call;
  }
}

}  // namespace
}  // namespace spoor::agent
