// A text with holes in it, and whether another text is like it. Bytes, not characters: a NUL or
// broken UTF-8 is a byte like any other. Plain value; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spoor::collector {

class Pattern {
 public:
  // The empty text.
  Pattern() : pieces_{""} {}
  // Exactly this text.
  static Pattern exactly(std::string text);
  // This text, anywhere.
  static Pattern containing(std::string text);

  void append(char byte) { pieces_.back() += byte; }
  // Any bytes, also none, from here on.
  void append_hole() {
    if (pieces_.size() == 1 || !pieces_.back().empty()) pieces_.emplace_back();
  }
  // Whatever stood before it, and whatever comes behind it.
  void open_at_both_ends();

  // What stands between the holes, in order. One piece: no hole, so that it is equality. An empty
  // first or last piece: open at that end.
  const std::vector<std::string>& pieces() const { return pieces_; }
  bool has_hole() const { return pieces_.size() > 1; }
  bool is_empty() const { return pieces_.size() == 1 && pieces_[0].empty(); }
  // Like every text there is.
  bool is_anything() const;

  // `text` all of it; with `same_case` off, ASCII letters are the same in both cases. Linear in the
  // text times the longest piece at worst.
  bool fits(std::string_view text, bool same_case) const;

  // As it is typed in quotes: * for a hole; `\*`, `\\`, `\"`; `\xNN` for what is no printable
  // ASCII.
  std::string to_text() const;

  bool operator==(const Pattern&) const = default;

 private:
  std::vector<std::string> pieces_;
};

}  // namespace spoor::collector
