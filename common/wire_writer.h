// Writes messages in protobuf's wire format (protobuf.dev/programming-guides/encoding) straight
// into one buffer that is used again and again. Building a v1::Event first costs some thirty
// allocations and copies an event, three times as much as all the rest of an agent's encoding
// (measured); field numbers come from the generated code all the same, and a test parses what is
// written.
//
// As in proto3, number() and bytes() leave zero and empty out; those that begin with has_ do not,
// for fields with presence and for elements of a list. Fields are to be written in the order of
// their numbers, which makes the bytes the ones that protobuf itself would write.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spoor {

class WireWriter {
 public:
  void clear() { size_ = 0; }
  std::string_view view() const { return {buffer_.data(), size_}; }

  // uint32, uint64, bool, enum.
  void number(int field, uint64_t value) {
    if (value != 0) has_number(field, value);
  }
  void has_number(int field, uint64_t value) {
    char* const from = room(2 * kVarintMax);
    char* const at = put_varint(put_varint(from, tag(field, kVarint)), value);
    size_ += static_cast<size_t>(at - from);
  }
  // sint32, sint64.
  void zigzag(int field, int64_t value) { number(field, zigzagged(value)); }
  void has_zigzag(int field, int64_t value) { has_number(field, zigzagged(value)); }
  // fixed32, sfixed32; fixed64, sfixed64.
  void fixed32(int field, uint32_t value) { fixed(field, kFixed32, value); }
  void fixed64(int field, uint64_t value) { fixed(field, kFixed64, value); }
  void fixed64(int field, int64_t value) { fixed64(field, static_cast<uint64_t>(value)); }
  void has_fixed32(int field, uint32_t value) { put_fixed(field, kFixed32, value); }
  void has_fixed64(int field, uint64_t value) { put_fixed(field, kFixed64, value); }
  // string: what is no UTF-8 would make the whole event unreadable, and is written with \xNN.
  void utf8(int field, std::string_view value);
  // bytes, string (which must be UTF-8), and messages that were serialized elsewhere.
  void bytes(int field, std::string_view value) {
    if (!value.empty()) has_bytes(field, value);
  }
  void has_bytes(int field, std::string_view value) {
    char* const from = room(2 * kVarintMax + value.size());
    char* const at = put_varint(put_varint(from, tag(field, kLengthDelimited)), value.size());
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    size_ += static_cast<size_t>(at - from) + value.size();
  }
  // A number by itself, which is no field.
  void varint(uint64_t value) {
    char* const from = room(kVarintMax);
    size_ += static_cast<size_t>(put_varint(from, value) - from);
  }
  // Bytes as they are: fields in wire format, say.
  void raw(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  // The start of a message whose fields, `size` bytes in all, are written next.
  void message_of(int field, size_t size) {
    char* const from = room(2 * kVarintMax + size);
    char* const at = put_varint(put_varint(from, tag(field, kLengthDelimited)), size);
    size_ += static_cast<size_t>(at - from);
  }
  static constexpr size_t varint_size(uint64_t value) {
    return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
  }
  // A message, whose fields `fill` writes. It is there even if it stays empty.
  template <typename Fill>
  void message(int field, Fill&& fill) {
    char* const from = room(2 * kVarintMax);
    size_ += static_cast<size_t>(put_varint(from, tag(field, kLengthDelimited)) - from);
    const size_t begin = begin_message();
    fill();
    end_message(begin);
  }
  // The same of one whose tag was written: its fields come in between.
  size_t begin_message() {
    room(1);
    return size_++;
  }
  // One byte was left for the length. Most messages fit it; a longer one moves up.
  void end_message(size_t begin) {
    const size_t length = size_ - begin - 1;
    if (length >= 0x80) return end_long_message(begin);
    buffer_[begin] = static_cast<char>(length);
  }

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };
  static constexpr size_t kVarintMax = 10;

  static constexpr uint32_t tag(int field, WireType type) {
    return static_cast<uint32_t>(field) << 3 | type;
  }
  static constexpr uint64_t zigzagged(int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  }
  static char* put_varint(char* at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
    *at++ = static_cast<char>(value);
    return at;
  }
  char* room(size_t bytes) {
    if (buffer_.size() - size_ < bytes) grow(bytes);
    return buffer_.data() + size_;
  }
  template <typename T>
  void fixed(int field, WireType type, T value) {
    if (value != 0) put_fixed(field, type, value);
  }
  template <typename T>
  void put_fixed(int field, WireType type, T value) {
    char* const from = room(kVarintMax + sizeof value);
    char* const at = put_varint(from, tag(field, type));
    std::memcpy(at, &value, sizeof value);
    size_ += static_cast<size_t>(at - from) + sizeof value;
  }
  void grow(size_t bytes);
  void end_long_message(size_t begin);

  std::string buffer_;  // its size is what may be written
  size_t size_ = 0;     // what was
};

}  // namespace spoor
