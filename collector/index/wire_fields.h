// The fields of a message in protobuf's wire format, one after the other, out of bytes that may be
// anything (protobuf.dev/programming-guides/encoding). Views; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

class WireFields {
 public:
  explicit WireFields(std::string_view wire) : at_(wire.data()), end_(at_ + wire.size()) {}

  // False at the end, and where what follows is no field.
  bool next(WireField& field);
  bool is_ok() const { return is_ok_; }

 private:
  bool read(WireField& field);
  bool skip_group(uint32_t number);
  bool varint(uint64_t& value);
  template <typename T>
  bool fixed(uint64_t& value);

  const char* at_;
  const char* const end_;
  bool is_ok_ = true;
};

void append_tag(std::string& to, uint32_t number, WireType type);

}  // namespace spoor::collector
