#include "agent/decode/auth_log.h"

namespace spoor::agent {

LogEvent decode_auth_log(const LogLine& line) {
  LogEvent event;
  if (line.tag == "sshd" || line.tag == "sudo") event.program = line.tag;
  return event;
}

}  // namespace spoor::agent
