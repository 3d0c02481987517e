#include "collector/cli/styled_text.h"

#include "common/text_width.h"

namespace spoor::cli {
namespace {

const char* sgr(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::strong: return "\033[1m";
    case Style::quiet: return "\033[2m";
    case Style::good: return "\033[32m";
    case Style::warning: return "\033[33m";
    case Style::bad: return "\033[31m";
    case Style::alarm: return "\033[1;31m";
    case Style::privilege: return "\033[35m";
  }
  return "";
}

}  // namespace

StyledText& StyledText::add(Style style, std::string text) {
  if (text.empty()) return *this;
  width_ += text_width(text);
  pieces_.push_back({style, std::move(text)});
  return *this;
}

StyledText& StyledText::add(const StyledText& other) {
  pieces_.insert(pieces_.end(), other.pieces_.begin(), other.pieces_.end());
  width_ += other.width_;
  return *this;
}

void StyledText::cut(size_t columns) {
  if (width_ <= columns || columns == 0) return;
  size_t left = columns - 1;
  StyledText kept;
  for (const Piece& piece : pieces_) {
    const std::string_view part = fit(piece.text, left);
    kept.add(piece.style, std::string(part));
    left = columns - 1 - kept.width_;
    if (part.size() < piece.text.size()) break;
  }
  kept.add(Style::quiet, "…");
  *this = std::move(kept);
}

void StyledText::pad(size_t columns) {
  if (width_ < columns) add(std::string(columns - width_, ' '));
}

std::string StyledText::render(bool colour) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    const bool painted = colour && piece.style != Style::plain;
    if (painted) out += sgr(piece.style);
    out += piece.text;
    if (painted) out += "\033[0m";
  }
  return out;
}

}  // namespace spoor::cli
