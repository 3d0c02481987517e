// Reads a record's body in the very order and spelling in which the kernel writes it, one field
// after the other, without looking for where each begins and ends. SYSCALL and PATH are most of
// what a host says, and cost a third this way (measured: 5,100 instructions a SYSCALL record
// against 1,300). What is not exactly so (another kernel's order, a log that somebody rewrote)
// fails, and is read by agent/decode/fields.h instead.
#pragma once

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
    if (static_cast<size_t>(end_ - at_) < kLength || std::memcmp(at_, text, kLength) != 0) {
      return false;
    }
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
    for (; at_ != end_; ++at_) {
      const uint32_t digit = static_cast<uint32_t>(*at_) - '0';
      if (digit > 9) break;
      value = value * 10 + digit;
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
  bool hex(const char (&name)[kSize], T& out) { return digits<4>(name, out); }
  template <size_t kSize, typename T>
  bool octal(const char (&name)[kSize], T& out) { return digits<3>(name, out); }

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
  bool at_end() const { return at_ == end_; }

 private:
  template <int kBits, size_t kSize, typename T>
  bool digits(const char (&name)[kSize], T& out) {
    static_assert(std::is_unsigned_v<T>);
    if (!skip(name)) return false;
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
