// ASCII letters in lower case, any other byte as it is, without branches: whole packs are put into
// it before they are searched. Pure function.
#pragma once

namespace spoor::collector {

constexpr char lower_case(char c) {
  return static_cast<char>(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
}

}  // namespace spoor::collector
