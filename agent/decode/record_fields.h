// Types every field of an event's records, for those records whose content the event's own structs
// (agent/audit_event.h) have no place for. Off the hot path: asked for once an event is closed, and
// a plain command has nothing to do here. Every byte is hostile. No state; any thread.
#pragma once

#include "agent/model.h"

namespace spoor::agent {

// Whose fields have their place in the fact already.
enum class HasPlace : uint8_t { nothing, command, file };

// Fills event.fields, addresses and members, and each record's first_field, fields, enriched and
// rest. Left out, but for the names that auditd's enriched format appends to them: the SYSCALL,
// EXECVE, CWD, PATH and PROCTITLE of a command, the PATH and PROCTITLE of a file access. A record
// that makes no sense, or has no room, is marked unparsed; its text says all of it.
void decode_fields(AuditEvent& event, HasPlace place);

}  // namespace spoor::agent
