// What the records about accounts, logins and audit's own configuration hold, as decode reads them
// (agent/audit_event.h). Plain data; a Slice is of the event that it stands in.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace spoor::agent {

inline constexpr uint32_t kUnsetId = 0xFFFFFFFF;  // an unset auid or ses (linux/audit.h)

// Bytes in AuditEvent::values.
struct Slice {
  uint32_t offset = 0;
  uint32_t size = 0;
};

struct LoginFields {  // LOGIN: a process set its login uid
  uint32_t pid = 0, uid = kUnsetId;
  uint32_t old_auid = kUnsetId, auid = kUnsetId, old_ses = kUnsetId, ses = kUnsetId;
  Slice tty;
  bool success = true;
};

// Records that programs send (AUDIT_USER 1005, 1100..1199, 2100..2999): the kernel's prefix is
// true, what stands in msg='…' is the program's word.
struct UserFields {
  uint16_t type = 0;
  uint32_t pid = 0, uid = kUnsetId, auid = kUnsetId, ses = kUnsetId;
  Slice op, account, exe, hostname, address, terminal, command, cwd, unit, comm;
  Slice fingerprint, key_kind, key_type;  // fp=, kind=, algo= of sshd's CRYPTO_KEY_USER
  uint32_t port = 0, local_port = 0;      // rport=, lport= of sshd
  uint32_t about_pid = 0;         // spid=: the part of sshd, or the sender, that it is about
  std::optional<uint32_t> id;     // id= where acct= is absent
  std::optional<bool> success;    // res=
};

// BPRM_FCAPS: the capabilities that a process had before an exec and has after it.
struct CapabilityFields {
  uint64_t file_permitted = 0;    // fp=: the file's own
  uint64_t before = 0, after = 0; // old_pe=, pe= (new_pe= before 4.16): effective
};

// CONFIG_CHANGE, FEATURE_CHANGE, EVENT_LISTENER: the first of an event; others stay in its text.
struct ConfigFields {
  Slice op, setting, old_value, new_value, key;
  uint32_t auid = kUnsetId, ses = kUnsetId, pid = 0;
  std::optional<bool> success;    // res=
};

// Who a kernel record without a SYSCALL beside it speaks of: ANOM_*, SECCOMP, TTY.
struct SubjectFields {
  uint32_t pid = 0, auid = kUnsetId, ses = kUnsetId;
  std::optional<uint32_t> uid;
};

// What TTY and USER_TTY records made of their bytes: the lines that ended with this event
// (agent/typed_input.h). Bytes that end none belong to a line that a later event tells.
struct TypedFields {
  struct Line {
    Slice typed, edited;
    bool unfinished = false;
  };
  uint32_t pid = 0;
  Slice terminal, comm;
  std::vector<Line> lines;
};

}  // namespace spoor::agent
