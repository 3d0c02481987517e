// One line of output as pieces with a meaning each; colour is put on when it is written. What goes
// in has been made safe already (quoting.h). Plain data; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::cli {

// What a piece means, not how it looks.
enum class Style : unsigned char { plain, strong, quiet, good, warning, bad, alarm, privilege };

class StyledText {
 public:
  StyledText() = default;
  StyledText(Style style, std::string text) { add(style, std::move(text)); }

  StyledText& add(Style style, std::string text);
  StyledText& add(std::string text) { return add(Style::plain, std::move(text)); }
  StyledText& add(const StyledText& other);

  bool empty() const { return pieces_.empty(); }
  // Columns on a terminal.
  size_t width() const { return width_; }
  // Takes at most `columns` (at least 1): what is cut away is replaced by one `…`.
  void cut(size_t columns);
  // Spaces up to `columns`.
  void pad(size_t columns);
  // The line without its end. Colours are ANSI SGR sequences, each ended before the next.
  std::string render(bool colour) const;

 private:
  struct Piece {
    Style style;
    std::string text;
  };
  std::vector<Piece> pieces_;
  size_t width_ = 0;
};

}  // namespace spoor::cli
