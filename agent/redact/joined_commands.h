// The commands with secrets that were executed last. sudo tells what it runs as one string, in
// which the borders of arguments are gone (USER_CMD, its log line); the arguments of sudo itself
// were in a record before that, and by them a secret with spaces in it ends where it ended.
//
// Holds secrets as they are, in memory only, for kJoinedCommandNs and until the next record comes
// that may hold one. Bounded (kJoinedCommandsMax of kJoinedCommandBytesMax); one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/redact/matcher.h"

namespace spoor::agent {

class JoinedCommands {
 public:
  // `now_ns`: boottime, as everywhere here.
  void remember(std::span<const Argument> arguments, const Secrets& secrets, int64_t now_ns);
  void forget(int64_t now_ns);
  // The secrets of a command whose arguments, and program's name, are the last ones of one that is
  // remembered: sudo's options stand before them. None: no such command is.
  std::optional<Secrets> find(std::string_view command) const;
  size_t size() const { return commands_.size(); }

 private:
  struct Command {
    std::string text;  // its arguments, joined by spaces
    Secrets secrets;   // in that
    int64_t read_ns = 0;
  };
  std::deque<Command> commands_;  // by when they were read
};

}  // namespace spoor::agent
