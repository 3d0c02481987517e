// What login, systemd-logind and cron say. No allocation; any thread.
#pragma once

#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

void decode_login_log(std::string_view message, LogEvent& into);
void decode_logind_log(std::string_view message, LogEvent& into);
void decode_cron_log(std::string_view message, LogEvent& into);

}  // namespace spoor::agent
