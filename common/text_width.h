// How many columns text takes on a terminal, and which characters may be shown at all.
//
// A character is safe when it has a known, visible shape and cannot move the cursor, hide, or turn
// the direction of what stands beside it. Widths are those of wcwidth(3) in C.UTF-8, so that they
// do not depend on the user's locale. No state; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor {

struct Glyph {
  size_t bytes = 1;
  char32_t code_point = 0;
  size_t columns = 0;   // 0 with `safe`: a mark that combines with the character before it
  bool valid = false;   // well-formed UTF-8; otherwise `bytes` is 1
  bool safe = false;
};

// The first character of `text`, which is not empty.
Glyph first_glyph(std::string_view text);

// Columns that `text` takes; characters that are not safe count as none.
size_t text_width(std::string_view text);

// The longest beginning of `text` that takes no more than `columns`, with its combining marks.
std::string_view fit(std::string_view text, size_t columns);

// Rows of as many cells as the first one has, in columns as wide as their widest cell, two spaces
// apart; the last `numbers` columns stand right.
std::string aligned(const std::vector<std::vector<std::string>>& rows, size_t numbers);

}  // namespace spoor
