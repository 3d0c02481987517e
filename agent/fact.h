// What correlate says and encode writes down: one immutable fact. Plain data; every view is valid
// until the call it was passed to returns.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "agent/access_fact.h"
#include "agent/activity_fact.h"
#include "agent/audit_event.h"
#include "agent/process_key.h"
#include "common/clock.h"

namespace spoor::agent {

struct CommandStarted {
  CommandRef command;
  std::optional<CommandRef> parent;
  int64_t started_ns = 0;  // since 1970 UTC
  int64_t born_ns = 0;     // since 1970 UTC, 0: not known
  std::optional<uint32_t> depth;  // below the session's first command
};

struct ProcessEnded {
  CommandRef command;  // the last one of the process
  uint32_t wait_status = 0;
  bool seen = true;    // false: the process is gone, how it ended was not seen
  int64_t born_ns = 0, ended_ns = 0;  // since 1970 UTC
};

struct AuditConfigChange {
  std::string_view operation, setting, old_value, new_value, rule_key;
  bool by_spoor = false;
};

struct Service {
  std::string_view unit, operation;
};

// Unit of a Loss that counts audit serials.
inline constexpr std::string_view kSerialsUnit = "serials";

struct Loss {
  // Numbers of spoor.v1.Loss.
  enum class Scope : uint8_t { kernel = 1, socket = 2, queue = 3, spool = 4, stream = 5,
                               agent = 6 };
  enum class Cause : uint8_t { backlog = 1, rate_limit = 2, receive_buffer = 3, agent_down = 4,
                               queue_full = 5, unknown_gap = 11, crash = 13, fork = 14 };
  Scope scope = Scope::kernel;
  Cause cause = Cause::unknown_gap;
  std::string_view unit = kSerialsUnit;
  uint64_t count = 0;
  bool exact = true;
  uint64_t serials = 0;  // of another unit: whole events that are missing from first..last with it
  uint64_t first = 0, last = 0;
  uint8_t stream_class = 0;  // of which stream; 0: of none
  uint64_t order_before = 0;
  int64_t from_ns = 0, until_ns = 0;

  // How many serials are accounted for by it.
  uint64_t serials_told() const { return unit == kSerialsUnit ? count : serials; }
};

struct AgentState {
  // Numbers of spoor.v1.AgentState.Change.
  enum class Change : uint8_t { started = 1, reloaded = 2, stopped = 3, rules_loaded = 4,
                                seat_taken = 5, seat_lost = 6, listening = 7, rules_repaired = 8,
                                rules_contested = 9, settings_repaired = 10, counter_reset = 11,
                                backlog_wait = 12, records_recovered = 13, spool_ok = 14,
                                spool_full = 15, spool_disk_full = 16, spool_io_error = 17 };
  Change change = Change::started;
  std::string_view detail = {};
  uint32_t rules = 0;
  uint32_t other_pid = 0;  // 0: not known
  std::string_view other_exe = {};
  uint64_t count = 0;
};

struct OtherRecord {
  std::optional<CommandRef> command = {};
};

// Where a process ran (spoor.v1.Place); what is empty is not known, or is the host.
struct PlaceName {
  std::string_view runtime, container, unit;
};

struct Attribution {
  // Numbers of spoor.v1.Attribution.
  enum class Basis : uint8_t { record = 0, container = 1, unit = 2, ancestor = 3, pid = 4,
                               port = 5 };
  enum class Confidence : uint8_t { unsaid = 0, certain = 1, likely = 2, claimed = 3 };
  Basis basis = Basis::record;
  Confidence confidence = Confidence::unsaid;
};

// Bits of Fact::incomplete: 1 << the number of spoor.v1.Incomplete.
enum class Incomplete : uint8_t {
  syscall_missing = 1, args_missing = 2, arg_cut = 3, paths_missing = 4, cwd_missing = 5,
  end_missing = 6, unparsed = 7, text_cut = 8, birth_unknown = 9, exit_unseen = 10, late = 11,
  place_unknown = 12,
};

struct Fact {
  uint64_t order = 0;              // given by correlate, over all classes, from 1
  int64_t time_ns = 0;             // since 1970 UTC
  Instant read;
  const AuditEvent* audit = nullptr;  // kernel identity, fields and verbatim text; null: none
  std::string_view log_text;       // the verbatim line, of a fact that a log told
  std::string_view origin;         // "audit", "connector", "proc", "agent", "journal", a log's path
  // The scope; kUnsetId: no session, or the one that `unit` names.
  uint32_t ses = kUnsetId;
  std::string_view unit;           // login uid unset: the container or systemd unit
  int64_t unit_started_ns = 0;     // since 1970 UTC
  PlaceName place;
  Attribution attribution;
  uint32_t auid = kUnsetId;
  std::string_view login_name;
  // Who acted: the effective uid, where known.
  std::optional<uint32_t> uid;
  std::string_view user_name;
  // Where the action came from, as the records say.
  std::string_view source_address, source_hostname, source_terminal;
  uint32_t source_port = 0;        // 0: not known
  std::string_view target_kind, target_name;
  std::optional<bool> success;
  int32_t error = 0;               // errno
  std::string_view reason;         // why it failed, in the source's own words
  bool rewritten = false;          // a secret was taken out of it
  uint32_t incomplete = 0;
  // The last fact that this audit event yields: with it the event's serial is accounted for.
  bool ends_event = true;
  // The event's records and their text are with another of its facts.
  bool without_records = false;
  std::variant<CommandStarted, ProcessEnded, SessionOpened, SessionFact, SessionClosed,
               Authentication, PrivilegeChange, AccountChange, AuditConfigChange, Service, Loss,
               AgentState, FileAccess, Network, TypedInput, SecurityDecision, DisbelievedRecord,
               LogMessage, OtherRecord>
      kind;
};

// Audit serials that are accounted for once this fact is in a frame.
inline uint64_t serials_of(const Fact& fact) {
  if (const auto* loss = std::get_if<Loss>(&fact.kind)) return loss->serials_told();
  return fact.audit != nullptr && !fact.audit->late && fact.ends_event ? 1 : 0;
}

}  // namespace spoor::agent
