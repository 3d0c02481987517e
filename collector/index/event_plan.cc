#include "collector/index/event_plan.h"

#include <google/protobuf/descriptor.h>

#include <bit>
#include <map>
#include <tuple>

#include "common/check.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

using google::protobuf::Descriptor;
using Schema = google::protobuf::FieldDescriptor;

// How it is written; `odd` where that is in no certain order.
void set_form(PlannedField& out, const Schema& field) {
  using enum PlannedField::Form;
  constexpr uint64_t kMax32 = 0xffff'ffff;
  const auto set = [&](PlannedField::Form form, WireType type, uint64_t most = 0) {
    out.form = form;
    out.type = type;
    out.least = field.has_presence() || out.is_list ? 0 : 1;  // else it would say nothing
    out.span = most - out.least;
  };
  if (field.is_map()) return void(out.form = odd);
  if (field.is_packed()) return set(packed, WireType::bytes);
  switch (field.type()) {
    case Schema::TYPE_UINT32:
    case Schema::TYPE_SINT32: return set(number, WireType::varint, kMax32);
    case Schema::TYPE_UINT64:
    case Schema::TYPE_SINT64: return set(number, WireType::varint, ~uint64_t{0});
    case Schema::TYPE_ENUM: return set(number, WireType::varint, kMax32 / 2);
    case Schema::TYPE_BOOL: return set(number, WireType::varint, 1);
    case Schema::TYPE_FIXED32: return set(number, WireType::fixed32, kMax32);
    case Schema::TYPE_FIXED64:
    case Schema::TYPE_SFIXED64: return set(number, WireType::fixed64, ~uint64_t{0});
    case Schema::TYPE_BYTES: return set(bytes, WireType::bytes);
    case Schema::TYPE_STRING: return set(string, WireType::bytes);
    case Schema::TYPE_MESSAGE: return set(message, WireType::bytes);
    default: return;  // the schema has none: event_plan_test
  }
}

bool is_value(Telling telling) {
  return telling == Telling::value || telling == Telling::call_value;
}

bool follows(Telling telling) {
  return telling == Telling::near_time || telling == Telling::comm ||
         telling == Telling::time_ms || telling == Telling::words_count;
}

// What can be claimed once: a column, or its part.
using Place = std::tuple<bool, uint8_t, uint8_t, bool>;
Place place_of(const EventField& field) {
  const bool is_part = field.telling == Telling::bit || field.telling == Telling::word;
  const bool is_in_number = !is_text(field.type) || field.telling == Telling::decimal ||
                            field.telling == Telling::bits;
  return {is_in_number, field.column, is_part ? field.part : uint8_t{0},
          field.telling == Telling::confidence};
}

class Planning {
 public:
  Planning() {
    count(event_fields());
    root_ = &plan(*v1::Event::descriptor(), event_fields());
  }
  const PlannedMessage& root() const { return *root_; }

 private:
  void count(EventFields fields);
  const PlannedMessage& plan(const Descriptor& type, EventFields fields);
  PlannedField plan_field(const Schema& schema, const EventField* told);
  uint64_t bit_of(const EventField& field);

  // A message may have itself within it; what is told of it is another table then.
  std::map<std::pair<const Descriptor*, const EventField*>, PlannedMessage> messages_;
  std::map<Place, size_t> uses_;
  std::map<Place, uint64_t> shared_;
  std::map<Place, uint64_t> following_;
  const PlannedMessage* root_ = nullptr;
};

void Planning::count(EventFields fields) {
  for (const EventField& field : fields) {
    if (field.type == FieldType::message) count(field.first);
    else if (!is_value(field.telling)) ++uses_[place_of(field)];
  }
}

uint64_t Planning::bit_of(const EventField& field) {
  const Place place = place_of(field);
  if (!follows(field.telling)) {
    if (uses_[place] < 2) return 0;
    const uint64_t bit = uint64_t{1} << shared_.size();
    CHECK((bit & kFollowingBits) == 0);
    return shared_.emplace(place, bit).first->second;
  }
  const uint64_t bit = uint64_t{1} << 63 >> following_.size();
  CHECK((bit & kFollowingBits) != 0);
  return following_.emplace(place, bit).first->second;
}

PlannedField Planning::plan_field(const Schema& schema, const EventField* told) {
  PlannedField out;
  out.is_list = schema.is_repeated() && !schema.is_packed();
  set_form(out, schema);
  out.told = told;
  if (const auto* one_of = schema.real_containing_oneof()) {
    CHECK(schema.containing_type()->real_oneof_decl_count() <= 8);
    out.one_of = static_cast<uint8_t>(1u << one_of->index());
    out.is_kind = schema.containing_type() == v1::Event::descriptor();
  }
  if (out.form == PlannedField::Form::message) {
    out.first = &plan(*schema.message_type(), told == nullptr ? EventFields() : told->first);
    out.later = &plan(*schema.message_type(), told == nullptr ? EventFields() : told->later);
  } else if (told != nullptr) {
    out.is_value = is_value(told->telling);
    if (!out.is_value) out.bit = bit_of(*told);
    out.is_plain_number = told->telling == Telling::number;
    out.is_plain_text =
        told->telling == Telling::text && told->type == FieldType::bytes && out.least > 0;
  }
  return out;
}

const PlannedMessage& Planning::plan(const Descriptor& type, EventFields fields) {
  const auto [at, is_new] = messages_.try_emplace({&type, fields.fields});
  PlannedMessage& out = at->second;
  if (!is_new) return out;
  for (int i = 0; i < type.field_count(); ++i) {
    const Schema& schema = *type.field(i);
    const auto number = static_cast<uint32_t>(schema.number());
    const EventField* told = nullptr;
    for (const EventField& field : fields) {
      if (field.number == number) told = &field;
    }
    if (out.by_number.size() <= number) out.by_number.resize(number + 1);
    out.by_number[number] = plan_field(schema, told);
    out.bits |= out.by_number[number].bit;
  }
  out.fields = out.by_number.data();
  out.size = out.by_number.size();
  out.is_rest = fields.size == 0;
  for (const PlannedField& field : out.by_number) {
    if (field.told != nullptr && field.told->telling == Telling::zero_too) {
      out.zero_too.push_back(&field);
    }
  }
  out.has_end = out.bits != 0 || !out.zero_too.empty();
  return out;
}

}  // namespace

const PlannedMessage& event_plan() {
  static const Planning plan;
  return plan.root();
}

}  // namespace spoor::collector
