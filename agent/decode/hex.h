// Hex digits, sixteen at a time: the kernel writes addresses, arguments that hold a space, titles
// and socket addresses as hex, and digit by digit they were a tenth of all decoding (measured).
// Lower-case digits are numbers (%lx); strings are upper-case only, by the kernel and by libaudit,
// so that `comm=dd` of a log that somebody rewrote is a word and not a byte.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace spoor::agent {

// The value of a hex digit, kNotHex for another character.
inline constexpr uint8_t kNotHex = 0xFF;
inline constexpr std::array<uint8_t, 256> kHexDigits = [] {
  std::array<uint8_t, 256> table{};
  table.fill(kNotHex);
  for (uint8_t i = 0; i < 10; ++i) table[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    table[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(10 + i);
    table[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
  }
  return table;
}();

template <char A>
uint8_t hex_digit(char c) {
  static_assert(A == 'a' || A == 'A');
  return (c | 0x20) >= 'a' && (c & 0x20) != (A & 0x20) ? kNotHex
                                                       : kHexDigits[static_cast<uint8_t>(c)];
}

// The 16 characters at `at` as the 8 bytes that they stand for. Returns how many of them are digits
// before the first that is none; what stands behind it is not to be used. Letters are those from A.
template <char A>
size_t read_hex16(const char* at, uint8_t (&out)[8]) {
#ifdef __SSE2__
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  const __m128i letter = _mm_sub_epi8(text, _mm_set1_epi8(A));
  const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
  const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
  const __m128i nibbles =
      _mm_or_si128(_mm_and_si128(is_digit, digit),
                   _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
  const __m128i pairs = _mm_and_si128(
      _mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8)), _mm_set1_epi16(0xFF));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(pairs, pairs));
  const auto good = static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)));
  return static_cast<size_t>(std::countr_one(good));
#else
  size_t digits = 16;
  for (size_t i = 16; i-- > 0;) {
    const uint8_t value = hex_digit<A>(at[i]);
    if (value == kNotHex) digits = i;
    out[i / 2] = static_cast<uint8_t>(i % 2 != 0 ? value & 15 : out[i / 2] | value << 4);
  }
  return digits;
#endif
}

}  // namespace spoor::agent
