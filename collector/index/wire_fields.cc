#include "collector/index/wire_fields.h"

#include "collector/blocks/byte_reader.h"

namespace spoor::collector {

namespace {

constexpr uint64_t kTagMax = 0xffffffff;

}  // namespace

bool WireFields::next(WireField& field) {
  if (at_ == end_ || !is_ok_) return false;
  const char* const begin = at_;
  is_ok_ = read(field) && field.type != WireType::group_end &&
           (field.type != WireType::group_begin || skip_group(field.number));
  field.whole = {begin, static_cast<size_t>(at_ - begin)};
  return is_ok_;
}

// A group's field is its beginning.
bool WireFields::read(WireField& field) {
  uint64_t tag = 0;
  if (!varint(tag) || tag > kTagMax || tag < 8) return false;
  field.number = static_cast<uint32_t>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  field.bytes = {};
  switch (field.type) {
    case WireType::varint: return varint(field.value);
    case WireType::fixed64: return fixed<uint64_t>(field.value);
    case WireType::fixed32: return fixed<uint32_t>(field.value);
    case WireType::group_begin:
    case WireType::group_end: return true;
    case WireType::bytes: break;
    default: return false;
  }
  uint64_t size = 0;
  if (!varint(size) || size > static_cast<size_t>(end_ - at_)) return false;
  field.bytes = {at_, static_cast<size_t>(size)};
  at_ += size;
  return true;
}

// Up to its end. That the numbers of those within it fit is the parser's to say.
bool WireFields::skip_group(uint32_t number) {
  WireField field;
  for (size_t depth = 1; depth > 0;) {
    if (!read(field)) return false;
    if (field.type == WireType::group_begin) ++depth;
    if (field.type == WireType::group_end) --depth;
  }
  return field.number == number;
}

bool WireFields::varint(uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && at_ < end_; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at_++);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

template <typename T>
bool WireFields::fixed(uint64_t& value) {
  if (static_cast<size_t>(end_ - at_) < sizeof(T)) return false;
  value = load_le<T>(reinterpret_cast<const uint8_t*>(at_));
  at_ += sizeof(T);
  return true;
}

void append_tag(std::string& to, uint32_t number, WireType type) {
  append_varint(to, uint64_t{number} << 3 | static_cast<uint64_t>(type));
}

}  // namespace spoor::collector
