// What the operator asked for, read from the command line. Plain data; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/cli/trail_filter.h"

namespace spoor::cli {

inline constexpr const char* kDefaultCollector = "unix:/run/spoor-collector/query.sock";

struct Options {
  enum class Command : uint8_t { message, sessions, trail, search, histogram, agents, events };
  Command command = Command::message;
  // Command::message: there is nothing to do but to print `text` and to exit with `exit_code`; help
  // and the version on stdout (exit code 0), what is wrong with the command line on stderr (2).
  std::string text;
  int exit_code = 0;

  std::string collector;  // unix:/path
  std::string session;
  std::string query;  // search, histogram
  std::string cursor;
  std::string by;     // histogram: hour, day or minute
  std::string user, host;
  std::string agent_names;           // agents, events: a name, in which * stands for any characters
  std::string agent_state;           // one of `spoor agents`' words; empty: all
  std::vector<std::string> labels;
  uint32_t limit = 50;
  uint32_t width = 0;     // 0: the terminal's
  bool json = false;
  bool all = false;       // sessions that are no logins, too; search: all pages
  bool failed_logins = false;  // events: these instead
  bool flat = false;
  TrailFilter filter;
};

// `arguments` without the program's name; `environment_collector` is SPOOR_COLLECTOR or empty.
// `now_ns`, since 1970 UTC, is what `--since 10m` counts from.
Options parse_options(std::vector<std::string> arguments, const std::string& environment_collector,
                      int64_t now_ns);

}  // namespace spoor::cli
