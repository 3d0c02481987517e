#include "agent/saved_state.h"

#include "common/crc32c.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kMagic = "SPST0001";

void put(std::string& to, std::string_view bytes) {
  append_le(to, static_cast<uint32_t>(bytes.size()));
  to += bytes;
}

// Takes what `put` wrote off the front; false when it is not there.
bool take(std::string_view& from, std::string_view& bytes) {
  if (from.size() < sizeof(uint32_t)) return false;
  const auto size = load_le<uint32_t>(as_bytes(from).data());
  from.remove_prefix(sizeof(uint32_t));
  if (from.size() < size) return false;
  bytes = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

}  // namespace

std::string encode_state(const PipelineState& state, const Id& boot_id) {
  std::string bytes(kMagic);
  bytes += as_text(boot_id);
  put(bytes, state.mark ? encode_mark(*state.mark) : std::string());
  put(bytes, state.tables);
  for (const auto& [type, text] : state.in_flight) {
    append_le(bytes, type);
    put(bytes, text);
  }
  append_le(bytes, crc32c(as_bytes(bytes)));
  return bytes;
}

Result<PipelineState> decode_state(std::string_view bytes, const Id& boot_id) {
  if (bytes.size() < kMagic.size() + boot_id.size() + sizeof(uint32_t) ||
      !bytes.starts_with(kMagic)) {
    return corrupt("no saved state");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(uint32_t));
  if (crc32c(as_bytes(body)) != load_le<uint32_t>(as_bytes(bytes).data() + body.size())) {
    return corrupt("a saved state whose CRC is wrong");
  }
  std::string_view rest = body.substr(kMagic.size());
  if (rest.substr(0, boot_id.size()) != as_text(boot_id)) return not_found("of another boot");
  rest.remove_prefix(boot_id.size());
  PipelineState state;
  std::string_view mark, tables, text;
  if (!take(rest, mark) || !take(rest, tables)) return corrupt("a saved state cut short");
  state.tables = tables;
  if (!mark.empty()) {
    ASSIGN_OR_RETURN(state.mark, decode_mark(mark));
  }
  while (rest.size() >= sizeof(uint16_t)) {
    const auto type = load_le<uint16_t>(as_bytes(rest).data());
    rest.remove_prefix(sizeof(uint16_t));
    if (!take(rest, text)) return corrupt("a saved state cut short");
    state.in_flight.emplace_back(type, text);
  }
  if (!rest.empty()) return corrupt("a saved state that goes on after its end");
  return state;
}

}  // namespace spoor::agent
