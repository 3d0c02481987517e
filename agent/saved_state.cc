#include "agent/saved_state.h"

#include "agent/correlate/blob.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x54535053;  // "SPST"
constexpr uint32_t kVersion = 4;

}  // namespace

std::string encode_state(const SavedState& state, const Id& boot_id) {
  const PipelineState& p = state.pipeline;
  std::string bytes(as_text(boot_id));
  for (const uint64_t n : {state.ring_id, state.ring_position}) append_le(bytes, n);
  for (const uint32_t n : {state.drops.audit, state.drops.connector}) append_le(bytes, n);
  append_le(bytes, static_cast<uint8_t>(state.is_last));
  for (const int64_t n : {p.saved.realtime_ns, p.saved.boottime_ns}) append_le(bytes, n);
  for (const FramePoint& point : p.sealed) {
    append_le(bytes, point.epoch);
    append_le(bytes, point.sequence);
  }
  append_string(bytes, p.losses);
  append_string(bytes, p.tables);
  append_le(bytes, static_cast<uint32_t>(p.log_cursors.size()));
  for (const auto& [origin, cursor] : p.log_cursors) {
    append_string(bytes, origin);
    append_string(bytes, cursor);
  }
  append_string(bytes, p.typed);
  append_le(bytes, static_cast<uint32_t>(p.in_flight.size()));
  for (const InFlightRecord& record : p.in_flight) {
    append_le(bytes, record.type);
    append_le(bytes, static_cast<uint8_t>(record.rewritten));
    append_string(bytes, record.text);
  }
  return seal_blob(kMagic, kVersion, bytes);
}

Result<SavedState> decode_state(std::string_view blob, const Id& boot_id) {
  ASSIGN_OR_RETURN(std::string_view bytes, open_blob(kMagic, kVersion, blob));
  if (!bytes.starts_with(as_text(boot_id))) return not_found("of another boot");
  BlobReader from(bytes.substr(boot_id.size()));
  SavedState state;
  PipelineState& p = state.pipeline;
  for (uint64_t* n : {&state.ring_id, &state.ring_position}) *n = from.number<uint64_t>();
  for (uint32_t* n : {&state.drops.audit, &state.drops.connector}) *n = from.number<uint32_t>();
  state.is_last = from.number<uint8_t>() != 0;
  for (int64_t* n : {&p.saved.realtime_ns, &p.saved.boottime_ns}) *n = from.number<int64_t>();
  for (FramePoint& point : p.sealed) {
    point.epoch = from.number<uint64_t>();
    point.sequence = from.number<uint64_t>();
  }
  p.losses = from.string();
  p.tables = from.string();
  const auto logs = from.number<uint32_t>();
  for (uint32_t i = 0; i < logs && from.good(); ++i) {
    const std::string_view origin = from.string();
    p.log_cursors.emplace_back(origin, from.string());
  }
  p.typed = from.string();
  const auto in_flight = from.number<uint32_t>();
  for (uint32_t i = 0; i < in_flight && from.good(); ++i) {
    const auto type = from.number<uint16_t>();
    const bool rewritten = from.number<uint8_t>() != 0;
    p.in_flight.push_back({type, std::string(from.string()), rewritten});
  }
  if (!from.good() || !from.at_end()) return corrupt("a saved state that makes no sense");
  return state;
}

}  // namespace spoor::agent
