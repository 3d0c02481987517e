#include "collector/identity/life_text.h"

#include <charconv>

#include "common/quoting.h"

namespace spoor::collector {

Result<int64_t> parse_life(const std::string& text) {
  constexpr int64_t kMost = 1'000'000;
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, number);
  const Status wrong = invalid("a time is a number and s, m, h or d (24h, 7d), not " +
                               visible(text.substr(0, 32)));
  if (error != std::errc() || after + 1 != end || number < 1 || number > kMost) return wrong;
  switch (*after) {
    case 's': return number;
    case 'm': return number * 60;
    case 'h': return number * 3600;
    case 'd': return number * 24 * 3600;
    default: return wrong;
  }
}

}  // namespace spoor::collector
