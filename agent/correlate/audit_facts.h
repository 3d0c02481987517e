// What an audit event says, read off its fields without any state: the words that become the kinds
// of its facts. All views are into the event, or static.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// The event's execve or execveat: by its EXECVE record, or by the syscall where it failed.
bool is_exec(const AuditEvent& event);
// exit_group(2), whose first argument is the status.
bool is_exit(const AuditEvent& event);

// Who acted and where from: scope, uid, source, success, error. Names are left to the caller.
void fill_envelope(const AuditEvent& event, Fact& fact);

// Bits of Fact::incomplete, but birth_unknown.
uint32_t incomplete_bits(const AuditEvent& event);
constexpr uint32_t incomplete_bit(Incomplete what) { return 1u << static_cast<uint8_t>(what); }

// What a program's record is about.
enum class UserKind : uint8_t {
  authentication, session_start, session_end, privilege, account, service, other,
};
UserKind user_kind(const UserFields& user);

// By the record's own op=, else by its type.
std::string_view account_operation(const AuditEvent& event, const UserFields& user);

// A program that its file gave more rights than its caller has: a set-user-id or set-group-id bit,
// or capabilities. Not of those that say by themselves what they do with it (programs.h).
std::optional<PrivilegeChange> raised_by_file(const AuditEvent& event);

// What an Instant says of realtime at a boottime, and back.
int64_t realtime_ns(int64_t boottime_ns, Instant at);
int64_t boottime_ns(int64_t realtime_ns, Instant at);
// When the event was, by its own stamp.
int64_t boottime_ns(const AuditEvent& event);

// "sshd" of "/usr/sbin/sshd".
std::string_view base_name(std::string_view path);

}  // namespace spoor::agent
