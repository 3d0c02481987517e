// The fields of a message in protobuf's wire format, one after the other, out of bytes that may be
// anything (protobuf.dev/programming-guides/encoding). Views; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace spoor::collector {

enum class WireType : uint8_t {
  varint = 0, fixed64 = 1, bytes = 2, group_begin = 3, group_end = 4, fixed32 = 5
};

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::varint;
  uint64_t value = 0;      // of varint, fixed64 and fixed32
  std::string_view bytes;  // of bytes
  std::string_view whole;  // the field with its tag; of a group all that is in it
};

// Every row that becomes an event again is walked over: so it is here, to be inlined.
class WireFields {
 public:
  explicit WireFields(std::string_view wire) : at_(wire.data()), end_(at_ + wire.size()) {}

  // False at the end, and where what follows is no field.
  bool next(WireField& field) {
    if (at_ == end_ || !is_ok_) return false;
    const char* const begin = at_;
    is_ok_ = read(field) && field.type != WireType::group_end &&
             (field.type != WireType::group_begin || skip_group(field.number));
    field.whole = {begin, static_cast<size_t>(at_ - begin)};
    return is_ok_;
  }
  bool is_ok() const { return is_ok_; }
  // So far there was no group, and every number took as few bytes as it needs.
  bool is_plain() const { return is_plain_; }

 private:
  static constexpr uint64_t kTagMin = 8, kTagMax = 0xffffffff;

  // A group's field is its beginning.
  bool read(WireField& field) {
    uint64_t tag = 0;
    if (!varint(tag) || tag > kTagMax || tag < kTagMin) return false;
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

  bool varint(uint64_t& value) {
    if (at_ < end_ && static_cast<uint8_t>(*at_) < 0x80) {
      value = static_cast<uint8_t>(*at_++);
      return true;
    }
    return long_varint(value);
  }

  template <typename T>
  bool fixed(uint64_t& value) {
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) return false;
    value = load_le<T>(reinterpret_cast<const uint8_t*>(at_));
    at_ += sizeof(T);
    return true;
  }

  bool long_varint(uint64_t& value);
  bool skip_group(uint32_t number);

  const char* at_;
  const char* const end_;
  bool is_ok_ = true;
  bool is_plain_ = true;
};

void append_tag(std::string& to, uint32_t number, WireType type);

}  // namespace spoor::collector
