#include "agent/encode/wire.h"

#include <algorithm>
#include <bit>

#include "common/bytes.h"

namespace spoor::agent {
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

// One byte was left for the length. Most messages fit it; a longer one moves up.
void WireWriter::end_message(size_t length_at) {
  const size_t length = size_ - length_at - 1;
  char digits[kVarintMax];
  const auto width = static_cast<size_t>(put_varint(digits, length) - digits);
  if (width > 1) {
    room(width);
    char* const body = buffer_.data() + length_at + 1;
    std::memmove(body + width - 1, body, length);
    size_ += width - 1;
  }
  std::memcpy(buffer_.data() + length_at, digits, width);
}

}  // namespace spoor::agent
