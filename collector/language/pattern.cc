#include "collector/language/pattern.h"

#include <algorithm>

#include <absl/strings/ascii.h>

namespace spoor::collector {

namespace {

bool same_letter(char a, char b) {
  return absl::ascii_tolower(static_cast<unsigned char>(a)) ==
         absl::ascii_tolower(static_cast<unsigned char>(b));
}

bool equal(std::string_view a, std::string_view b, bool same_case) {
  if (a.size() != b.size()) return false;
  if (same_case) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), same_letter);
}

size_t find(std::string_view text, std::string_view piece, bool same_case) {
  if (same_case) return text.find(piece);
  const auto at = std::search(text.begin(), text.end(), piece.begin(), piece.end(), same_letter);
  return at == text.end() && !piece.empty() ? std::string_view::npos
                                            : static_cast<size_t>(at - text.begin());
}

}  // namespace

Pattern Pattern::exactly(std::string text) {
  Pattern out;
  out.pieces_.back() = std::move(text);
  return out;
}

Pattern Pattern::containing(std::string text) {
  Pattern out = exactly(std::move(text));
  out.open_at_both_ends();
  return out;
}

void Pattern::open_at_both_ends() {
  if (pieces_.size() == 1 || !pieces_.front().empty()) pieces_.insert(pieces_.begin(), "");
  append_hole();
}

bool Pattern::is_anything() const {
  return has_hole() && std::all_of(pieces_.begin(), pieces_.end(),
                                   [](const std::string& piece) { return piece.empty(); });
}

bool Pattern::fits(std::string_view text, bool same_case) const {
  const std::string& first = pieces_.front();
  if (pieces_.size() == 1) return equal(text, first, same_case);
  const std::string& last = pieces_.back();
  if (text.size() < first.size() + last.size()) return false;
  if (!equal(text.substr(0, first.size()), first, same_case)) return false;
  if (!equal(text.substr(text.size() - last.size()), last, same_case)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  // The leftmost place of each piece leaves the most room for the next.
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    const size_t at = find(text, pieces_[i], same_case);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces_[i].size());
  }
  return true;
}

std::string Pattern::to_text() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (i > 0) out += '*';
    for (const char c : pieces_[i]) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '*' || c == '\\' || c == '"') {
        out += '\\';
        out += c;
      } else if (absl::ascii_isprint(byte)) {
        out += c;
      } else {
        out += "\\x";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
      }
    }
  }
  return out;
}

}  // namespace spoor::collector
