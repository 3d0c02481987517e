// What each field of an Event is on the wire and what becomes of it in a row, by message and
// number: the schema and the table of fields (event_fields.h) put together once, so that a walk
// over an event's bytes (row_maker.h) searches for nothing.
//
// Constant tables; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/index/event_fields.h"

namespace spoor::collector {

struct PlannedMessage;

struct PlannedField {
  // What protobuf would write of it. Odd: one thing or another.
  enum class Form : uint8_t { unknown, odd, number, bytes, string, packed, message };

  const EventField* told = nullptr;  // nullptr: rest has it as it is
  // Of a message, the first one and those behind it.
  const PlannedMessage* first = nullptr;
  const PlannedMessage* later = nullptr;
  // A bit where the row may say the field though it is not there, since it shares the column with
  // another, or follows from one: the same bit of all that share it.
  uint64_t bit = 0;
  // A number is at least this, and at most so much more; of a text, its size.
  uint64_t least = 0, span = 0;
  WireType type = WireType{0xff};  // which none is
  Form form = Form::unknown;
  uint8_t one_of = 0;     // a bit: only one field that has it can be there
  bool is_list = false;   // may come more than once
  bool is_kind = false;   // of Event.kind
  bool is_value = false;  // told among the values
  // Most are: the column is the number, or the bytes.
  bool is_plain_number = false, is_plain_text = false;
};

struct PlannedMessage {
  PlannedMessage() = default;
  PlannedMessage(const PlannedMessage&) = delete;
  PlannedMessage& operator=(const PlannedMessage&) = delete;

  std::vector<PlannedField> by_number;
  const PlannedField* fields = nullptr;  // these
  size_t size = 0;
  bool is_rest = true;   // rest has it as it is
  bool has_end = false;  // `bits` or `zero_too` are to be looked at behind its fields
  uint64_t bits = 0;  // of its fields
  // What a row says as 0 though it is not there.
  std::vector<const PlannedField*> zero_too;

  // nullptr: not a field of ours, or one of another type.
  const PlannedField* find(uint32_t tag) const {
    if (tag >> 3 >= size) return nullptr;
    const PlannedField& out = fields[tag >> 3];
    return out.type == static_cast<WireType>(tag & 7) ? &out : nullptr;
  }
};

// PlannedField::bit of fields that follow from others, which need not claim anything for it.
inline constexpr uint64_t kFollowingBits = 0xffff'0000'0000'0000;

// Of an Event.
const PlannedMessage& event_plan();

}  // namespace spoor::collector
