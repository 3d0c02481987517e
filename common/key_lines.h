// Small texts of `key value` lines in a fixed order, which programs leave for one another and
// people can read: commit notes, the agent's status, trust. Strict: what was not written by us is
// refused. Pure; the text must outlive the reader.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace spoor {

class KeyLines {
 public:
  // `what` names the text in errors: "a commit note".
  KeyLines(std::string_view text, std::string_view what) : rest_(text), what_(what) {}

  // Takes the next line, which must have this key; its value may be empty. `invalid` otherwise.
  Result<std::string_view> take(std::string_view key);
  // Decimal digits alone (and a minus sign where T has one), within T.
  template <typename T>
  Status take_number(std::string_view key, T& into) {
    ASSIGN_OR_RETURN(const std::string_view value, take(key));
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    return is_number ? ok() : bad(key);
  }
  // Exactly N bytes in hex.
  template <size_t N>
  Status take_hex(std::string_view key, std::array<uint8_t, N>& into) {
    ASSIGN_OR_RETURN(const std::string_view value, take(key));
    const auto bytes = array_from_hex<N>(value);
    if (!bytes.is_ok()) return bad(key);
    into = *bytes;
    return ok();
  }
  // `invalid` where more follows.
  Status end() const;
  // `invalid`: that key's value is none.
  Status bad(std::string_view key) const;

 private:
  std::string_view rest_;
  std::string_view what_;
};

}  // namespace spoor
