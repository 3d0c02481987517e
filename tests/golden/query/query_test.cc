// The language's golden files: each query's tree, each wrong one's message. They were written by
// hand before the parser, and are never written by a program.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "collector/language/parser.h"

namespace spoor::collector {
namespace {

struct Case {
  std::string query;
  std::string expected;
};

std::vector<Case> read(const std::string& file) {
  std::vector<Case> out;
  std::ifstream in(std::string(SPOOR_GOLDEN_FOLDER) + "/" + file);
  std::string line;
  std::string query;
  while (std::getline(in, line)) {
    if (line.starts_with("> ") || line == ">") {
      out.push_back({query, line.size() > 2 ? line.substr(2) : ""});
    } else if (!line.starts_with("#") && !line.empty()) {
      query = line;
    }
  }
  return out;
}

Asked asked() {
  Asked out;
  absl::Time now;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, "2026-11-22T12:00:00Z", &now, nullptr));
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &out.zone));
  out.now_ns = absl::ToUnixNanos(now);
  return out;
}

TEST(QueryGolden, Trees) {
  const std::vector<Case> cases = read("trees.txt");
  EXPECT_GE(cases.size(), 80u);
  for (const Case& one : cases) {
    const Result<Query> query = parse_query(one.query, asked());
    ASSERT_TRUE(query.is_ok()) << one.query << ": " << query.status().message();
    EXPECT_EQ(query->to_text(), one.expected) << one.query;
  }
}

TEST(QueryGolden, Errors) {
  const std::vector<Case> cases = read("errors.txt");
  EXPECT_GE(cases.size(), 30u);
  for (const Case& one : cases) {
    const Result<Query> query = parse_query(one.query, asked());
    ASSERT_FALSE(query.is_ok()) << one.query << " is read as " << query->to_text();
    EXPECT_EQ(query.code(), Code::invalid);
    EXPECT_EQ(query.status().message(), one.expected) << one.query;
  }
}

}  // namespace
}  // namespace spoor::collector
