// Typed bytes as they stood on the line in the end: what backspace, ^U and ^W took away is gone,
// and so are the sequences that keys like arrows send. A secret is looked for here, since
// `mysl<backspace>ql` is no program; what is blanked are the bytes that were typed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::agent {

class TypedView {
 public:
  explicit TypedView(std::string_view typed);
  std::string_view bytes() const { return bytes_; }
  // [begin, end) of what was typed for [begin, end) here, with all that was taken back in between.
  std::pair<size_t, size_t> typed(size_t begin, size_t end) const;

 private:
  bool at_line_start() const;
  void take_back();

  std::string bytes_;
  std::vector<uint32_t> at_;
  size_t typed_size_;
};

}  // namespace spoor::agent
