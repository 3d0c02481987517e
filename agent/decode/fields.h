// A record's body as `key=value` fields, in one forward pass, without a copy. Values are bare words,
// or stand in double quotes, which the kernel never escapes: it writes a value that holds one as hex.
// Inline, since a busy host passes millions of fields a second through here.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace spoor::agent {

// A key of up to 8 bytes as a number, so that keys can be switch labels; 0 for a longer one.
constexpr uint64_t field_id(std::string_view key) {
  uint64_t id = 0;
  if (key.size() > sizeof id) return 0;
  for (const char c : key) id = id << 8 | static_cast<uint8_t>(c);
  return id;
}

struct Field {
  std::string_view key;
  uint64_t id = 0;         // field_id(key)
  std::string_view value;  // without its quotes
  std::string_view word;   // the bare word just before the key: `old auid=0`
  bool quoted = false;
};

class Fields {
 public:
  // `body` outlives this and every Field.
  explicit Fields(std::string_view body) : at_(body.data()), end_(body.data() + body.size()) {}

  // False at the end.
  bool next(Field& field) {
    field.word = {};
    for (;;) {
      while (at_ != end_ && *at_ == ' ') ++at_;
      const char* const key = at_;
      uint64_t id = 0;
      for (; at_ != end_ && *at_ != '=' && *at_ != ' '; ++at_) {
        id = id << 8 | static_cast<uint8_t>(*at_);
      }
      if (at_ == end_) return false;
      field.key = view(key, at_);
      if (*at_++ == '=') {
        field.id = field.key.size() > sizeof id ? 0 : id;
        break;
      }
      field.word = field.key;
    }
    field.quoted = at_ != end_ && *at_ == '"';
    if (field.quoted) ++at_;
    const char* const value = at_;
    at_ = find(field.quoted ? '"' : ' ');
    field.value = view(value, at_);
    if (at_ != end_) {
      ++at_;
    } else if (field.quoted) {
      broken_ = true;
    }
    return true;
  }
  // A quote was opened and never closed.
  bool broken() const { return broken_; }

 private:
  static std::string_view view(const char* from, const char* to) {
    return {from, static_cast<size_t>(to - from)};
  }
  const char* find(char c) const {
    if (at_ == end_) return end_;
    const void* found = std::memchr(at_, c, static_cast<size_t>(end_ - at_));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  const char* at_;
  const char* end_;
  bool broken_ = false;
};

// The whole of `text` as an unsigned number. False, and `out` as it was, for anything else.
template <typename T>
bool parse_number(std::string_view text, T& out, uint32_t base = 10) {
  static_assert(std::is_unsigned_v<T> && sizeof(T) <= 8);
  if (text.empty() || text.size() > 22) return false;  // 2^64 has 22 octal digits
  uint64_t value = 0;
  bool overflow = false;
  for (const char c : text) {
    uint32_t digit = static_cast<uint32_t>(c) - '0';
    if (digit > 9) {
      const uint32_t letter = (static_cast<uint32_t>(c) | 0x20) - 'a';
      digit = letter < 6 ? letter + 10 : base;
    }
    if (digit >= base) return false;
    // Below 2^58 another digit of any base up to 16 still fits.
    if (value >> 58 != 0) [[unlikely]] {
      overflow |= __builtin_mul_overflow(value, base, &value);
      overflow |= __builtin_add_overflow(value, digit, &value);
    } else {
      value = value * base + digit;
    }
  }
  if (overflow || value > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(value);
  return true;
}

// The same with a sign.
inline bool parse_signed(std::string_view text, int64_t& out) {
  const bool negative = text.starts_with('-');
  uint64_t value = 0;
  if (!parse_number(text.substr(negative ? 1 : 0), value)) return false;
  if (value > uint64_t{1} << 63 || (!negative && value == uint64_t{1} << 63)) return false;
  out = static_cast<int64_t>(negative ? ~value + 1 : value);
  return true;
}

}  // namespace spoor::agent
