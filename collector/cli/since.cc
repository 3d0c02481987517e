#include "collector/cli/since.h"

#include <charconv>
#include <ctime>
#include <optional>
#include <string_view>

#include "common/clock.h"
#include "common/quoting.h"

namespace spoor::cli {
namespace {

// In the next one 64 bits of nanoseconds end.
constexpr int kYearMax = 2261;

// The whole of `text` as a number of at most `digits` digits.
std::optional<int> number(std::string_view text, size_t digits) {
  int value = 0;
  if (text.empty() || text.size() > digits || text[0] == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int64_t seconds_of(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86'400;
    case 'w': return 7 * 86'400;
    default: return 0;
  }
}

// `14:30` or `14:30:05`
bool read_clock(std::string_view text, std::tm& parts) {
  if (text.size() != 5 && text.size() != 8) return false;
  const auto hour = number(text.substr(0, 2), 2);
  const auto minute = number(text.substr(3, 2), 2);
  const auto second = text.size() == 8 ? number(text.substr(6), 2) : std::optional<int>(0);
  if (text[2] != ':' || (text.size() == 8 && text[5] != ':')) return false;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return false;
  parts.tm_hour = *hour;
  parts.tm_min = *minute;
  parts.tm_sec = *second;
  return true;
}

// `2026-11-22`
bool read_date(std::string_view text, std::tm& parts) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = number(text.substr(0, 4), 4);
  const auto month = number(text.substr(5, 2), 2);
  const auto day = number(text.substr(8), 2);
  if (!year || !month || !day) return false;
  parts.tm_year = *year - 1900;
  parts.tm_mon = *month - 1;
  parts.tm_mday = *day;
  return *year >= 1970 && *year <= kYearMax && *month >= 1 && *month <= 12 && *day >= 1 &&
         *day <= 31;
}

// `Z`, `+01:00`, `-0330` at the end: how far that zone is ahead of UTC; taken off `text`.
std::optional<int64_t> take_zone(std::string_view& text) {
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return 0;
  }
  const size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 11) return std::nullopt;  // of the date
  const std::string_view zone = text.substr(sign + 1);
  const bool has_colon = zone.size() == 5 && zone[2] == ':';
  if (zone.size() != 4 && !has_colon) return std::nullopt;
  const auto hours = number(zone.substr(0, 2), 2);
  const auto minutes = number(zone.substr(zone.size() - 2), 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int64_t seconds = *hours * 3600 + *minutes * 60;
  const bool behind = text[sign] == '-';
  text = text.substr(0, sign);
  return behind ? -seconds : seconds;
}

std::optional<int64_t> absolute(std::string_view text, int64_t now_ns) {
  std::tm parts{};
  parts.tm_isdst = -1;
  if (text.size() <= 8) {
    const time_t now = now_ns / kNsPerSecond;
    if (localtime_r(&now, &parts) == nullptr || !read_clock(text, parts)) return std::nullopt;
    parts.tm_isdst = -1;
    return mktime(&parts) * kNsPerSecond;
  }
  if (!read_date(text.substr(0, 10), parts)) return std::nullopt;
  const int day = parts.tm_mday;
  std::optional<int64_t> ahead;
  if (text.size() > 10) {
    if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
    ahead = take_zone(text);
    if (!read_clock(text.substr(11), parts)) return std::nullopt;
  }
  const int64_t seconds = ahead ? timegm(&parts) - *ahead : mktime(&parts);
  if (parts.tm_mday != day) return std::nullopt;  // 31 April
  return seconds * kNsPerSecond;
}

}  // namespace

Result<int64_t> parse_since(const std::string& text, int64_t now_ns) {
  if (!text.empty() && seconds_of(text.back()) != 0) {
    const auto count = number(std::string_view(text).substr(0, text.size() - 1), 6);
    // As of dates: none before 1970.
    const int64_t seconds = count ? *count * seconds_of(text.back()) : 0;
    if (count && seconds <= now_ns / kNsPerSecond) return now_ns - seconds * kNsPerSecond;
  }
  if (const auto at = absolute(text, now_ns)) return *at;
  return invalid(shell_quote(text) +
                 " is no time: say 10m, 2h or 3d for so long ago, 14:30, or 2026-11-22 14:30");
}

}  // namespace spoor::cli
