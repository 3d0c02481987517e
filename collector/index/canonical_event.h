// The fields of an event whose bytes are those that protobuf itself would write, as the agent's
// are: each field once and in the order of the numbers, none that says nothing, every number in as
// few bytes as it needs, strings in UTF-8. Such bytes need not be parsed to be understood; what
// differs in anything is parsed and written anew, so that protobuf says what it means, and whether
// it is an event at all.
//
// Views; one thread.
#pragma once

#include <string>

#include "collector/index/event_plan.h"

namespace spoor::collector {

// The fields of one message that we know, one after the other; the others are passed over.
class CanonicalFields {
 public:
  // `is_known` to be canonical: no more is looked at than is needed to read it.
  CanonicalFields(const PlannedMessage& plan, std::string_view wire, bool is_known)
      : plan_(plan), is_known_(is_known), at_(wire.data()), end_(at_ + wire.size()) {}

  // False at the end, and where what follows is not canonical.
  bool next() {
    for (; at_ != end_; last_ = kBehindAll) {
      begin_ = at_;
      uint32_t tag = byte(*at_++);
      if (tag >= 0x80 && at_ != end_) {
        const uint32_t more = byte(*at_++);
        tag = more == 0 ? kNoTag : (tag & 0x7f) | more << 7;
      }
      known_ = plan_.find(tag);
      if (known_ != nullptr) return read(tag >> 3);
      at_ = pass_unknown(plan_, {begin_, static_cast<size_t>(end_ - begin_)}, is_known_);
      if (at_ == nullptr) return fail();
    }
    return false;
  }
  bool is_ok() const { return is_ok_; }

  // Of the field at hand.
  const PlannedField& known() const { return *known_; }
  bool is_first() const { return is_first_; }  // of its number
  uint64_t value() const { return value_; }    // of a number
  // Of others.
  std::string_view bytes() const { return {bytes_, static_cast<size_t>(at_ - bytes_)}; }
  // Where its tag begins, where that ends, and where the next field begins.
  const char* begin() const { return begin_; }
  const char* behind_tag() const { return body_; }
  const char* end() const { return at_; }

 private:
  static constexpr uint32_t kBehindAll = 0xffff'ffff;
  static constexpr uint32_t kNoTag = 0xffff'ffff;

  static uint32_t byte(char c) { return static_cast<uint8_t>(c); }
  // Behind the field that comes first; nullptr: it is not canonical. What we do not know protobuf
  // keeps behind all else, as it came.
  static const char* pass_unknown(const PlannedMessage& plan, std::string_view wire, bool is_known);
  struct LongNumber {
    uint64_t value;
    const char* end;  // nullptr: it is none, or not as short as it could be
  };
  // By value, as all here, so that the fields at hand stay in registers.
  static LongNumber long_number(const char* at, const char* end);
  // Of texts and lists.
  static bool is_canonical_text(const PlannedField& known, std::string_view text);

  bool fail() {
    at_ = end_;
    return is_ok_ = false;
  }

  bool read(uint32_t number) {
    is_first_ = number != last_;
    if (!is_known_) {
      if (number < last_ || (!is_first_ && !known_->is_list)) return fail();
      if ((one_ofs_ & known_->one_of) != 0) return fail();
      one_ofs_ |= known_->one_of;
    }
    last_ = number;
    body_ = bytes_ = at_;
    const auto left = static_cast<size_t>(end_ - at_);
    switch (known_->type) {
      case WireType::varint:
        value_ = take_number();
        if (at_ == nullptr) return fail();
        break;
      case WireType::fixed64:
        if (left < 8) return fail();
        value_ = load_le<uint64_t>(reinterpret_cast<const uint8_t*>(at_));
        at_ += 8;
        break;
      case WireType::fixed32:
        if (left < 4) return fail();
        value_ = load_le<uint32_t>(reinterpret_cast<const uint8_t*>(at_));
        at_ += 4;
        break;
      default: return read_bytes();
    }
    return is_known_ || value_ - known_->least <= known_->span || fail();
  }

  bool read_bytes() {
    const uint64_t size = take_number();
    if (at_ == nullptr || size > static_cast<size_t>(end_ - at_)) return fail();
    bytes_ = at_;
    at_ += size;
    if (is_known_ || known_->form == PlannedField::Form::message) return true;
    if (size < known_->least) return fail();
    return known_->form == PlannedField::Form::bytes || is_canonical_text(*known_, bytes()) ||
           fail();
  }

  // `at_` is nullptr behind what is none.
  uint64_t take_number() {
    if (at_ != end_ && byte(*at_) < 0x80) return byte(*at_++);
    if (end_ - at_ > 1 && byte(at_[1]) - 1 < 0x7f) {  // two bytes, the second one not 0
      at_ += 2;
      return (byte(at_[-2]) & 0x7f) | byte(at_[-1]) << 7;
    }
    const LongNumber out = long_number(at_, end_);
    at_ = out.end;
    return out.value;
  }

  const PlannedMessage& plan_;
  const bool is_known_;
  const char* at_;
  const char* const end_;
  const char* begin_ = nullptr;
  const char* body_ = nullptr;
  const char* bytes_ = nullptr;
  const PlannedField* known_ = nullptr;
  uint64_t value_ = 0;
  uint32_t last_ = 0;
  uint8_t one_ofs_ = 0;
  bool is_first_ = false;
  bool is_ok_ = true;
};

// The whole message, with all that is in it.
bool is_canonical(const PlannedMessage& plan, std::string_view wire, int depth = 0);

// The event as protobuf would write it; false: it is none.
bool make_canonical(std::string_view wire, std::string& out);

}  // namespace spoor::collector
