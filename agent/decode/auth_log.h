// What the lines of sshd, sudo, su, login, systemd-logind, cron and the account tools say, by the
// words of their own sources. A line is anybody's until its writer was checked, which is not done
// here: this only reads. Pure, no allocation; views are into the line.
#pragma once

#include "agent/log_event.h"
#include "agent/log_line.h"

namespace spoor::agent {

// Kind::other, with the program's name, for a line of one of these programs that has no kind; an
// empty `program` for a line of any other.
LogEvent decode_auth_log(const LogLine& line);

}  // namespace spoor::agent
