// What OpenSSH's server says: releases 7 to 10, in which sshd, sshd-session and sshd-auth speak the
// same way. Who knocks at the door chooses names, keys and parting words, so what could be read in
// two ways is not read: its kind is told, without an account or address. No allocation; any thread.
#pragma once

#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

void decode_ssh_log(std::string_view message, LogEvent& into);

}  // namespace spoor::agent
