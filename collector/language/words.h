// A query cut into words and parentheses: what is quoted, what a backslash takes the meaning of.
// A function of its input; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/language/pattern.h"
#include "common/result.h"

namespace spoor::collector {

struct Word {
  enum class Kind : unsigned char { open, close, and_, or_, not_, part };
  Kind kind = Kind::part;
  size_t column = 1;         // of its first byte, from 1
  std::string_view raw;      // as it stands in the query

  // Of a part: `field:` before, if there is one; `!=` and its like behind that; the value.
  std::optional<std::string_view> field;
  std::string_view sign;
  size_t sign_column = 0;
  size_t value_column = 0;   // where the value begins
  std::string_view raw_value;
  Pattern value;             // with a hole for each *
};

// `invalid` with the column, where a quote is not closed or a backslash means nothing. The views
// are into `text`.
Result<std::vector<Word>> cut_into_words(std::string_view text);

// `column 7: …`, the form of every error of the language.
Status wrong_at(size_t column, const std::string& what);

}  // namespace spoor::collector
