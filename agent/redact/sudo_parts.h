// Commands that sudo's log has in several lines. What is too long for one goes on in another, which
// says `(command continued)` and nothing of the words before it (lib/eventlog/eventlog.c,
// do_syslog_sudo()). Such a part is judged behind all that came before it of the same writer; where
// that is not known, it is blanked whole.
//
// Owns what was said last by kSudoWritersMax writers, without its secrets, each up to
// kSudoTextBytesMax. One thread; the matcher outlives it.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "agent/redact/matcher.h"

namespace spoor::agent {

class SudoParts {
 public:
  explicit SudoParts(Matcher& matcher) : matcher_(matcher) {}

  // A line that is no further part. `blanked`: as it is without its secrets.
  void begin(std::string_view writer, std::string_view message, std::string_view blanked);
  // A further part, without its secrets.
  std::string next(std::string_view writer, std::string_view part);

 private:
  struct Begun {
    std::string writer, text;
    bool is_split = false;  // the last word was too long for a line, and goes on
  };
  void keep(Begun begun);

  Matcher& matcher_;
  std::deque<Begun> begun_;  // heard of last: at the end
};

}  // namespace spoor::agent
