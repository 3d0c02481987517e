// Records about accounts and about the audit system itself: what programs say (USER_*, CRED_*, …,
// SERVICE_START), LOGIN, and CONFIG_CHANGE with its relatives.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/decode/fields.h"
#include "agent/model.h"

namespace spoor::agent {

// Types that programs send: 1005, 1100..1199, 2100..2999.
constexpr bool is_user_type(uint16_t type) {
  return type == 1005 || (type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999);
}

// A record of such a type, taken apart. What stands between the quotes of msg='…' is the program's:
// the rest of the body, from behind kMessage.
inline constexpr std::string_view kMessage = "msg='";
std::string_view message_of(std::string_view rest);
// Takes away what programs of old put around a field: `(hostname=?, addr=?, terminal=cron)`.
void strip_parentheses(Field& field);
// The value of op=, with the words that belong to it: shadow-utils writes `op=adding user acct=…`.
std::string_view whole_op(std::string_view message, const Field& op);

// Each fills its part of the event once; false when the body made no sense or the part is taken.

// `pid=1 uid=0 auid=… ses=… msg='op=… acct="…" …'`: before msg the kernel speaks, in it the
// program. `body` still holds an enriched suffix, which is told from the program's text here.
bool decode_user(uint16_t type, std::string_view body, AuditEvent& into);
bool decode_login(std::string_view body, AuditEvent& into);
bool decode_config(std::string_view body, AuditEvent& into);

}  // namespace spoor::agent
