// A recorded stream, played as if it came from the kernel. Text, one item a line:
//
//   clock real_ns=N boot_ns=N                      the Instant at which what follows was read
//   type=SYSCALL msg=audit(1700000000.123:45): …   a record, as auditd's raw log has it (type by
//                                                  name or number; `node=` before it is ignored)
//   proc fork pid=P ppid=P boot_ns=N               the connector's messages
//   proc exit pid=P status=S boot_ns=N
//   # a comment
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

// One line's meaning; a Datagram's text points into the line.
using ReplayItem = std::variant<std::monostate, Instant, Datagram, ProcessMessage>;
// monostate for an empty line or a comment; `invalid` for what is none of the above.
Result<ReplayItem> parse_replay_line(std::string_view line);

}  // namespace spoor::agent
