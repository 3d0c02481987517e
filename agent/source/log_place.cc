#include "agent/source/log_place.h"

#include <algorithm>
#include <charconv>

#include "common/crc32c.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kHead = "file1";

bool take_number(std::string_view& text, auto& value) {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  text.remove_prefix(static_cast<size_t>(at - text.data()));
  return error == std::errc();
}

}  // namespace

std::string LogPlace::text() const {
  std::string text(kHead);
  for (const uint64_t n : {device, inode, offset, uint64_t{mark}, uint64_t{in_cut_line}}) {
    text += " " + std::to_string(n);
  }
  return text + " " + std::to_string(modified_ns);
}

std::optional<LogPlace> LogPlace::parse(std::string_view text) {
  if (!text.starts_with(kHead)) return std::nullopt;
  text.remove_prefix(kHead.size());
  LogPlace place;
  uint32_t cut = 0;
  const bool good = take_number(text, place.device) && take_number(text, place.inode) &&
                    take_number(text, place.offset) && take_number(text, place.mark) &&
                    take_number(text, cut) && take_number(text, place.modified_ns);
  constexpr uint64_t kOffsetMax = uint64_t{1} << 62;
  if (!good || !text.empty() || cut > 1 || place.offset > kOffsetMax) return std::nullopt;
  place.in_cut_line = cut != 0;
  return place;
}

uint32_t LogPlace::mark_of(std::string_view before) {
  const size_t size = std::min<size_t>(before.size(), kMarkBytes);
  return crc32c(as_bytes(before.substr(before.size() - size)));
}

}  // namespace spoor::agent
