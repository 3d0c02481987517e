// What `spoor-agent redact-check` does to one line: a command line, a message, whatever somebody
// wants to know of what the rules do to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/redact/matcher.h"
#include "common/result.h"

namespace spoor::agent {

struct CheckedLine {
  std::string text;                // as it would be recorded
  std::vector<std::string> rules;  // by which, once for each secret
};

// As if it had been typed, or were the message of a program; every rule is tried.
CheckedLine check_line(Matcher& matcher, std::string_view line);
// The arguments of a command, as a JSON array of strings: ["mysql", "-psecret"]. `invalid` for
// anything else.
Result<CheckedLine> check_arguments(Matcher& matcher, std::string_view json);

}  // namespace spoor::agent
