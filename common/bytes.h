// Views and little-endian access. Bytes of the outside world are std::string_view (they are often
// text) or ByteView (they are not); neither owns anything.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor {

static_assert(std::endian::native == std::endian::little, "formats are read in place");

using ByteView = std::span<const uint8_t>;
// A SHA-256 value.
using Hash = std::array<uint8_t, 32>;
// A random 128-bit id: stream, log, agent, session, boot.
using Id = std::array<uint8_t, 16>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The caller checked that sizeof(T) bytes are there.
template <typename T>
T load_le(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <typename T>
void store_le(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}
template <typename T>
void append_le(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Lower-case hex of any bytes, and back (`invalid` for an odd length or another character).
std::string to_hex(ByteView bytes);
Result<std::string> from_hex(std::string_view hex);
// Exactly N bytes from 2N hex digits.
template <size_t N>
Result<std::array<uint8_t, N>> array_from_hex(std::string_view hex) {
  ASSIGN_OR_RETURN(const std::string bytes, from_hex(hex));
  if (bytes.size() != N) return invalid("expected " + std::to_string(2 * N) + " hex digits");
  std::array<uint8_t, N> out;
  std::memcpy(out.data(), bytes.data(), N);
  return out;
}
// True when every byte sequence is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
// 16 bytes from getrandom(2). Aborts where the kernel has no randomness, since ids must not repeat.
Id random_id();

}  // namespace spoor
