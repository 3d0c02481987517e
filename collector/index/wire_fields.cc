#include "collector/index/wire_fields.h"

#include "common/byte_reader.h"

namespace spoor::collector {

// Up to its end. That the numbers of those within it fit is the parser's to say.
bool WireFields::skip_group(uint32_t number) {
  is_plain_ = false;
  WireField field;
  for (size_t depth = 1; depth > 0;) {
    if (!read(field)) return false;
    if (field.type == WireType::group_begin) ++depth;
    if (field.type == WireType::group_end) --depth;
  }
  return field.number == number;
}

bool WireFields::long_varint(uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && at_ < end_; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at_++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1)) is_plain_ = false;
    return true;
  }
  return false;
}

void append_tag(std::string& to, uint32_t number, WireType type) {
  append_varint(to, uint64_t{number} << 3 | static_cast<uint64_t>(type));
}

}  // namespace spoor::collector
