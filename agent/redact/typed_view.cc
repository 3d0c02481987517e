#include "agent/redact/typed_view.h"

#include <algorithm>

namespace spoor::agent {
namespace {

constexpr char kBackspace = '\b', kDelete = 0x7F, kKillLine = 0x15, kKillWord = 0x17,
               kEscape = 0x1B;

// Behind the sequence that begins with the escape at `at` (ECMA-48: CSI, SS3, and two bytes).
size_t behind_sequence(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return at + 1;
  if (text[at + 1] == 'O') return std::min(at + 3, text.size());
  if (text[at + 1] != '[') return at + 2;
  for (size_t i = at + 2; i < text.size(); ++i) {
    if (text[i] >= 0x40 && text[i] <= 0x7E) return i + 1;
    if (text[i] < 0x20) return i;
  }
  return text.size();
}

}  // namespace

bool TypedView::at_line_start() const {
  return bytes_.empty() || bytes_.back() == '\r' || bytes_.back() == '\n';
}

// A character: as a terminal does in UTF-8, and readline.
void TypedView::take_back() {
  constexpr size_t kCharacterBytesMax = 4;
  bool is_inside = true;
  for (size_t i = 0; i < kCharacterBytesMax && is_inside && !at_line_start(); ++i) {
    is_inside = (static_cast<uint8_t>(bytes_.back()) & 0xC0) == 0x80;
    bytes_.pop_back();
    at_.pop_back();
  }
}

TypedView::TypedView(std::string_view typed) : typed_size_(typed.size()) {
  for (size_t i = 0; i < typed.size();) {
    const char c = typed[i];
    if (c == kBackspace || c == kDelete) {
      if (!at_line_start()) take_back();
    } else if (c == kKillLine) {
      while (!at_line_start()) take_back();
    } else if (c == kKillWord) {
      while (!at_line_start() && bytes_.back() == ' ') take_back();
      while (!at_line_start() && bytes_.back() != ' ') take_back();
    } else if (c == kEscape) {
      i = behind_sequence(typed, i);
      continue;
    } else {
      bytes_ += c;
      at_.push_back(static_cast<uint32_t>(i));
    }
    ++i;
  }
  // A line ends with a carriage return.
  for (char& c : bytes_) c = c == '\r' ? '\n' : c;
}

std::pair<size_t, size_t> TypedView::typed(size_t begin, size_t end) const {
  return {begin == 0 ? 0 : at_[begin - 1] + 1, end < at_.size() ? at_[end] : typed_size_};
}

}  // namespace spoor::agent
