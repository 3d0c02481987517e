// The lines that people typed, where pam_tty_audit records keys (TTY), and those that a shell told
// by itself (USER_TTY). A line may span records, so this keeps what each process and terminal has
// begun: of a record only whole lines are shown, and the end of one, which may be half a secret,
// goes with the record that ends its line (agent/redact/typed_tail.h). What a process left
// unfinished is told when it or its session has ended, and at a stop.
//
// Keys are read as decode reads them (agent/decode/typed_line.h); correlate sees finished lines
// only. Owns what was begun, up to kTypedLinesMax and kTypedBytesMax; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/decode/typed_line.h"
#include "agent/model.h"
#include "agent/redact/typed_tail.h"
#include "common/result.h"

namespace spoor::agent {

class Redactor;

class TypedInputTable {
 public:
  // `sink` hears of what was begun and will not be ended.
  explicit TypedInputTable(std::function<void(const TypedRest&)> sink) : sink_(std::move(sink)) {}

  // Takes secrets out of records and lines; it outlives this.
  void set_redactor(Redactor& redactor);
  // As a guest: what others typed is not looked at.
  void set_only_login_uid(std::optional<uint32_t> auid) { only_login_uid_ = auid; }
  // Leaves whole lines in TTY records, and no secret in these. Before decode_fields(): the event
  // may be decoded anew.
  void join(AuditEvent& event);
  // Fills event.typed from TTY and USER_TTY records. After decode_fields().
  void read(AuditEvent& event);
  // The connector's exit; the process's last record may still be unread.
  void exited(uint32_t pid, Instant now);
  // The session has ended; who `lives` goes on.
  void left(uint32_t ses, Instant now, const std::function<bool(uint32_t pid)>& lives);
  // The audit socket was found empty at `drained`.
  void tick(Instant drained);
  // No record will come any more.
  void close();

  size_t size() const { return begun_.size(); }

  // It holds what somebody typed, as bytes, without the secrets that are whole already.
  std::string save() const;
  // Into an empty table. `corrupt` for bytes that are not ours, with the table left empty.
  Status restore(std::string_view saved);

 private:
  struct Key {
    uint32_t pid = 0, major = 0, minor = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Begun {
    TypedLines lines;
    TypedTail tail;
    int64_t time_ns = 0;  // of the last bytes, since 1970 UTC
    Instant read;
    uint32_t ses = kUnsetId, auid = kUnsetId, uid = kUnsetId;
    std::string comm;
    bool rewritten = false;    // a secret was taken out of what is begun
    bool found = false;        // … of what this record shows
    int64_t exit_read_ns = 0;  // boottime; 0: no exit was read
    uint64_t used = 0;         // counts records; the least was silent for longest
  };
  using Table = std::map<Key, Begun>;

  TypedLines::Sink into(AuditEvent& event, std::string_view program) const;
  std::string joined(uint32_t pid, std::string_view record);
  void read_keys(AuditEvent& event, const AuditEvent::Record& record);
  void read_line(AuditEvent& event, const AuditEvent::Record& record);
  Table::iterator end(Table::iterator at);
  void evict();

  bool redacted(std::string& line, std::string_view program) const;
  bool is_others(const AuditEvent& event) const;

  std::function<void(const TypedRest&)> sink_;
  Redactor* redactor_ = nullptr;
  std::optional<uint32_t> only_login_uid_;
  Table begun_;
  size_t exits_ = 0;  // among begun_
  uint64_t uses_ = 0;
};

// "pts/3" of 136:3 (Linux's Documentation/admin-guide/devices.txt); "204:64" where it has no name.
std::string terminal_name(uint32_t major, uint32_t minor);

}  // namespace spoor::agent
