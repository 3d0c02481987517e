// What flows between the agent's stages, and nothing else: records grouped into audit events
// (decode -> correlate), messages of the proc connector (source -> correlate), and facts
// (correlate -> encode). Plain data; every view is valid until the call it was passed to returns.
//
//   source ─ Datagram ─► decode ─ AuditEvent ─► correlate ─ Fact ─► encode ─ SealedFrame ─► spool
//   source ─ ProcessMessage ──────────────────► correlate
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "common/clock.h"

namespace spoor::agent {

inline constexpr uint32_t kUnsetId = 0xFFFFFFFF;  // an unset auid or ses (linux/audit.h)

// ------------------------------------------------------------------ decode -> correlate

// One audit record as read: its type and its text, `audit(1700000000.123:45): …`, no NUL, no
// header.
struct Datagram {
  uint16_t type = 0;
  std::string_view text;
};

// The kernel's name for an event: unique within a boot only as a pair (serials wrap).
struct EventKey {
  int64_t time_ms = 0;  // since 1970 UTC
  uint32_t serial = 0;
  auto operator<=>(const EventKey&) const = default;
};

// Bytes in AuditEvent::values.
struct Slice {
  uint32_t offset = 0;
  uint32_t size = 0;
};

struct SyscallFields {  // SYSCALL
  uint32_t arch = 0;    // AUDIT_ARCH_*
  uint32_t number = 0;  // in that arch's table
  std::optional<bool> success;  // absent: the call never returned
  int64_t exit = 0;
  uint64_t args[4] = {};        // a0..a3
  uint32_t items = 0;           // PATH records to expect
  uint32_t ppid = 0, pid = 0;   // init namespace
  uint32_t auid = kUnsetId, ses = kUnsetId;
  uint32_t uid = 0, gid = 0, euid = 0, suid = 0, fsuid = 0, egid = 0, sgid = 0, fsgid = 0;
  Slice tty, comm, exe, key;    // tty empty for (none)
};

struct ExecArgument {
  bool present = false;
  bool cut = false;  // fewer bytes came than aN_len says
  Slice value;
};

struct ExecFields {  // EXECVE, over any number of records and fragments
  // An argument that comes in pieces, aN[0], aN[1], …
  struct Pieces {
    uint32_t arg = 0;
    uint32_t announced = 0;  // aN_len: of the value as written, so two a byte where that is hex
    uint32_t joined = 0;     // pieces 0..joined-1 are in args[arg].value
    bool hex = false;
  };
  // A piece that was read before the ones it follows.
  struct Piece {
    uint32_t arg = 0, number = 0;
    Slice value;
  };
  uint32_t argc = 0;
  std::vector<ExecArgument> args;  // by index; at most argc and at most kExecArgsMax
  std::vector<Pieces> in_pieces;   // decode's own
  std::vector<Piece> waiting;      // decode's own
};

struct PathFields {  // PATH
  uint32_t item = 0;
  std::optional<Slice> name;  // absent: name=(null)
  Slice nametype, device;
  uint64_t inode = 0;
  uint32_t mode = 0, owner_uid = 0, owner_gid = 0;
  uint64_t cap_fp = 0;
  uint32_t cap_fe = 0;
};

struct LoginFields {  // LOGIN: a process set its login uid
  uint32_t pid = 0, uid = 0;
  uint32_t old_auid = kUnsetId, auid = kUnsetId, old_ses = kUnsetId, ses = kUnsetId;
  Slice tty;
  bool success = true;
};

// Records that programs send (AUDIT_USER 1005, 1100..1199, 2100..2999): the kernel's prefix is
// true, what stands in msg='…' is the program's word.
struct UserFields {
  uint16_t type = 0;
  uint32_t pid = 0, uid = 0, auid = kUnsetId, ses = kUnsetId;
  Slice op, account, exe, hostname, address, terminal, command, cwd, unit, comm;
  std::optional<uint32_t> id;     // id= where acct= is absent
  std::optional<bool> success;    // res=
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

// All records of one (time, serial). decode fills it, the reassembler owns and closes it.
struct AuditEvent {
  struct Record {
    uint16_t type = 0;
    bool parsed = true;   // false: decode could not make sense of the body
    uint32_t offset = 0;  // in `text`
    uint32_t size = 0;
  };
  EventKey key;
  Instant first_read;
  std::string text;             // the records' text, back to back, verbatim
  std::vector<Record> records;  // in the order read
  uint32_t records_cut = 0;     // not kept: the event would have passed its limit
  std::string values;           // decoded bytes that Slices point into

  std::optional<SyscallFields> syscall;
  std::optional<ExecFields> exec;
  std::optional<Slice> cwd;
  std::optional<Slice> proctitle;
  std::vector<PathFields> paths;
  std::optional<LoginFields> login;
  std::optional<UserFields> user;
  std::optional<ConfigFields> config;
  std::optional<SubjectFields> subject;

  bool ended = false;  // EOE came, or the type has none
  bool late = false;   // records of an event that was closed before

  std::string_view bytes(Slice s) const { return {values.data() + s.offset, s.size}; }
  std::string_view record_text(const Record& r) const { return {text.data() + r.offset, r.size}; }
};

// ------------------------------------------------------------------ source -> correlate

// Fork or exit of a thread group leader (linux/cn_proc.h), times converted to boottime.
struct ProcessMessage {
  enum class Kind : uint8_t { fork, exit };
  Kind kind = Kind::fork;
  uint32_t pid = 0;
  uint32_t parent_pid = 0;   // fork: the parent's thread group
  int64_t boottime_ns = 0;
  uint32_t wait_status = 0;  // exit: as wait(2) gives it
};

// A process found in /proc at start (proc_pid_stat(5): start time in clock ticks).
struct ProcessFound {
  uint32_t pid = 0, parent_pid = 0;
  int64_t birth_boottime_ns = 0;  // rounded down to a clock tick
  uint32_t auid = kUnsetId, ses = kUnsetId;
};

// Account names by uid, from /etc/passwd.
using Names = std::unordered_map<uint32_t, std::string>;

// Who we are; fixed while the agent runs.
struct Host {
  std::string name;     // uname -n
  Id machine_id{};
  Id boot_id{};
  std::string kernel;   // uname -r
};

// ------------------------------------------------------------------ correlate -> encode

struct ProcessKey {
  uint32_t pid = 0;
  int64_t birth_ns = 0;  // since boot; 0: not known
  bool rounded = false;
  auto operator<=>(const ProcessKey&) const = default;
};

struct CommandRef {
  ProcessKey process;
  uint32_t exec_number = 0;  // from 1
};

struct CommandStarted {
  CommandRef command;
  std::optional<CommandRef> parent;
  int64_t started_ns = 0;  // since 1970 UTC
  int64_t born_ns = 0;     // since 1970 UTC, 0: not known
};

struct ProcessEnded {
  CommandRef command;  // the last one of the process
  uint32_t wait_status = 0;
  bool seen = true;    // false: the process is gone, how it ended was not seen
  int64_t born_ns = 0, ended_ns = 0;  // since 1970 UTC
};

struct SessionOpened {
  std::optional<uint32_t> old_auid;
  std::optional<uint32_t> old_ses;
  ProcessKey process;
  std::string_view terminal;
  bool found_running = false;
};

struct SessionFact {
  std::string_view account, terminal, service, step;
};

struct SessionClosed {
  enum class Cause : uint8_t { logged_out = 1, last_process = 2 };
  Cause cause = Cause::logged_out;
};

struct Authentication {
  std::string_view account, step, service, exe;
  uint32_t pid = 0;
};

struct PrivilegeChange {
  std::string_view by, program, command, cwd, account;
  uint32_t from_uid = 0, to_uid = 0;
};

struct AccountChange {
  std::string_view operation, account, program;
  std::optional<uint32_t> id;
};

struct AuditConfigChange {
  std::string_view operation, setting, old_value, new_value, rule_key;
  bool by_spoor = false;
};

struct Service {
  std::string_view unit, operation;
};

struct Loss {
  // Numbers of spoor.v1.Loss.
  enum class Scope : uint8_t { kernel = 1, socket = 2, queue = 3, spool = 4 };
  enum class Cause : uint8_t { backlog = 1, rate_limit = 2, receive_buffer = 3, agent_down = 4,
                               queue_full = 5, unknown_gap = 11 };
  Scope scope = Scope::kernel;
  Cause cause = Cause::unknown_gap;
  std::string_view unit = "serials";
  uint64_t count = 0;
  bool exact = true;
  uint64_t first = 0, last = 0;
  uint64_t order_before = 0;
  int64_t from_ns = 0, until_ns = 0;
};

struct AgentState {
  // Numbers of spoor.v1.AgentState.Change.
  enum class Change : uint8_t { started = 1, reloaded = 2, stopped = 3, rules_loaded = 4,
                                seat_taken = 5, seat_lost = 6 };
  Change change = Change::started;
  std::string_view detail;
  uint32_t rules = 0;
};

struct OtherRecord {};

// Bits of Fact::incomplete: 1 << the number of spoor.v1.Incomplete.
enum class Incomplete : uint8_t {
  syscall_missing = 1, args_missing = 2, arg_cut = 3, paths_missing = 4, cwd_missing = 5,
  end_missing = 6, unparsed = 7, text_cut = 8, birth_unknown = 9, exit_unseen = 10, late = 11,
};

struct Fact {
  uint64_t order = 0;              // given by correlate, over all classes, from 1
  int64_t time_ns = 0;             // since 1970 UTC
  Instant read;
  const AuditEvent* audit = nullptr;  // kernel identity, fields and verbatim text; null: none
  std::string_view origin;         // "audit", "connector", "proc", "agent"
  // The scope; kUnsetId: no session.
  uint32_t ses = kUnsetId;
  uint32_t auid = kUnsetId;
  std::string_view login_name;
  // Who acted: the effective uid, where known.
  std::optional<uint32_t> uid;
  std::string_view user_name;
  // Where the action came from, as the records say.
  std::string_view source_address, source_hostname, source_terminal;
  std::string_view target_kind, target_name;
  std::optional<bool> success;
  int32_t error = 0;               // errno
  uint32_t incomplete = 0;
  // The last fact that this audit event yields: with it the event's serial is accounted for.
  bool ends_event = true;
  std::variant<CommandStarted, ProcessEnded, SessionOpened, SessionFact, SessionClosed,
               Authentication, PrivilegeChange, AccountChange, AuditConfigChange, Service, Loss,
               AgentState, OtherRecord>
      kind;
};

}  // namespace spoor::agent
