// What is read of a PAM or sshd log: lines, and where reading begins. Plain data; the views live as
// long as the call that they are passed to.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "agent/audit_event.h"

namespace spoor::agent {

struct LogLine {
  enum class Source : uint8_t { journal = 1, file = 2 };
  Source source = Source::file;
  int64_t time_ns = 0;         // since 1970 UTC, as the log has it

  // Who wrote it, as journald learnt from the kernel: _PID, _UID, _COMM, _EXE
  // (systemd.journal-fields(7)). Of a file nothing is known: 0, kUnsetId, empty.
  uint32_t pid = 0, uid = kUnsetId;
  std::string_view comm, exe;
  bool in_container = false;   // by its _SYSTEMD_CGROUP

  // Who it says wrote it: `sshd[4711]: `, SYSLOG_IDENTIFIER and SYSLOG_PID. Anybody may say so.
  std::string_view tag;
  uint32_t tag_pid = 0;

  std::string_view host;       // that the line says it is of, where it says one; not kept
  std::string_view message;    // behind the tag: the end of `text`
  std::string_view text;       // the line as it stands in the file; the journal's MESSAGE
  std::string_view origin;     // "journal", or the file's path
  // Where the source goes on behind this line; opaque to all but the source.
  std::string_view cursor;
  bool is_cut = false;         // there was more of it (limits.h: kLogTextBytesMax)
  bool rewritten = false;      // a secret was taken out of it
};

// The source goes on at another place than behind its last line: at its start, or because that
// line is gone.
struct LogPosition {
  std::string_view origin, cursor;
  bool lines_lost = false;     // some may be, in between
  int64_t since_ns = 0;        // of such: when the last line was read, realtime; 0: not known
  uint64_t suppressed = 0;     // lines that the journal's rate limit kept out; 0: it was not that
};

using LogItem = std::variant<LogLine, LogPosition>;

}  // namespace spoor::agent
