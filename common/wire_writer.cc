#include "common/wire_writer.h"

#include <algorithm>
#include <bit>

#include "common/bytes.h"

namespace spoor {
namespace {

static_assert(std::endian::native == std::endian::little, "fixed fields are little endian");
constexpr size_t kFirstBytes = 4096;

}  // namespace

void WireWriter::utf8(int field, std::string_view value) {
  if (is_utf8(value)) return bytes(field, value);
  std::string shown;
  for (const char c : value) {
    if (static_cast<uint8_t>(c) < 0x80) shown.push_back(c);
    else shown += "\\x" + to_hex(as_bytes({&c, 1}));
  }
  bytes(field, shown);
}

void WireWriter::grow(size_t bytes) {
  buffer_.resize(std::max({kFirstBytes, buffer_.size() * 2, size_ + bytes}));
}

void WireWriter::end_long_message(size_t begin) {
  const size_t length = size_ - begin - 1;
  char digits[kVarintMax];
  const auto width = static_cast<size_t>(put_varint(digits, length) - digits);
  room(width);
  char* const body = buffer_.data() + begin + 1;
  std::memmove(body + width - 1, body, length);
  size_ += width - 1;
  std::memcpy(buffer_.data() + begin, digits, width);
}

}  // namespace spoor
