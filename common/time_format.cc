#include "common/time_format.h"

#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "common/clock.h"

namespace spoor {
namespace {

std::string two_units(int64_t big, char big_unit, int64_t small, char small_unit) {
  char out[32];
  std::snprintf(out, sizeof out, "%" PRId64 "%c %02" PRId64 "%c", big, big_unit, small, small_unit);
  return out;
}

}  // namespace

LocalTime local_time(int64_t ns) {
  int64_t seconds = ns / kNsPerSecond;
  int64_t rest = ns % kNsPerSecond;
  if (rest < 0) {
    rest += kNsPerSecond;
    --seconds;
  }
  const time_t when = seconds;
  std::tm parts{};
  if (localtime_r(&when, &parts) == nullptr) return {};
  char date[32];
  char clock[32];
  std::strftime(date, sizeof date, "%Y-%m-%d", &parts);
  std::strftime(clock, sizeof clock, "%H:%M:%S", &parts);
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03d", static_cast<int>(rest / kNsPerMs));
  const long minutes = (parts.tm_gmtoff < 0 ? -parts.tm_gmtoff : parts.tm_gmtoff) / 60;
  char offset[48];
  std::snprintf(offset, sizeof offset, "%c%02ld:%02ld", parts.tm_gmtoff < 0 ? '-' : '+',
                minutes / 60, minutes % 60);
  return {date, clock, millis, offset};
}

std::string duration_text(int64_t ns) {
  if (ns < 0) return "?";
  const int64_t ms = ns / kNsPerMs;
  if (ms == 0) return "<1 ms";
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (ms < 10'000) return std::to_string(ms / 1000) + "." + std::to_string(ms / 100 % 10) + " s";
  const int64_t seconds = ms / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  const int64_t minutes = seconds / 60;
  if (minutes < 60) return two_units(minutes, 'm', seconds % 60, 's');
  const int64_t hours = minutes / 60;
  if (hours < 24) return two_units(hours, 'h', minutes % 60, 'm');
  const int64_t days = hours / 24;
  if (days < 100) return two_units(days, 'd', hours % 24, 'h');
  return std::to_string(days) + " d";
}

std::string grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t from_end = 3; from_end < out.size(); from_end += 4) {
    out.insert(out.size() - from_end, 1, ',');
  }
  return out;
}

std::string counted(uint64_t number, const std::string& one, const std::string& many) {
  if (number == 1) return "1 " + one;
  return grouped(number) + " " + (many.empty() ? one + "s" : many);
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return counted(bytes, "byte");
  static constexpr const char* kUnits[] = {" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
  size_t unit = 0;
  while (bytes >= 1024 * 1024) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes / 1024) + "." + std::to_string(bytes % 1024 * 10 / 1024) +
         kUnits[unit];
}

}  // namespace spoor
