// What PAM modules say in the name of the program that uses them, `pam_unix(sshd:session): …`. The
// account of a session exists; that of a failure may be any text. No allocation; any thread.
#pragma once

#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

// False when no PAM module speaks so. Else its `service` is known, and the rest if it has a kind.
bool decode_pam_log(std::string_view message, LogEvent& into);

}  // namespace spoor::agent
