#include "agent/redact/command_line.h"

#include <utility>

namespace spoor::agent {
namespace {

constexpr std::string_view kSpaces = " \t\r\v\f";
constexpr std::string_view kEnds = ";|&()`\n";
constexpr std::string_view kQuotes = "'\"";

bool is_in(std::string_view set, char c) { return set.find(c) != set.npos; }

// Behind what cannot be taken apart: `'…'`, `"…"`, `\c`, or one byte. A quote that is never closed
// is a byte like any other.
size_t behind_piece(std::string_view text, size_t at) {
  const char c = text[at];
  if (c == '\\' && at + 1 < text.size()) return at + 2;
  if (!is_in(kQuotes, c)) return at + 1;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (c == '"' && text[i] == '\\') ++i;
    else if (text[i] == c) return i + 1;
  }
  return at + 1;
}

}  // namespace

CommandLine::CommandLine(const Word& line, Kind kind) : line_(line) {
  const std::string_view text = line.bytes;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool space = is_in(kSpaces, c);
    bool ends = c == '\n' || (kind == CommandLine::Kind::shell && is_in(kEnds, c));
    if (!ends && is_in(kEnds, c)) {
      const bool last = at + 1 == text.size() || is_in(kSpaces, text[at + 1]);
      ends = at == begin || (last && c != ')');
    }
    if (!space && !ends) {
      at = behind_piece(text, at);
      continue;
    }
    end_word(begin, at);
    if (ends) end_command();
    begin = ++at;
  }
  end_word(begin, text.size());
  end_command();
}

void CommandLine::end_word(size_t begin, size_t end) {
  if (begin >= end) return;
  const Word raw = line_.part(begin, end - begin);
  if (raw.bytes.find_first_of("'\"\\") == raw.bytes.npos) {
    words_.push_back(raw);
    return;
  }
  Unquoted& word = unquoted_.emplace_back();
  const auto take = [&](size_t i) {
    word.bytes += raw.bytes[i];
    word.at.push_back(static_cast<uint32_t>(raw.position(i)));
  };
  for (size_t at = 0; at < raw.bytes.size();) {
    const size_t next = behind_piece(raw.bytes, at);
    const bool quoted = next - at > 1 && is_in(kQuotes, raw.bytes[at]);
    const bool escaped = next - at == 2 && raw.bytes[at] == '\\';
    for (size_t i = at + (quoted || escaped ? 1 : 0); i < next - (quoted ? 1 : 0); ++i) {
      const bool skip = quoted && raw.bytes[at] == '"' && raw.bytes[i] == '\\' && i + 2 < next;
      take(skip ? ++i : i);
    }
    at = next;
  }
  words_.push_back({word.bytes, raw.target, 0, word.at.data()});
}

void CommandLine::end_command() {
  if (!words_.empty()) commands_.push_back(std::exchange(words_, {}));
}

}  // namespace spoor::agent
