// What programs say that give one account the rights of another: sudo, su, pkexec and polkitd. Who
// asks chooses the directory, the environment and the command's arguments, which stand among the
// fields of the line: where these could be read in two ways, only the command is, with all that may
// belong to it. No allocation; any thread.
#pragma once

#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

void decode_sudo_log(std::string_view message, LogEvent& into);
void decode_su_log(std::string_view message, LogEvent& into);
void decode_pkexec_log(std::string_view message, LogEvent& into);
void decode_polkit_log(std::string_view message, LogEvent& into);

}  // namespace spoor::agent
