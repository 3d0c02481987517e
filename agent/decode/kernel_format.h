// Reads a record's body in the very order and spelling in which the kernel writes it, one field
// after the other, without looking for where each begins and ends. SYSCALL and PATH are most of
// what a host says, and cost a fourth this way (measured in instructions). What is not exactly so
// (another kernel's order, a log that somebody rewrote) fails, and is read by agent/decode/fields.h
// instead.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "agent/decode/fields.h"

namespace spoor::agent {

class KernelFormat {
 public:
  explicit KernelFormat(std::string_view body)
      : at_(body.data()), end_(body.data() + body.size()) {}

  // True when `text` stands here; goes past it.
  template <size_t kSize>
  bool skip(const char (&text)[kSize]) {
    constexpr size_t kLength = kSize - 1;
    if (static_cast<size_t>(end_ - at_) < kLength || !is_same<kLength>(at_, text)) return false;
    at_ += kLength;
    return true;
  }

  // Each reads the name, as ` pid=`, and the value behind it. False: not so; nothing more is to be
  // read then.
  template <size_t kSize, typename T>
  bool number(const char (&name)[kSize], T& out) {
    static_assert(std::is_unsigned_v<T>);
    if (!skip(name)) return false;
    const char* const first = at_;
    uint64_t value = 0;
    if (!short_number(value)) {
      for (; at_ != end_; ++at_) {
        const uint32_t digit = static_cast<uint32_t>(*at_) - '0';
        if (digit > 9) break;
        value = value * 10 + digit;
      }
    }
    out = static_cast<T>(value);
    // 19 digits cannot overflow; the kernel writes no leading zeros.
    return at_ != first && at_ - first <= 19 && value <= std::numeric_limits<T>::max();
  }
  template <size_t kSize>
  bool signed_number(const char (&name)[kSize], int64_t& out) {
    if (!skip(name)) return false;
    const bool negative = skip("-");
    uint64_t value = 0;
    if (!number("", value) || value > std::numeric_limits<int64_t>::max()) return false;
    out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    return true;
  }
  template <size_t kSize, typename T>
  bool hex(const char (&name)[kSize], T& out) {
    if (!skip(name)) return false;
    if (end_ - at_ < 16) return digits<4>(out);
    uint8_t bytes[8];
    const size_t count = read_hex16<'a'>(at_, bytes);
    if (count == 0 || count == 16) return digits<4>(out);
    uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
    value >>= 64 - 4 * count;
    at_ += count;
    out = static_cast<T>(value);
    return value <= std::numeric_limits<T>::max();
  }
  template <size_t kSize, typename T>
  bool octal(const char (&name)[kSize], T& out) { return skip(name) && digits<3>(out); }

  // A value up to the next space or, in quotes, to the next quote: as Fields would give it.
  template <size_t kSize>
  bool value(const char (&name)[kSize], Field& out) {
    if (!skip(name)) return false;
    out.quoted = at_ != end_ && *at_ == '"';
    if (out.quoted) ++at_;
    const char* const first = at_;
    at_ = out.quoted ? find_byte<'"'>(at_, end_) : find_byte<' '>(at_, end_);
    out.value = {first, static_cast<size_t>(at_ - first)};
    if (!out.quoted) return true;
    return at_ != end_ && *at_++ == '"';
  }
  // Nothing more, or only what auditd appends to a record in its enriched format.
  bool at_end() const { return at_ == end_ || *at_ == kEnriched; }
  bool is_enriched() const { return at_ != end_; }

 private:
  // Up to seven digits, all at once: a byte each in one word, then added up in pairs. False, with
  // nothing read, where it is not so.
  bool short_number(uint64_t& value) {
    if constexpr (std::endian::native != std::endian::little) return false;
    uint64_t word = 0;
    if (end_ - at_ < static_cast<ptrdiff_t>(sizeof word)) return false;
    std::memcpy(&word, at_, sizeof word);
    word ^= 0x3030303030303030;
    // Above 9, or above 127: whatever a byte carries over goes into those behind it.
    const uint64_t others = ((word + 0x7676767676767676) | word) & 0x8080808080808080;
    const int digits = std::countr_zero(others) / 8;
    if (digits == 0 || digits == 8) return false;
    word <<= 64 - 8 * digits;  // zeros before the first digit
    word = word * 10 + (word >> 8);
    word = ((word & 0x000000FF000000FF) * (100 + (1'000'000ull << 32)) +
            ((word >> 16) & 0x000000FF000000FF) * (1 + (10'000ull << 32))) >> 32;
    value = word;
    at_ += digits;
    return true;
  }
  // memcmp() is called for most lengths, and a name is so short that the call costs more than it.
  template <size_t kLength>
  static bool is_same(const char* a, const char* b) {
    if constexpr (kLength < 4) {
      for (size_t i = 0; i < kLength; ++i) {
        if (a[i] != b[i]) return false;
      }
      return true;
    } else if constexpr (kLength <= 8) {
      return is_same_word<uint32_t>(a, b) &&
             is_same_word<uint32_t>(a + kLength - 4, b + kLength - 4);
    } else {
      static_assert(kLength <= 16);
      return is_same_word<uint64_t>(a, b) &&
             is_same_word<uint64_t>(a + kLength - 8, b + kLength - 8);
    }
  }
  template <typename Word>
  static bool is_same_word(const char* a, const char* b) {
    Word left, right;
    std::memcpy(&left, a, sizeof left);
    std::memcpy(&right, b, sizeof right);
    return left == right;
  }

  template <int kBits, typename T>
  bool digits(T& out) {
    static_assert(std::is_unsigned_v<T>);
    const char* const first = at_;
    uint64_t value = 0;
    for (; at_ != end_; ++at_) {
      const uint32_t digit = kHexDigits[static_cast<uint8_t>(*at_)];
      if (digit >> kBits != 0) break;
      value = value << kBits | digit;
    }
    out = static_cast<T>(value);
    return at_ != first && at_ - first <= 64 / kBits && value <= std::numeric_limits<T>::max();
  }

  const char* at_;
  const char* end_;
};

}  // namespace spoor::agent
