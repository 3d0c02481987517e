// An event is walked over once: a column takes what is said first, and what it says a message need
// not have in `rest`. So when a message ends all is known, but for a field that is not there and
// whose column another claims behind it: `rest` must say that it is not there. Few events have
// that, and they are walked over again, with the columns as they have become.
#include "collector/index/row_maker.h"

#include <bit>
#include <charconv>

#include "collector/limits.h"
#include "common/byte_reader.h"
#include "common/clock.h"

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

const Row* RowMaker::row_of(const FrameEvent& event) {
  std::string_view wire = event.wire;
  begin(event);
  if (!walk_all(wire)) {
    if (!make_canonical(wire, canonical_)) return nullptr;
    wire = canonical_;
    begin(event);
    is_known_ = true;
    CHECK(walk_all(wire));
  }
  is_known_ = true;
  if (goes_again_) walk_all(wire);
  is_bare_ = rest_.view().size() > kIndexTextMax || values_.view().size() > kIndexTextMax;
  if (is_bare_) {
    walk_all(wire);
    told_.row[Number::marks] |= kLeftToLog;
  }
  join_args();
  join_lists();
  Row& row = told_.row;
  row[Text::rest].text = rest_.view();
  row[Text::values].text = values_.view();
  for (TextValue& text : row.texts) cut(text);
  return &row;
}

void RowMaker::begin(const FrameEvent& event) {
  told_.clear();
  claimed_ = missed_ = 0;
  is_known_ = is_bare_ = false;
  Row& row = told_.row;
  row[Number::received_ms] = ms_of(event.received_ns);
  row[Number::entry] = event.entry;
  row[Number::epoch] = event.epoch;
  row[Number::sequence] = event.sequence;
  row[Text::host].text = event.agent;
  row[Text::stream].text = as_text(event.stream);
}

bool RowMaker::walk_all(std::string_view wire) {
  rest_.clear();
  values_.clear();
  told_.args.clear();
  joined_args_ = 0;
  goes_again_ = false;
  return walk(event_plan(), wire);
}

// True where the column says the value, whoever it is of.
template <typename Value>
inline bool RowMaker::claim(const PlannedField& by, Value& column, Value value) {
  if (column != Value()) return column == value;
  column = value;
  claim(by);
  return true;
}

inline void RowMaker::claim(const PlannedField& by) {
  claimed_ |= by.bit;
  goes_again_ |= (missed_ & by.bit) != 0;
}

// Not an enum below 0.
inline bool RowMaker::take_plain(const PlannedField& known, uint64_t value) {
  return value != 0 && value - known.least <= known.span &&
         claim(known, told_.row[known.told->number_column()], value);
}

// What is kept is copied in runs, since most of it stands together.
bool RowMaker::walk(const PlannedMessage& plan, std::string_view wire) {
  CanonicalFields fields(plan, wire, is_known_);
  uint64_t seen = 0;
  const char* run = wire.data();
  const auto end_run = [&](const char* end) {
    if (!is_bare_) rest_.raw({run, static_cast<size_t>(end - run)});
    run = fields.end();
  };
  while (fields.next()) {
    const PlannedField& known = fields.known();
    seen |= known.bit;
    if (known.form == PlannedField::Form::message) {
      if (known.is_kind) told_.row[Number::kind] = known.told->number;
      const PlannedMessage& within = fields.is_first() ? *known.first : *known.later;
      if (within.is_rest) {
        if (!is_known_ && !is_canonical(within, fields.bytes())) return false;
        continue;
      }
      if (is_bare_ && known.is_list && known.told->later.size > 0) continue;
      end_run(fields.begin());
      rest_.raw({fields.begin(), static_cast<size_t>(fields.behind_tag() - fields.begin())});
      const size_t place = rest_.begin_message();
      if (!walk(within, fields.bytes())) return false;
      rest_.end_message(place);
    } else if (known.is_value) {
      end_run(fields.begin());
      take_value(known, fields.value(), fields.bytes(), wire);
    } else if (known.told != nullptr) {
      bool is_told = false;
      if (known.is_plain_number) {
        is_told = take_plain(known, fields.value());
      } else if (known.is_plain_text) {
        is_told = claim(known, told_.row[known.told->text_column()].text, fields.bytes());
      } else {
        is_told = known.form == PlannedField::Form::number ? take_number(known, fields.value())
                                                           : take_text(known, fields.bytes());
      }
      if (is_told) end_run(fields.begin());
      else if (is_bare_) append_nothing(*known.told);
    }
  }
  end_run(wire.data() + wire.size());
  if (plan.has_end) end_message(plan, seen);
  return fields.is_ok();
}

void RowMaker::end_message(const PlannedMessage& plan, uint64_t seen) {
  for (const PlannedField* field : plan.zero_too) {
    uint64_t& column = told_.row[field->told->number_column()];
    claim(*field, column, column == 0 ? uint64_t{1} : column);
  }
  const uint64_t absent = plan.bits & ~seen;
  missed_ |= absent & ~claimed_;
  if ((absent & (claimed_ | kFollowingBits)) == 0) return;
  join_args();
  for (const PlannedField& field : plan.by_number) {
    const bool is_absent = (field.bit & absent) != 0;
    if (is_absent && told_.told(*field.told).is_there) append_nothing(*field.told);
  }
}

bool RowMaker::take_number(const PlannedField& known, uint64_t value) {
  const EventField& field = *known.told;
  if (value == 0 && field.telling != Telling::plus_one) return false;
  if (is_32_bit(field.type) && value > kMax32) return false;  // an enum below 0
  uint64_t& column = told_.row[field.number_column()];
  switch (field.telling) {
    case Telling::plus_one:
    case Telling::zero_too: return claim(known, column, value + 1);
    case Telling::positive: return value % 2 == 0 && claim(known, column, value / 2);
    case Telling::bit: claim_bits(known, column, value << field.part); return true;
    case Telling::basis:
      if (value > kMaxSmall) return false;
      claim_bits(known, column, value << 3);
      return true;
    case Telling::confidence:
      if (value > kMaxSmall) return false;
      claim_bits(known, column, value);
      return true;
    case Telling::time:
      column = ms_of(static_cast<int64_t>(value));
      told_.row[Number::time_ns] = static_cast<int64_t>(value) > 0 ? value % kNsPerMs : 0;
      return static_cast<int64_t>(value) == told_.time_ns();
    case Telling::time_ms: return value == told_.row[Number::time_ms];
    case Telling::near_time:
      return static_cast<int64_t>(value) == told_.time_ns() || claim(known, column, value);
    case Telling::words_count:
      join_args();
      return value == told_.told(field).number;
    default: return false;
  }
}

bool RowMaker::take_text(const PlannedField& known, std::string_view text) {
  const EventField& field = *known.told;
  if (field.telling == Telling::words) {
    told_.args.push_back(text);
    return true;
  }
  if (text.empty() || (field.type == FieldType::string && text.size() > kToldStringMax)) {
    return false;
  }
  switch (field.telling) {
    case Telling::decimal:
    case Telling::bits: {
      const uint64_t value = field.telling == Telling::bits ? bits_in(text) : number_in(text);
      return value != 0 && claim(known, told_.row[field.number_column()], value);
    }
    case Telling::word: return claim(known, told_.word(field), text);
    case Telling::comm:
      if (told_.row[Text::comm].text.empty() && text == told_.usual_comm()) return true;
      [[fallthrough]];
    case Telling::text: return claim(known, told_.row[field.text_column()].text, text);
    default: return false;
  }
}

void RowMaker::claim_bits(const PlannedField& by, uint64_t& column, uint64_t bits) {
  column |= bits;
  claim(by);
}

void RowMaker::take_value(const PlannedField& known, uint64_t number, std::string_view text,
                          std::string_view message) {
  const EventField& field = *known.told;
  if (is_bare_) return;
  if (field.telling == Telling::call_value && is_address(message, number)) return;
  append_nothing(field);
  if (known.form == PlannedField::Form::number) return values_.varint(number);
  values_.varint(text.size());
  values_.raw(text);
}

void RowMaker::join_args() {
  if (joined_args_ == told_.args.size()) return;
  joined_args_ = told_.args.size();
  join_words(told_.args, joined_[kWordColumns]);
  told_.row[Text::command] = joined_[kWordColumns].value();
}

void RowMaker::join_lists() {
  for (size_t i = 0; i < kWordColumns; ++i) {
    const std::array<std::string_view, 2>& words = told_.words(kWordLists[i]);
    const size_t size = !words[1].empty() ? 2 : words[0].empty() ? 0 : 1;
    if (size == 0) continue;
    join_words({words.data(), size}, joined_[i]);
    told_.row[kWordLists[i]] = joined_[i].value();
  }
}

void RowMaker::append_nothing(const EventField& field) {
  const auto number = static_cast<int>(field.number);
  switch (wire_type(field.type)) {
    case WireType::fixed64: return rest_.has_fixed64(number, 0);
    case WireType::fixed32: return rest_.has_fixed32(number, 0);
    case WireType::bytes: return rest_.has_bytes(number, {});
    default: return rest_.has_number(number, 0);
  }
}

}  // namespace spoor::collector
