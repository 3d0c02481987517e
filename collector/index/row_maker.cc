// An event is written in protobuf's wire format once more, in which the table of fields is followed
// twice: first the columns take what is said, then what they do not say alike goes into `rest`.
#include "collector/index/row_maker.h"

#include <bit>
#include <charconv>

#include "collector/limits.h"
#include "common/byte_reader.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

constexpr uint64_t kMax32 = 0xffffffff;
constexpr uint64_t kMaxSmall = 7;
constexpr size_t kWordColumns = 3;
constexpr std::array<Text, kWordColumns> kWordLists{Text::files, Text::addresses, Text::keys};
// vm.mmap_min_addr: below it nobody has memory.
constexpr uint64_t kAddressMin = 65'536;

bool is_32_bit(FieldType type) {
  return type == FieldType::varint32 || type == FieldType::fixed32;
}

// `field {name: "a1" hex: …}` of an AuditField: an argument of a call that stands for nothing else.
bool is_address(std::string_view field, uint64_t value) {
  return value >= kAddressMin && field.size() == 13 && field.starts_with("\x0a\x02" "a") &&
         field[3] >= '0' && field[3] <= '3';
}

// Nothing for what is not written as we would.
uint64_t number_in(std::string_view decimal) {
  uint64_t value = 0;
  const char* const end = decimal.data() + decimal.size();
  const auto [at, error] = std::from_chars(decimal.data(), end, value);
  if (error != std::errc() || at != end || value > kMax32) return 0;
  if (decimal.size() > 1 && decimal[0] == '0') return 0;
  return value + 1;
}

// 0: they do not ascend, or are too large.
uint64_t bits_in(std::string_view packed) {
  uint64_t bits = 0;
  for (const char c : packed) {
    const auto number = static_cast<uint8_t>(c);
    if (number >= 64 || bits >> number != 0) return 0;
    bits |= uint64_t{1} << number;
  }
  return bits;
}

void cut(TextValue& text) {
  if (text.text.size() <= kIndexTextMax) return;
  text.text = text.text.substr(0, kIndexTextMax);
  text.is_cut = true;
}

uint64_t ms_of(int64_t ns) { return ns <= 0 ? 0 : static_cast<uint64_t>(ns / kNsPerMs); }

}  // namespace

const Row& RowMaker::row_of(const IndexedEvent& event, uint64_t entry) {
  told_.clear();
  Row& row = told_.row;
  wire_.resize(event.event->ByteSizeLong());
  event.event->SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(wire_.data()));
  row[Number::kind] = static_cast<uint64_t>(event.event->kind_case());
  row[Number::received_ms] = ms_of(event.received_ns);
  row[Number::entry] = entry;
  row[Number::epoch] = event.epoch;
  row[Number::sequence] = event.sequence;
  row[Text::host].text = event.agent;
  row[Text::stream].text = as_text(event.stream);
  claim(event_fields(), wire_);
  join_all();
  is_bare_ = false;
  rest_.clear();
  values_.clear();
  strip(event_fields(), wire_);
  is_bare_ = rest_.size() > kIndexTextMax || values_.size() > kIndexTextMax;
  if (is_bare_) {
    rest_.clear();
    values_.clear();
    strip(event_fields(), wire_);
  }
  if (is_bare_) row[Number::marks] |= kLeftToLog;
  row[Text::rest].text = rest_;
  row[Text::values].text = values_;
  for (TextValue& text : row.texts) cut(text);
  return row;
}

void RowMaker::claim(EventFields fields, std::string_view wire) {
  WireFields left(wire);
  FieldCursor cursor(fields);
  uint64_t seen = 0;
  for (WireField field; left.next(field);) {
    const size_t at = cursor.find(field);
    if (at == fields.size) continue;
    const EventField& known = fields.fields[at];
    const bool is_first = (seen >> at & 1) == 0;
    seen |= uint64_t{1} << at;
    if (known.type == FieldType::message) {
      const EventFields within = is_first ? known.first : known.later;
      if (within.size > 0) claim(within, field.bytes);
    } else if (is_text(known.type)) {
      claim_text(known, field.bytes);
    } else {
      claim_number(known, field.value);
    }
  }
  for (size_t i = 0; i < fields.size; ++i) {
    const EventField& known = fields.fields[i];
    if (known.telling == Telling::zero_too && (seen >> i & 1) == 0) claim_number(known, 0);
  }
}

void RowMaker::claim_number(const EventField& field, uint64_t value) {
  if (is_32_bit(field.type) && value > kMax32) return;  // an enum below 0
  uint64_t& column = told_.row[field.number_column()];
  const uint64_t before = column;
  switch (field.telling) {
    case Telling::number: column = value; break;
    case Telling::plus_one:
    case Telling::zero_too: column = value + 1; break;
    case Telling::positive: column = value % 2 == 0 ? value / 2 : 0; break;
    case Telling::bit: column |= value << field.part; return;
    case Telling::basis: column |= value > kMaxSmall ? 0 : value << 3; return;
    case Telling::confidence: column |= value > kMaxSmall ? 0 : value; return;
    case Telling::time:
      column = ms_of(static_cast<int64_t>(value));
      told_.row[Number::time_ns] = static_cast<int64_t>(value) > 0 ? value % kNsPerMs : 0;
      return;
    case Telling::near_time:
      column = static_cast<int64_t>(value) == told_.time_ns() ? 0 : value;
      break;
    default: return;
  }
  if (before != 0) column = before;
}

void RowMaker::claim_text(const EventField& field, std::string_view text) {
  if (field.telling == Telling::decimal || field.telling == Telling::bits) {
    uint64_t& column = told_.row[field.number_column()];
    if (column == 0) column = field.telling == Telling::bits ? bits_in(text) : number_in(text);
    return;
  }
  if (field.telling == Telling::words) {
    told_.args.push_back(text);
    return;
  }
  if (field.type == FieldType::string && text.size() > kToldStringMax) return;
  if (field.telling == Telling::comm && text == told_.usual_comm()) return;
  if (field.telling == Telling::word) {
    std::string_view& word = told_.word(field);
    if (word.empty()) word = text;
  } else if (field.telling == Telling::text || field.telling == Telling::comm) {
    std::string_view& column = told_.row[field.text_column()].text;
    if (column.empty()) column = text;
  }
}

void RowMaker::join_all() {
  for (size_t i = 0; i < kWordColumns; ++i) {
    const std::array<std::string_view, 2>& words = told_.words(kWordLists[i]);
    const size_t size = !words[1].empty() ? 2 : words[0].empty() ? 0 : 1;
    if (size == 0) continue;
    join_words({words.data(), size}, joined_[i]);
    told_.row[kWordLists[i]] = joined_[i].value();
  }
  if (told_.args.empty()) return;
  join_words(told_.args, joined_[kWordColumns]);
  told_.row[Text::command] = joined_[kWordColumns].value();
}

// What is kept is copied in runs, since most of it stands together.
void RowMaker::strip(EventFields fields, std::string_view wire) {
  WireFields left(wire);
  FieldCursor cursor(fields);
  uint64_t seen = 0;
  const char* run = wire.data();
  const auto end_run = [&](std::string_view field) {
    if (!is_bare_) rest_.append(run, field.data());
    run = field.data() + field.size();
  };
  for (WireField field; left.next(field);) {
    const size_t at = cursor.find(field);
    if (at == fields.size) continue;
    const EventField& known = fields.fields[at];
    const bool is_first = (seen >> at & 1) == 0;
    seen |= uint64_t{1} << at;
    if (known.type == FieldType::message) {
      const EventFields within = is_first ? known.first : known.later;
      if (within.size == 0 || (is_bare_ && known.later.size > 0)) continue;
      end_run(field.whole);
      strip_message(known.number, within, field.bytes);
    } else if (known.telling == Telling::value || known.telling == Telling::call_value) {
      end_run(field.whole);
      const bool is_left = known.telling == Telling::call_value && is_address(wire, field.value);
      if (!is_left) strip_value(known, field);
    } else if (known.telling == Telling::words || is_told(known, field)) {
      end_run(field.whole);
    } else if (is_bare_) {
      append_nothing(known);
    }
  }
  end_run(wire.substr(wire.size()));
  for (size_t i = 0; i < fields.size; ++i) {
    const bool is_absent = (seen >> i & 1) == 0;
    if (is_absent && told_.told(fields.fields[i]).is_there) append_nothing(fields.fields[i]);
  }
}

// A message that is there is there in `rest`, whatever is left of it.
void RowMaker::strip_message(uint32_t number, EventFields fields, std::string_view wire) {
  append_tag(rest_, number, WireType::bytes);
  const size_t begin = rest_.size();
  strip(fields, wire);
  std::string size;
  append_varint(size, rest_.size() - begin);
  rest_.insert(begin, size);
}

void RowMaker::strip_value(const EventField& field, const WireField& from) {
  if (is_bare_) return;
  append_nothing(field);
  append_varint(values_, is_text(field.type) ? from.bytes.size() : from.value);
  values_ += from.bytes;
}

bool RowMaker::is_told(const EventField& field, const WireField& from) const {
  const ToldRow::Value told = told_.told(field);
  return told.is_there &&
         (is_text(field.type) ? told.text == from.bytes : told.number == from.value);
}

void RowMaker::append_nothing(const EventField& field) {
  const WireType type = wire_type(field.type);
  append_tag(rest_, field.number, type);
  rest_.append(type == WireType::fixed64 ? 8 : type == WireType::fixed32 ? 4 : 1, '\0');
}

}  // namespace spoor::collector
