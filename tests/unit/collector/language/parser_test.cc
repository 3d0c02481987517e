#include "collector/language/parser.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

// The language itself is tests/golden/query.
Result<Query> parse(const std::string& text) {
  return parse_query(text, {1'700'000'000'000'000'000, absl::UTCTimeZone()});
}

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(QueryParser, AnEmptyQueryWantsEverything) {
  for (const char* text : {"", "  \t\n"}) {
    const auto query = parse(text);
    ASSERT_TRUE(query.is_ok());
    EXPECT_FALSE(query->where.has_value());
    EXPECT_EQ(query->kinds, default_kinds());
  }
}

TEST(QueryParser, Bounds) {
  const std::string longest(kQueryBytesMax, 'a');
  EXPECT_TRUE(parse(longest).is_ok());
  EXPECT_EQ(parse(longest + "a").status().message(),
            "column 8193: a query has at most 8192 bytes");
  EXPECT_TRUE(parse(repeated("a ", kQueryPartsMax)).is_ok());
  EXPECT_EQ(parse(repeated("a ", kQueryPartsMax + 1)).status().message(),
            "column 513: a query has at most 256 parts");
  const auto nested = [](size_t times) {
    return repeated("(", times) + "a" + repeated(")", times);
  };
  EXPECT_TRUE(parse(nested(kQueryNestingMax)).is_ok());
  EXPECT_EQ(parse(nested(kQueryNestingMax + 1)).status().message(),
            "column 33: at most 32 parentheses or not within one another");
  EXPECT_FALSE(parse(repeated("not ", kQueryNestingMax + 1) + "a").is_ok());
  EXPECT_FALSE(parse(repeated("(", kQueryBytesMax)).is_ok());
}

TEST(QueryParser, ABrokenWordIsQuotedWithoutPaintingTheTerminal) {
  const auto query = parse("foo:\x1b[2J");
  EXPECT_EQ(query.status().message(), "column 1: there is no field foo. To look for the text "
                                      "itself: \"foo:\\x1b[2J\"");
}

}  // namespace
}  // namespace spoor::collector
