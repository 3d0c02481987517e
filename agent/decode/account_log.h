// What the account tools of shadow-utils say: useradd, usermod, userdel, groupadd, groupmod,
// groupdel, gpasswd, passwd, chage, chfn, chsh and their like. No allocation; any thread.
#pragma once

#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

void decode_account_log(std::string_view message, LogEvent& into);

}  // namespace spoor::agent
