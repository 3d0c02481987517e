// Saved state: our own small binary format, little endian, sealed by a magic, a version and a CRC.
// It is read back after a crash or an upgrade, so a reader trusts nothing in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/bytes.h"

namespace spoor::agent {

// magic, version, bytes, CRC-32C of all before.
std::string seal_blob(uint32_t magic, uint32_t version, std::string_view bytes);
// The bytes inside; `corrupt` for another magic or version, a wrong length or CRC.
Result<std::string_view> open_blob(uint32_t magic, uint32_t version, std::string_view blob);

// Reads what append_le() wrote. After the end, or for a bad string length, it yields zeros and
// good() turns false: the caller asks once, at the end, and bounds every count it reads.
class BlobReader {
 public:
  explicit BlobReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T number() {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
    if (rest_.size() < sizeof(T)) {
      good_ = false;
      rest_ = {};
      return 0;
    }
    const T value = load_le<T>(reinterpret_cast<const uint8_t*>(rest_.data()));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  // A length (u32) and as many bytes.
  std::string_view string();
  std::string_view bytes(size_t size);
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void append_string(std::string& to, std::string_view bytes);

}  // namespace spoor::agent
