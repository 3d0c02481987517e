// Records about accounts and about the audit system itself: what programs say (USER_*, CRED_*, …,
// SERVICE_START), LOGIN, and CONFIG_CHANGE with its relatives.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// Types that programs send: 1005, 1100..1199, 2100..2999.
bool is_user_type(uint16_t type);

// Each fills its part of the event once; false when the body made no sense or the part is taken.

// `pid=1 uid=0 auid=… ses=… msg='op=… acct="…" …'`: before msg the kernel speaks, in it the
// program. `body` still holds an enriched suffix, which is told from the program's text here.
bool decode_user(uint16_t type, std::string_view body, AuditEvent& into);
bool decode_login(std::string_view body, AuditEvent& into);
bool decode_config(std::string_view body, AuditEvent& into);

}  // namespace spoor::agent
