#include "common/byte_reader.h"

namespace spoor {

void ByteReader::fail() {
  is_ok_ = false;
  left_ = {};
}

uint64_t ByteReader::varint() {
  uint64_t out = 0;
  for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
    const uint8_t byte = left_.front();
    left_ = left_.subspan(1);
    if (shift == 63 && byte > 1) break;
    out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return out;
  }
  fail();
  return 0;
}

uint32_t ByteReader::fixed32() {
  const ByteView bytes = take(4);
  return bytes.size() == 4 ? load_le<uint32_t>(bytes.data()) : 0;
}

ByteView ByteReader::take(uint64_t size) {
  if (size > left_.size()) {
    fail();
    return {};
  }
  const ByteView out = left_.first(size);
  left_ = left_.subspan(size);
  return out;
}

void append_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

}  // namespace spoor
