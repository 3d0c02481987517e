// A recorded stream, played as if it came from the kernel. Text, one item a line:
//
//   clock real_ns=N boot_ns=N                      the Instant at which what follows was read
//   type=SYSCALL msg=audit(1700000000.123:45): …   a record, as auditd's log has it, raw or
//                                                  enriched (type by name or number; `node=NAME `
//                                                  before it says of which host)
//   proc fork pid=P ppid=P boot_ns=N               the connector's messages
//   proc exit pid=P status=S boot_ns=N
//   # a comment; so are ausearch's `----` and `time->…`
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
// What `ausearch -i` makes of a record: names and dates stand where the kernel wrote numbers.
bool is_interpreted(const Datagram& record);
// The name of the compression that bytes begin with (`gzip`); empty where they are none we know.
std::string_view compression_of(std::string_view bytes);
// NAME of a line that begins with `node=NAME `; empty where no host is named.
std::string_view node_of(std::string_view line);
// monostate for an empty line or a comment; `invalid` for what is none of the above.
Result<ReplayItem> parse_replay_line(std::string_view line);

}  // namespace spoor::agent
