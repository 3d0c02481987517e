// What a check came to, for people and programs alike. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spoor::agent {

// In the order of showing: worst first.
enum class Level : uint8_t {
  missing,  // the record is incomplete here
  unknown,  // could not be looked at: nobody knows
  risk,     // complete now; this may end that, or harm the host
  ok,
};

struct Finding {
  Level level = Level::ok;
  std::string check;  // its name, for programs to hold on to
  std::string what;
  std::string fix;    // what to do; empty when there is nothing to do
};

inline const char* level_name(Level level) {
  switch (level) {
    case Level::missing: return "missing";
    case Level::unknown: return "unknown";
    case Level::risk: return "risk";
    case Level::ok: return "ok";
  }
  return "";
}

}  // namespace spoor::agent
