// Times, durations and amounts for people. Times are local: the zone is the process's TZ
// (tzset(3)), its offset is told beside them. No other state; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace spoor {

// One moment as a person there would say it.
struct LocalTime {
  std::string date;    // 2023-11-14
  std::string clock;   // 20:57:19
  std::string millis;  // .811
  std::string offset;  // +01:00
};

// `ns` since 1970 UTC.
LocalTime local_time(int64_t ns);

// At most 7 columns: `<1 ms`, `120 ms`, `2.1 s`, `42 s`, `3m 05s`, `2h 05m`, `3d 04h`, `412 d`;
// rounded down. `?` for a negative one: a clock was set back in between.
std::string duration_text(int64_t ns);

// `1,204`
std::string grouped(uint64_t number);
// `1 command`, `1,204 commands`; `many` is the plural where it is not one + `s`.
std::string counted(uint64_t number, const std::string& one, const std::string& many = "");
// `812 bytes`, `1.2 MiB`; rounded down.
std::string size_text(uint64_t bytes);

}  // namespace spoor
