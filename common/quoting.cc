#include "common/quoting.h"

#include <algorithm>

#include "common/bytes.h"
#include "common/text_width.h"

namespace spoor {
namespace {

// More marks on one character than any script needs would climb over the lines above.
constexpr size_t kMarksMax = 3;

constexpr std::string_view kBare =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

constexpr std::string_view kKeywords[] = {
    "case", "coproc", "do",       "done", "elif", "else", "esac",  "fi",    "for",
    "function", "if", "in",       "select", "then", "time", "until", "while",
};

struct Escaped {
  std::string text;
  bool changed = false;  // something is there as an escape that a shell reads only in $'…'
};

void append_escape(std::string& out, std::string_view bytes) {
  if (bytes == "\n") {
    out += "\\n";
  } else if (bytes == "\t") {
    out += "\\t";
  } else if (bytes == "\r") {
    out += "\\r";
  } else {
    for (const char byte : bytes) out += "\\x" + to_hex(as_bytes({&byte, 1}));
  }
}

// `also` are the ASCII characters that get a backslash.
Escaped escape(std::string_view text, std::string_view also) {
  Escaped out;
  out.text.reserve(text.size() + 8);
  size_t marks = kMarksMax;  // none may stand at the start: it would combine with a quote
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    const std::string_view bytes = text.substr(0, glyph.bytes);
    text.remove_prefix(glyph.bytes);
    const bool mark = glyph.safe && glyph.columns == 0;
    if (!glyph.safe || (mark && marks >= kMarksMax)) {
      append_escape(out.text, bytes);
      out.changed = true;
      marks = kMarksMax;
      continue;
    }
    marks = mark ? marks + 1 : 0;
    if (also.find(bytes) != std::string_view::npos) out.text.push_back('\\');
    out.text += bytes;
  }
  return out;
}

bool is_bare(std::string_view text, bool is_program) {
  if (text == "[" || text == "]") return true;
  if (text.empty() || text.find_first_not_of(kBare) != std::string_view::npos) return false;
  if (!is_program) return true;
  return text.find('=') == std::string_view::npos &&
         std::find(std::begin(kKeywords), std::end(kKeywords), text) == std::end(kKeywords);
}

}  // namespace

std::string shell_quote(std::string_view argument, bool is_program) {
  if (is_bare(argument, is_program)) return std::string(argument);
  const Escaped escaped = escape(argument, "\\'");
  if (!escaped.changed) {
    if (argument.find('\'') == std::string_view::npos) return "'" + std::string(argument) + "'";
    if (argument.find_first_of("\"$`\\!") == std::string_view::npos) {
      return "\"" + std::string(argument) + "\"";
    }
  }
  return "$'" + escaped.text + "'";
}

std::string visible(std::string_view text) { return escape(text, "\\").text; }

}  // namespace spoor
