// A record's body as `key=value` fields, in one forward pass, without a copy. Values are bare
// words, or stand in double quotes, which the kernel never escapes: it writes a value that holds
// one as hex. Inline, since a busy host passes millions of fields a second through here.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "agent/decode/hex.h"
#include "common/bytes.h"

namespace spoor::agent {

// auditd's enriched format puts names of numbers behind it.
inline constexpr char kEnriched = 0x1D;

// A key of up to 8 bytes as a number, so that keys can be switch labels; 0 for a longer one.
constexpr uint64_t field_id(std::string_view key) {
  uint64_t id = 0;
  if (key.size() > sizeof id) return 0;
  for (size_t i = 0; i < key.size(); ++i) {
    id |= static_cast<uint64_t>(static_cast<uint8_t>(key[i])) << (8 * i);
  }
  return id;
}

// Bit i is set where byte i of the 16 at `at` is C. Keys and most values are so short that looking
// at 16 bytes at once beats any call.
template <char C>
uint32_t matches(const char* at) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(C))));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; ++i) mask |= static_cast<uint32_t>(at[i] == C) << i;
  return mask;
#endif
}
// The first C in [at, end), or end.
template <char C>
const char* find_byte(const char* at, const char* end) {
  for (int i = 0; i < 4 && end - at >= 16; ++i, at += 16) {
    if (const uint32_t found = matches<C>(at)) return at + std::countr_zero(found);
  }
  if (at == end) return end;
  const void* found = std::memchr(at, C, static_cast<size_t>(end - at));
  return found == nullptr ? end : static_cast<const char*>(found);
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
    const char* at = at_;
    field.word = {};
    for (;;) {
      while (at != end_ && *at == ' ') ++at;
      at = take_key(at, field);
      if (at == end_) {
        at_ = at;
        return false;
      }
      if (*at++ == '=') break;
      field.word = field.key;
    }
    field.quoted = at != end_ && *at == '"';
    const char* const value = at + (field.quoted ? 1 : 0);
    at = field.quoted ? find_byte<'"'>(value, end_) : find_byte<' '>(value, end_);
    field.value = view(value, at);
    if (at != end_) {
      ++at;
    } else if (field.quoted) {
      broken_ = true;
    }
    at_ = at;
    return true;
  }
  // A quote was opened and never closed.
  bool broken() const { return broken_; }

 private:
  static std::string_view view(const char* from, const char* to) {
    return {from, static_cast<size_t>(to - from)};
  }

  // Reads up to the next '=' or space; returns where that is.
  const char* take_key(const char* key, Field& field) const {
    const char* at = key;
    const uint32_t ends = end_ - at >= 16 ? matches<'='>(at) | matches<' '>(at) : 0;
    if (ends != 0) {
      at += std::countr_zero(ends);
    } else {
      while (at != end_ && *at != '=' && *at != ' ') ++at;
    }
    field.key = view(key, at);
    if (ends == 0 || at == key || at - key > 8) {
      field.id = field_id(field.key);
      return at;
    }
    std::memcpy(&field.id, key, sizeof field.id);
    const auto unused = 64 - 8 * (at - key);
    field.id = field.id << unused >> unused;
    return at;
  }

  const char* at_;
  const char* end_;
  bool broken_ = false;
};

// The whole of `text` as an unsigned number. False, and `out` as it was, for anything else.
template <typename T>
bool parse_number(std::string_view text, T& out) {
  static_assert(std::is_unsigned_v<T> && sizeof(T) <= 8);
  if (text.empty() || text.size() > 20) return false;
  uint64_t value = 0;
  for (const char c : text.substr(0, 19)) {
    const uint32_t digit = static_cast<uint32_t>(c) - '0';
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  if (text.size() == 20) {  // 2^64 has 20 digits
    const uint32_t digit = static_cast<uint32_t>(text[19]) - '0';
    if (digit > 9 || __builtin_mul_overflow(value, uint64_t{10}, &value) ||
        __builtin_add_overflow(value, digit, &value)) {
      return false;
    }
  }
  if (value > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(value);
  return true;
}

// The same for digits of 4 bits or fewer.
template <int kBits, typename T>
bool parse_bits(std::string_view text, T& out) {
  static_assert(kBits >= 1 && kBits <= 4 && std::is_unsigned_v<T> && sizeof(T) <= 8);
  if (text.empty()) return false;
  uint64_t value = 0;
  for (const char c : text) {
    const uint32_t digit = kHexDigits[static_cast<uint8_t>(c)];
    if (digit >> kBits != 0 || value >> (64 - kBits) != 0) return false;
    value = value << kBits | digit;
  }
  if (value > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(value);
  return true;
}
template <typename T>
bool parse_hex(std::string_view text, T& out) { return parse_bits<4>(text, out); }
template <typename T>
bool parse_octal(std::string_view text, T& out) { return parse_bits<3>(text, out); }

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
