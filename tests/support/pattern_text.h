// A pattern as a test writes it: `*` is a hole, all else stands for itself.
#pragma once

#include <string_view>

#include "collector/language/pattern.h"

namespace spoor::collector {

inline Pattern pattern(std::string_view text) {
  Pattern out;
  for (const char c : text) {
    if (c == '*')
      out.append_hole();
    else
      out.append(c);
  }
  return out;
}

}  // namespace spoor::collector
