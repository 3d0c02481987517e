#include "collector/language/moment.h"

#include <charconv>
#include <optional>

#include "common/quoting.h"

namespace spoor::collector {
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

absl::Duration unit(char letter) {
  switch (letter) {
    case 's': return absl::Seconds(1);
    case 'm': return absl::Minutes(1);
    case 'h': return absl::Hours(1);
    case 'd': return absl::Hours(24);
    case 'w': return absl::Hours(7 * 24);
    default: return absl::ZeroDuration();
  }
}

// `14:30`, `14:30:05` or `14:30:05.25`, since midnight by the clock on the wall.
struct WallClock {
  int hour = 0;
  int minute = 0;
  int second = 0;
  absl::Duration fraction;
};
std::optional<WallClock> read_clock(std::string_view text) {
  WallClock out;
  if (const size_t point = text.find('.'); point == 8) {
    const std::string_view digits = text.substr(point + 1);
    const auto fraction = number(digits, 9);
    if (!fraction) return std::nullopt;
    out.fraction = absl::Nanoseconds(*fraction);
    for (size_t i = digits.size(); i < 9; ++i) out.fraction *= 10;
    text = text.substr(0, point);
  }
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  const auto hour = number(text.substr(0, 2), 2);
  const auto minute = number(text.substr(3, 2), 2);
  const auto second = text.size() == 8 ? number(text.substr(6), 2) : std::optional<int>(0);
  if (text[2] != ':' || (text.size() == 8 && text[5] != ':')) return std::nullopt;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  out.hour = *hour;
  out.minute = *minute;
  out.second = *second;
  return out;
}

// `2026-11-22`
std::optional<absl::CivilDay> read_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4), 4);
  const auto month = number(text.substr(5, 2), 2);
  const auto day = number(text.substr(8), 2);
  if (!year || !month || !day || *year < 1970 || *year > kYearMax) return std::nullopt;
  const absl::CivilDay out(*year, *month, *day);
  if (out.month() != *month || out.day() != *day) return std::nullopt;  // 31 April
  return out;
}

// `Z`, `+01:00`, `-0330` at the end: that zone; taken off `text`.
std::optional<absl::TimeZone> take_zone(std::string_view& text) {
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return absl::UTCTimeZone();
  }
  const size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 11) return std::nullopt;  // of the date
  const std::string_view ahead = text.substr(sign + 1);
  const bool has_colon = ahead.size() == 5 && ahead[2] == ':';
  if (ahead.size() != 4 && !has_colon) return std::nullopt;
  const auto hours = number(ahead.substr(0, 2), 2);
  const auto minutes = number(ahead.substr(ahead.size() - 2), 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  const bool is_behind = text[sign] == '-';
  text = text.substr(0, sign);
  return absl::FixedTimeZone(is_behind ? -seconds : seconds);
}

std::optional<absl::Time> at(absl::CivilDay day, const WallClock& clock, absl::TimeZone zone) {
  const absl::CivilSecond second(day.year(), day.month(), day.day(), clock.hour, clock.minute,
                                 clock.second);
  const absl::TimeZone::TimeInfo info = zone.At(second);
  return (info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre) + clock.fraction;
}

std::optional<absl::Time> absolute(std::string_view text, absl::Time now, absl::TimeZone zone) {
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  if (text == "now") return now;
  if (text == "today") return at(today, {}, zone);
  if (text == "yesterday") return at(today - 1, {}, zone);
  if (text.find('-') == std::string_view::npos) {
    const auto clock = read_clock(text);
    return clock ? at(today, *clock, zone) : std::nullopt;
  }
  const auto day = read_date(text.substr(0, 10));
  if (!day) return std::nullopt;
  if (text.size() == 10) return at(*day, {}, zone);
  if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
  const auto other = take_zone(text);
  const auto clock = read_clock(text.substr(std::min<size_t>(11, text.size())));
  return clock ? at(*day, *clock, other.value_or(zone)) : std::nullopt;
}

}  // namespace

Result<int64_t> parse_moment(std::string_view text, int64_t now_ns, absl::TimeZone zone) {
  const absl::Time now = absl::FromUnixNanos(now_ns);
  std::optional<absl::Time> moment;
  if (!text.empty() && unit(text.back()) != absl::ZeroDuration()) {
    const auto count = number(text.substr(0, text.size() - 1), 6);
    // As of dates: none before 1970.
    if (count && now - *count * unit(text.back()) >= absl::UnixEpoch())
      moment = now - *count * unit(text.back());
  }
  if (!moment) moment = absolute(text, now, zone);
  if (moment) return absl::ToUnixNanos(*moment);
  return invalid(shell_quote(text) + " is no time; say 10m, 2h or 3d for so long ago, today, "
                 "14:30, or 2026-11-22T14:30");
}

std::string utc_text(int64_t moment_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(moment_ns),
                          absl::UTCTimeZone());
}

}  // namespace spoor::collector
