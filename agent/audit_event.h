// What decode makes of the kernel's records and correlate reads: all records of one event, verbatim
// and as fields. Plain data; the event owns its bytes, and every Slice points into them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/process_sight.h"
#include "agent/who_fields.h"
#include "common/clock.h"

namespace spoor::agent {

// One audit record as read: its type and its text, `audit(1700000000.123:45): …`, no NUL, no
// header.
struct Datagram {
  uint16_t type = 0;
  std::string_view text;
  bool rewritten = false;  // by a run before this one, which took a secret out of it
};

// The kernel's name for an event: unique within a boot only as a pair (serials wrap).
struct EventKey {
  int64_t time_ms = 0;  // since 1970 UTC
  uint32_t serial = 0;
  auto operator<=>(const EventKey&) const = default;
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
  Slice subject;                // subj=, where a security module labels processes
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
  std::optional<uint32_t> argc;    // absent: the first record did not come
  std::vector<ExecArgument> args;  // by index; at most argc and at most kExecArgsMax
  std::vector<Pieces> in_pieces;   // decode's own
  std::vector<Piece> waiting;      // decode's own
};

struct PathFields {  // PATH
  uint32_t item = 0;
  std::optional<Slice> name;  // absent: name=(null)
  Slice nametype, device;
  Slice special;  // rdev=, of a device; empty for 00:00
  Slice object;   // obj=, where a security module labels files
  uint64_t inode = 0;
  uint32_t mode = 0, owner_uid = 0, owner_gid = 0;
  uint64_t cap_fp = 0, cap_fi = 0;
  uint32_t cap_fe = 0, cap_fver = 0, cap_frootid = 0;
  bool capabilities_unknown = false;  // cap_fp=?: the kernel did not look
};

// struct sockaddr of a SOCKADDR record or a laddr/addr pair.
struct SocketAddress {
  Slice family, address, path, scope;
  uint32_t port = 0, interface = 0;
  uint32_t first_member = 0, members = 0;  // in AuditEvent::members: what else its family has
  Slice rest;        // bytes that no member is made of
  bool cut = false;  // shorter than its family's structure
};

// One field of a record, typed (spoor.v1.AuditField says what each kind is).
struct RecordField {
  enum class Kind : uint8_t { number, hex, text, path, address, id, word };
  Kind kind = Kind::word;
  bool absent = false;
  Slice name;
  Slice value;            // text, path, word
  int64_t number = 0;     // number, hex, id
  uint32_t address = 0;   // address: index into AuditEvent::addresses
  Slice meaning;          // empty where the value stands for itself
};

// All records of one (time, serial). decode fills it, the reassembler owns and closes it.
struct AuditEvent {
  struct Record {
    uint16_t type = 0;
    bool parsed = true;   // false: decode could not make sense of the body
    uint32_t offset = 0;  // in `text`
    uint32_t size = 0;
    // Its typed fields, once decode_fields() (agent/decode/record_fields.h) was asked for them.
    uint32_t first_field = 0, fields = 0;  // in AuditEvent::fields
    uint32_t enriched = 0;                 // behind them: what auditd appended
    Slice rest = {};      // what is in the body and is no field
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
  std::optional<TypedFields> typed;
  std::optional<CapabilityFields> capabilities;

  std::vector<RecordField> fields;
  std::vector<SocketAddress> addresses;
  std::vector<RecordField> members;      // of addresses
  std::vector<ExecArgument> spare_args;  // the buffer of the event before; decode's own

  bool ended = false;  // EOE came, or the type has none
  bool late = false;   // records of an event that was closed before
  bool place_unknown = false;  // whether it ran in a container was asked, and not known
  std::shared_ptr<const ProcessSight> seen;  // its process, where that was asked and answered
  std::vector<DirectorySeen> directories;    // that its call was given, likewise
  bool enriched = false;  // some record has auditd's suffix (log_format = ENRICHED)
  bool rewritten = false;  // a secret was taken out of its text (agent/redact/redactor.h)

  std::string_view bytes(Slice s) const { return {values.data() + s.offset, s.size}; }
  std::string_view record_text(const Record& r) const { return {text.data() + r.offset, r.size}; }
};

}  // namespace spoor::agent
