// `rest` is the event without what columns say. What they say is put into each message that is
// there, and the whole is parsed.
#include "collector/index/event_of_row.h"

#include <algorithm>
#include <limits>

#include "collector/blocks/word_list.h"
#include "collector/index/told_row.h"
#include "common/byte_reader.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

constexpr uint64_t kMsMax = std::numeric_limits<int64_t>::max() / kNsPerMs - 1;

Status no_event() { return corrupt("index block: a row is no event"); }

class Filling {
 public:
  explicit Filling(const Row& row) : values_(as_bytes(row[Text::values].text)) { told_.row = row; }

  Result<std::string> fill();

 private:
  Status take_words(Text column);
  Status add(EventFields fields, std::string_view wire, std::string& out);
  Status add_told(const EventField& field, std::string& out);
  Status add_value(const EventField& field, std::string& out);
  Status add_number(const EventField& field, uint64_t value, std::string& out);
  static void add_text(const EventField& field, std::string_view text, std::string& out);

  ToldRow told_;
  ByteReader values_;
};

Result<std::string> Filling::fill() {
  if (told_.row[Number::time_ms] > kMsMax || told_.row[Number::time_ns] >= kNsPerMs) {
    return no_event();
  }
  for (const Text column : {Text::files, Text::addresses, Text::keys}) {
    RETURN_IF_ERROR(take_words(column));
  }
  if (told_.row[Number::kind] == v1::Event::kCommandStarted) {
    ASSIGN_OR_RETURN(told_.args, split_words(told_.row[Text::command]));
  }
  std::string out;
  RETURN_IF_ERROR(add(event_fields(), told_.row[Text::rest].text, out));
  if (!values_.is_ok() || !values_.at_end()) return no_event();
  return out;
}

Status Filling::take_words(Text column) {
  ASSIGN_OR_RETURN(const auto words, split_words(told_.row[column]));
  if (words.size() > told_.words(column).size()) return no_event();
  std::ranges::copy(words, told_.words(column).begin());
  return ok();
}

Status Filling::add(EventFields fields, std::string_view wire, std::string& out) {
  WireFields left(wire);
  FieldCursor cursor(fields);
  uint64_t seen = 0;
  for (WireField field; left.next(field);) {
    const size_t at = cursor.find(field);
    if (at == fields.size) {
      out += field.whole;
      continue;
    }
    const EventField& known = fields.fields[at];
    const bool is_first = (seen >> at & 1) == 0;
    seen |= uint64_t{1} << at;
    if (known.type == FieldType::message) {
      std::string within;
      RETURN_IF_ERROR(add(is_first ? known.first : known.later, field.bytes, within));
      add_text(known, within, out);
    } else if (known.telling == Telling::value || known.telling == Telling::call_value) {
      RETURN_IF_ERROR(add_value(known, out));
    } else {
      out += field.whole;
    }
  }
  if (!left.is_ok()) return no_event();
  for (size_t i = 0; i < fields.size; ++i) {
    if ((seen >> i & 1) == 0) RETURN_IF_ERROR(add_told(fields.fields[i], out));
  }
  return ok();
}

Status Filling::add_told(const EventField& field, std::string& out) {
  if (field.telling == Telling::words) {
    for (const std::string_view word : told_.args) add_text(field, word, out);
    return ok();
  }
  const ToldRow::Value value = told_.told(field);
  if (!value.is_there) return ok();
  if (!is_text(field.type)) return add_number(field, value.number, out);
  add_text(field, value.text, out);
  return ok();
}

Status Filling::add_value(const EventField& field, std::string& out) {
  const uint64_t value = values_.varint();
  if (!is_text(field.type)) return add_number(field, value, out);
  add_text(field, as_text(values_.take(value)), out);
  return ok();
}

Status Filling::add_number(const EventField& field, uint64_t value, std::string& out) {
  const bool is_small =
      field.type == FieldType::varint32 || field.type == FieldType::fixed32;
  if (is_small && value > std::numeric_limits<uint32_t>::max()) return no_event();
  const WireType type = wire_type(field.type);
  append_tag(out, field.number, type);
  if (type == WireType::varint) append_varint(out, value);
  if (type == WireType::fixed32) append_le(out, static_cast<uint32_t>(value));
  if (type == WireType::fixed64) append_le(out, value);
  return ok();
}

void Filling::add_text(const EventField& field, std::string_view text, std::string& out) {
  append_tag(out, field.number, WireType::bytes);
  append_varint(out, text.size());
  out += text;
}

}  // namespace

Result<RowEvent> event_of(const Row& row, EventClass event_class) {
  ASSIGN_OR_RETURN(const std::string wire, Filling(row).fill());
  const std::string_view stream = row[Text::stream].text;
  auto event = std::make_shared<v1::Event>();
  const bool is_event = stream.size() == sizeof(Id) && row[Number::received_ms] <= kMsMax &&
                        event->ParseFromArray(wire.data(), static_cast<int>(wire.size())) &&
                        static_cast<uint64_t>(event->kind_case()) == row[Number::kind];
  if (!is_event) return no_event();
  RowEvent out;
  out.entry = row[Number::entry];
  out.is_whole = (row[Number::marks] & kLeftToLog) == 0 &&
                 std::ranges::none_of(row.texts, &TextValue::is_cut);
  out.event.is_whole = out.is_whole;
  out.event.agent = row[Text::host].text;
  std::ranges::copy(as_bytes(stream), out.event.stream.begin());
  out.event.event_class = event_class;
  out.event.epoch = row[Number::epoch];
  out.event.sequence = row[Number::sequence];
  out.event.received_ns = static_cast<int64_t>(row[Number::received_ms]) * kNsPerMs;
  out.event.event = std::move(event);
  return out;
}

}  // namespace spoor::collector
