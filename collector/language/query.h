// A query as a tree: what an index answers and what an operator's scope is joined to. The words are
// those of docs/query.md. Plain data; any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/language/field.h"
#include "collector/language/network.h"
#include "collector/language/pattern.h"

namespace spoor::collector {

enum class Comparison : uint8_t { equal, less, less_or_equal, greater, greater_or_equal };

struct NumberTest {
  Comparison comparison = Comparison::equal;
  uint64_t number = 0;
  bool operator==(const NumberTest&) const = default;
};

struct LabelTest {
  std::string name;
  Pattern value;
  bool operator==(const LabelTest&) const = default;
};

enum class ResultTest : uint8_t { ok, failed };

// One part: of texts and names a Pattern.
struct Test {
  Field field = Field::cmd;
  // false: one of the field's values is so. true: there is one, and none is so.
  bool is_other = false;
  std::variant<Pattern, LabelTest, Network, ResultTest, NumberTest> value;
  bool operator==(const Test&) const = default;
};

struct Expression {
  enum class Kind : uint8_t { test, all, any, none };
  Kind kind = Kind::test;
  Test test;                      // test
  std::vector<Expression> parts;  // all, any: two or more, none of the same kind; none: one
  bool operator==(const Expression&) const = default;
};

using Kinds = std::bitset<kKinds>;
Kinds default_kinds();

struct Query {
  std::optional<int64_t> since_ns;  // the first moment wanted, ns since 1970 UTC
  std::optional<int64_t> until_ns;  // the first one not wanted any more
  Kinds kinds = default_kinds();
  bool same_case = false;           // upper and lower case differ
  std::optional<Expression> where;  // none: everything

  // In one line, each query that means the same in the same words: `kind=file (and a="b" c=1)`.
  std::string to_text() const;
  bool operator==(const Query&) const = default;
};

}  // namespace spoor::collector
