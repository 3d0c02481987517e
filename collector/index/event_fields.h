// Which field of an Event stands in which column of the index, and how (docs/index.md): one table,
// by which events become rows (row_maker.h) and rows events again (event_of_row.h), so that the
// two agree. A field that is not in it, of ours or of a newer agent's, goes into `rest`.
//
// Constant tables; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/blocks/column.h"
#include "collector/index/wire_fields.h"

namespace spoor::collector {

enum class FieldType : uint8_t {
  varint32, varint64, zigzag, flag, fixed32, fixed64,
  bytes, string,  // of strings protobuf takes UTF-8 only
  message,
};
constexpr WireType wire_type(FieldType type) {
  switch (type) {
    case FieldType::varint32:
    case FieldType::varint64:
    case FieldType::zigzag:
    case FieldType::flag: return WireType::varint;
    case FieldType::fixed32: return WireType::fixed32;
    case FieldType::fixed64: return WireType::fixed64;
    default: return WireType::bytes;
  }
}
constexpr bool is_text(FieldType type) {
  return type == FieldType::bytes || type == FieldType::string;
}

// How a row says a field.
enum class Telling : uint8_t {
  number,      // the column is its value
  plus_one,    // its value and one; 0: the field is not there
  zero_too,    // the same of a field that is not there where it is 0
  decimal,     // a text: its digits, and one
  positive,    // a zigzag: its value, which is not negative
  bit,         // one of the column's bits
  basis,       // all bits but the lowest three
  confidence,  // the lowest three
  bits,        // a packed list, ascending: a bit for each number
  time,        // time_ms and time_ns
  time_ms,     // the milliseconds, which are the event's
  near_time,   // its value; 0: it is the event's time
  text,        // the column is its bytes
  comm,        // the same; none: what the name of the program begins with
  word,        // one word of the column, empty where it is not there
  words,       // a list: all words of the column
  words_count, // how many these are
  value,       // in the event's list of values, where `rest` says 0 or nothing
  call_value,  // the same; an address in memory is left to the log
  message,     // its fields are told, each by itself
};

struct EventField;
struct EventFields {
  const EventField* fields = nullptr;
  size_t size = 0;
  const EventField* begin() const;
  const EventField* end() const;
};

struct EventField {
  uint32_t number = 0;
  FieldType type = FieldType::message;
  Telling telling = Telling::message;
  uint8_t column = 0;  // a Number or a Text
  uint8_t part = 0;    // which bit, or word
  // Of a message its fields, and those of the messages behind it where it is a list. None: told by
  // rest.
  EventFields first, later;

  Number number_column() const { return static_cast<Number>(column); }
  Text text_column() const { return static_cast<Text>(column); }
};
inline const EventField* EventFields::begin() const { return fields; }
inline const EventField* EventFields::end() const { return fields + size; }

// Of an Event, ascending.
EventFields event_fields();

// Goes along the fields of a message in the order of their numbers.
class FieldCursor {
 public:
  explicit FieldCursor(EventFields fields) : fields_(fields) {}

  // Its place in the table; the table's size for one that is not there, or is of another type.
  size_t find(const WireField& field) {
    if (at_ == fields_.size || fields_.fields[at_].number > field.number) at_ = 0;
    while (at_ < fields_.size && fields_.fields[at_].number < field.number) ++at_;
    if (at_ == fields_.size) return at_;
    const EventField& known = fields_.fields[at_];
    const bool fits = known.number == field.number && wire_type(known.type) == field.type;
    return fits ? at_ : fields_.size;
  }

 private:
  const EventFields fields_;
  size_t at_ = 0;
};

}  // namespace spoor::collector
