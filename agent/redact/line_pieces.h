// A log line in pieces that are looked through one by one. Who knocks at sshd's door chooses a
// name, and `ssh -l authorization: host` is to take neither sshd's own words behind it nor the
// address that he came from:
//
//   Failed password for invalid user │authorization:│ from │10.0.0.9│ port 4711 ssh2
//
// Each value that decode read is a piece, and so is what lies between two of them. Where nothing
// was read, addresses are told by their look. A command is one piece, whatever is in it. The lines
// of programs that decode does not know are one piece, too. Views are into the line; one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/log_event.h"

namespace spoor::agent {

class LinePieces {
 public:
  // `event` was read of `message`. Both outlive this.
  LinePieces(std::string_view message, LogEvent& event);

  // The places between pieces, in order: 0, …, the size of the message.
  const std::vector<size_t>& borders() const { return borders_; }
  // The message, with what `change` makes of each piece in its place.
  std::string with(const std::function<std::string(std::string_view piece)>& change);
  // The event's texts are in `now`, which is what with() has returned.
  void move_event(std::string_view now);

 private:
  std::string_view message_;
  LogEvent& event_;
  std::vector<size_t> borders_;
  std::vector<size_t> moved_;  // where each border is in what with() has returned
};

}  // namespace spoor::agent
