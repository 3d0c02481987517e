#include "agent/correlate/line_check.h"

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/programs.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

// A file's stamp may have whole seconds, and a line is stamped when it is written.
constexpr int64_t kStampSlackNs = kNsPerSecond + kAuditTickNs;

}  // namespace

bool from_journal(const LogLine& line) { return line.source == LogLine::Source::journal; }

uint32_t pid_of(const LogLine& line) { return from_journal(line) ? line.pid : line.tag_pid; }

int64_t line_boottime_ns(const KeptLine& kept) {
  return boottime_ns(kept.line().time_ns, kept.read);
}

// ------------------------------------------------------------------ is it believed

// What audit told of the line's process, at the line's time. A file's stamp may have whole seconds,
// and audit's clock lags by a tick: who became the program within that time may have written the
// line before or behind it.
LineCheck::Ran LineCheck::ran(const KeptLine& kept) const {
  const std::string_view speaks_as = kept.event().program;
  const uint32_t pid = pid_of(kept.line());
  const int64_t at_ns = line_boottime_ns(kept);
  const int64_t until_ns = at_ns + (from_journal(kept.line()) ? kAuditTickNs : kStampSlackNs);
  const auto is_it = [&](std::string_view program) { return is_program(program, speaks_as); };
  const int64_t before_ns = at_ns - kAuditTickNs;
  // Of a process that was born since the line's stamp.
  const int64_t alive_ns = processes_.find(pid, at_ns) != nullptr ? at_ns : until_ns;
  const auto surely = processes_.ran(pid, alive_ns, before_ns, before_ns, is_it);
  if (surely == true) return Ran::it;
  const auto perhaps = processes_.ran(pid, alive_ns, before_ns, until_ns, is_it);
  if (perhaps == true) return Ran::perhaps_it;
  return perhaps == false ? Ran::another : Ran::unknown;
}

Belief LineCheck::judge(const KeptLine& kept) const {
  if (kept.event().program.empty()) return Belief::unknown;
  return from_journal(kept.line()) ? judge_journals(kept) : judge_pids(kept);
}

// _UID and _PID are the kernel's word of who sent the line. _EXE and the control group are what
// journald found in /proc after that: the sender may have executed another program by then.
Belief LineCheck::judge_journals(const KeptLine& kept) const {
  const LogLine& line = kept.line();
  const std::string_view speaks_as = kept.event().program;
  const ProcessKey process = book_.process_of(line.pid, line_boottime_ns(kept));
  const Ran known = ran(kept);
  if (line.in_container || book_.writers.is_in_container(process) || known == Ran::another) {
    return Belief::disbelieved;
  }
  const bool is_exe = !line.exe.empty() && is_program(line.exe, speaks_as);
  if (known == Ran::unknown && !line.exe.empty() && !is_exe) return Belief::disbelieved;
  if (line.uid != 0 && !runs_for_users(speaks_as)) return judge_users_part(kept);
  if (known == Ran::it || (line.uid == 0 && is_exe)) return Belief::believed;
  // A user's own program, or one that was gone: records have to know it, too.
  return judge_pids(kept) == Belief::believed ? Belief::believed : Belief::unknown;
}

// Of a file's line only a pid is known, which anybody may have written.
Belief LineCheck::judge_pids(const KeptLine& kept) const {
  const std::string_view speaks_as = kept.event().program;
  const uint32_t pid = pid_of(kept.line());
  const int64_t at_ns = line_boottime_ns(kept);
  if (pid == 0) return Belief::unknown;
  ProcessKey process = book_.process_of(pid, at_ns);
  if (process.birth_ns == 0) process = book_.process_of(pid, at_ns + kNsPerSecond);
  switch (ran(kept)) {
    case Ran::another: return Belief::disbelieved;
    case Ran::perhaps_it: return Belief::unknown;
    case Ran::it:
      return book_.writers.is_in_container(process) ? Belief::disbelieved : Belief::believed;
    case Ran::unknown: break;
  }
  // Of a process that nobody knows any more, its records have told; and a part of sshd's is what
  // its monitor is.
  const Belief belief = book_.writers.judge_line(process, speaks_as, {});
  const Login* const login = login_of(kept);
  if (belief != Belief::unknown || login == nullptr) return belief;
  const Belief of_monitor = book_.writers.judge_line(
      login->process, speaks_as, book_.program_of(login->process, at_ns));
  return of_monitor == Belief::believed ? of_monitor : belief;
}

// sshd's part that has become the user says when he leaves, and other things of no weight. Anybody
// may start an sshd of his own: this one's parent is the process that logged him in.
Belief LineCheck::judge_users_part(const KeptLine& kept) const {
  switch (kept.event().kind) {
    case Kind::disconnected: break;
    case Kind::closed:
    case Kind::cron_command:
    case Kind::other: return Belief::unknown;
    default: return Belief::disbelieved;
  }
  const Process* self = processes_.find(kept.line().pid, line_boottime_ns(kept));
  const bool is_part = self != nullptr && self->parent != nullptr &&
                       book_.logins.find(self->parent->key) != nullptr;
  return is_part ? Belief::believed : Belief::unknown;
}

// ------------------------------------------------------------------ whose it is

// The process that wrote it; null: not known.
const Process* LineCheck::writer_of(const KeptLine& kept) const {
  const int64_t at_ns = line_boottime_ns(kept);
  const uint32_t pid = pid_of(kept.line());
  const Process* const process = pid == 0 ? nullptr : processes_.find(pid, at_ns);
  return process != nullptr || pid == 0 ? process : processes_.find(pid, at_ns + kNsPerSecond);
}

// The login that the line's process is, or is a part of: its child, or one that its records named.
Login* LineCheck::login_of(const KeptLine& kept) const {
  const uint32_t pid = pid_of(kept.line());
  if (pid == 0) return nullptr;
  const int64_t at_ns = line_boottime_ns(kept);
  const Process* const process = writer_of(kept);
  const Process* const parent = process == nullptr ? nullptr : process->parent;
  Login* login = book_.logins.of_pid(pid);
  // Who has the pid now may be another than the one that logged in.
  const bool is_another = login != nullptr && process != nullptr && process->key.birth_ns != 0 &&
                          login->process.birth_ns != 0 &&
                          process->key.birth_ns != login->process.birth_ns;
  if (is_another) login = nullptr;
  if (login == nullptr && parent != nullptr) login = book_.logins.find(parent->key);
  if (login == nullptr && process == nullptr) login = book_.logins.of_part(pid);
  // So may who had it then.
  if (login == nullptr || at_ns < login->process.birth_ns - kStampSlackNs) return nullptr;
  const bool is_late = kept.event().kind == Kind::accepted && login->ses != kUnsetId &&
                       at_ns > login->opened_ns + kLogWaitNs;
  return is_late ? nullptr : login;
}

// By address and port, where nobody knows the process. Ports are used again: it is the login's as
// long as its session is open, or while it is trying. How somebody came in is told by nobody else
// than who let him in.
Login* LineCheck::login_of_port(const KeptLine& kept) const {
  const LogEvent& event = kept.event();
  if (event.port == 0 || event.kind == Kind::accepted || writer_of(kept) != nullptr) return nullptr;
  Login* const login = book_.logins.of_port(event.address, event.port);
  if (login == nullptr) return nullptr;
  const int64_t at_ns = line_boottime_ns(kept);
  if (at_ns < login->process.birth_ns - kStampSlackNs) return nullptr;
  if (login->ses == kUnsetId) {
    return at_ns < login->process.birth_ns + kFailuresKeptNs ? login : nullptr;
  }
  const Session* const session = book_.sessions.find(login->ses);
  return session != nullptr && session->is_open() ? login : nullptr;
}

LineScope LineCheck::scope_of(const KeptLine& kept) const {
  LineScope scope;
  scope.basis = Attribution::Basis::pid;
  scope.login = login_of(kept);
  if (scope.login == nullptr) {
    scope.login = login_of_port(kept);
    if (scope.login != nullptr) scope.basis = Attribution::Basis::port;
  }
  if (scope.login != nullptr) {
    scope.ses = scope.login->ses;
  } else if (const Process* const process = writer_of(kept)) {
    scope.ses = process->ses;
  }
  if (const Session* session = book_.sessions.find(scope.ses)) scope.auid = session->auid;
  return scope;
}

}  // namespace spoor::agent
