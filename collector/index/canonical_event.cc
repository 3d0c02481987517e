#include "collector/index/canonical_event.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

// Addresses have fields, and fields may be addresses: protobuf itself follows them to 100.
constexpr int kDepthMax = 32;

}  // namespace

const char* CanonicalFields::pass_unknown(const PlannedMessage& plan, std::string_view wire,
                                          bool is_known) {
  WireFields fields(wire);
  WireField field;
  if (!fields.next(field)) return nullptr;
  const bool is_ours = field.number < plan.size &&
                       plan.fields[field.number].form != PlannedField::Form::unknown;
  if (!is_known && (is_ours || !fields.is_plain())) return nullptr;
  return field.whole.data() + field.whole.size();
}

CanonicalFields::LongNumber CanonicalFields::long_number(const char* at, const char* end) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && at != end; shift += 7) {
    const uint64_t bits = byte(*at++);
    value |= (bits & 0x7f) << shift;
    if (bits >= 0x80) continue;
    return {value, bits == 0 || (shift == 63 && bits > 1) ? nullptr : at};
  }
  return {0, nullptr};
}

bool CanonicalFields::is_canonical_text(const PlannedField& known, std::string_view text) {
  if (known.form == PlannedField::Form::string) return is_utf8(text);
  return std::ranges::all_of(text, [](char c) { return c >= 0; });  // a list of small numbers
}

bool is_canonical(const PlannedMessage& plan, std::string_view wire, int depth) {
  if (depth == kDepthMax) return false;
  CanonicalFields fields(plan, wire, false);
  while (fields.next()) {
    if (fields.known().form != PlannedField::Form::message) continue;
    if (!is_canonical(*fields.known().first, fields.bytes(), depth + 1)) return false;
  }
  return fields.is_ok();
}

bool make_canonical(std::string_view wire, std::string& out) {
  v1::Event event;
  if (!event.ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return false;
  out.clear();
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  event.SerializeToCodedStream(&coded);
  return true;
}

}  // namespace spoor::collector
