#include "common/text_width.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "common/bytes.h"

namespace spoor {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Printable by the C library, yet invisible, blank, or able to reorder their line. Sorted.
constexpr Range kDangerous[] = {
    {0x0080, 0x00A0},    // C1 controls, no-break space
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x1680, 0x1680},    // Ogham space
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian selectors
    {0x2000, 0x200F},    // spaces, zero-width characters, direction marks
    {0x2028, 0x202F},    // line and paragraph separators, direction overrides
    {0x205F, 0x206F},    // word joiner, invisible operators, direction isolates
    {0x2800, 0x2800},    // blank Braille pattern
    {0x3000, 0x3000},    // ideographic space
    {0x3164, 0x3164},    // Hangul filler
    {0xE000, 0xF8FF},    // private use: any shape and width
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF0, 0xFFFC},    // annotations, object replacement
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags, variation selectors
    {0xF0000, 0x10FFFF}, // private use
};

bool is_dangerous(char32_t c) {
  const auto* range = std::lower_bound(std::begin(kDangerous), std::end(kDangerous), c,
                                       [](const Range& r, char32_t v) { return r.last < v; });
  return range != std::end(kDangerous) && c >= range->first;
}

// Columns by the C library's table; below 0 for what it does not print. Without C.UTF-8 nothing
// beyond ASCII is printable, and all of it is shown escaped.
int columns_of(char32_t c) {
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) return -1;
  const locale_t before = uselocale(utf8);
  const int columns = wcwidth(static_cast<wchar_t>(c));
  uselocale(before);
  return columns;
}

std::string padded(const std::string& text, size_t width, bool right) {
  const std::string pad(width - std::min(width, text_width(text)), ' ');
  return right ? pad + text : text + pad;
}

}  // namespace

Glyph first_glyph(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) {
    const bool printable = lead >= 0x20 && lead < 0x7F;
    return {1, lead, printable ? 1U : 0U, true, printable};
  }
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (text.size() < size || !is_utf8(text.substr(0, size))) return {};
  char32_t c = lead & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) c = c << 6 | (at(i) & 0x3FU);
  const int columns = is_dangerous(c) ? -1 : columns_of(c);
  if (columns < 0) return {size, c, 0, true, false};
  return {size, c, static_cast<size_t>(columns), true, true};
}

size_t text_width(std::string_view text) {
  size_t columns = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

std::string_view fit(std::string_view text, size_t columns) {
  size_t end = 0;
  size_t used = 0;
  while (end < text.size()) {
    const Glyph glyph = first_glyph(text.substr(end));
    if (used + glyph.columns > columns) break;
    used += glyph.columns;
    end += glyph.bytes;
  }
  return text.substr(0, end);
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, size_t numbers) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += padded(row[i], widths[i], i + numbers >= row.size()) + "  ";
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace spoor
