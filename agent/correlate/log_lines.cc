#include "agent/correlate/log_lines.h"

#include <charconv>
#include <utility>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/programs.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

// A file's stamp may have whole seconds, and a line is stamped when it is written.
constexpr int64_t kStampSlackNs = kNsPerSecond + kAuditTickNs;

bool from_journal(const LogLine& line) { return line.source == LogLine::Source::journal; }
// The journal's is the kernel's word.
uint32_t pid_of(const LogLine& line) { return from_journal(line) ? line.pid : line.tag_pid; }
int64_t line_boottime_ns(const KeptLine& kept) {
  return boottime_ns(kept.line().time_ns, kept.read);
}

// auth.c, auth_maxtries_exceeded()
constexpr std::string_view kTooManyAttempts = "maximum authentication attempts exceeded";

// ssh_log.cc: of `error: PAM: Authentication failure for …`
constexpr std::string_view kPamMethod = "keyboard-interactive/pam";

// What sshd or login refuses is a login; what sudo does, a change of privilege.
bool is_of_login(std::string_view program) {
  return is_session_program(program) && !changes_privilege(program);
}

Credential credential_of(const LogEvent& event) {
  return {.method = event.method,
          .key_type = event.key_type,
          .key_fingerprint = event.key_fingerprint,
          .certificate_id = event.certificate_id,
          .certificate_authority = event.certificate_authority,
          .certificate_serial = event.certificate_serial.value_or(0)};
}

bool says_the_same(const LogEvent& a, const LogEvent& b) {
  return a.account == b.account && a.address == b.address && a.port == b.port &&
         a.method == b.method && a.key_fingerprint == b.key_fingerprint &&
         a.certificate_id == b.certificate_id;
}

// Of no process that there is.
constexpr int64_t kNoBirth = -1;

// sudo_log.cc
constexpr std::string_view kEndOfCommand = "exit";

// Of what may be the end of a command and is none, with what looked like it.
std::string_view whole_command(const KeptLine& kept) {
  const LogEvent& event = kept.event();
  const std::string_view message = kept.line().message;
  if (event.operation != kEndOfCommand) return event.command;
  const size_t at = message.find("COMMAND=" + std::string(event.command));
  return at == message.npos ? event.command : message.substr(at + 8);
}

bool fits(std::string_view known, std::string_view said) {
  return known.empty() || said.empty() || known == said.substr(0, kLoginTextBytesMax);
}

}  // namespace

// ------------------------------------------------------------------ whose line it is

// What audit told of the line's process, at the line's time. A file's stamp may have whole seconds,
// and audit's clock lags by a tick: who became the program within that time may have written the
// line before or behind it.
LogLines::Ran LogLines::ran(const KeptLine& kept) const {
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

Belief LogLines::judge(const KeptLine& kept) const {
  if (kept.event().program.empty()) return Belief::unknown;
  return from_journal(kept.line()) ? judge_journals(kept) : judge_pids(kept);
}

// _UID and _PID are the kernel's word of who sent the line. _EXE and the control group are what
// journald found in /proc after that: the sender may have executed another program by then.
Belief LogLines::judge_journals(const KeptLine& kept) const {
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
Belief LogLines::judge_pids(const KeptLine& kept) const {
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
Belief LogLines::judge_users_part(const KeptLine& kept) const {
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

// The process that wrote it; null: not known.
const Process* LogLines::writer_of(const KeptLine& kept) const {
  const int64_t at_ns = line_boottime_ns(kept);
  const uint32_t pid = pid_of(kept.line());
  const Process* const process = pid == 0 ? nullptr : processes_.find(pid, at_ns);
  return process != nullptr || pid == 0 ? process : processes_.find(pid, at_ns + kNsPerSecond);
}

// The login that the line's process is, or is a part of: its child, or one that its records named.
Login* LogLines::login_of(const KeptLine& kept) const {
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
Login* LogLines::login_of_port(const KeptLine& kept) const {
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

LogLines::Scope LogLines::scope_of(const KeptLine& kept) const {
  Scope scope;
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

// ------------------------------------------------------------------ lines that come and wait

void LogLines::add(const LogLine& line, const LogEvent& event, Instant now) {
  KeptLine kept(line, event, now);
  if (!settle(kept, now)) book_.room.wait(std::move(kept));
  while (auto due = book_.room.take_due(now)) stand_alone(*due, now);
}

// Who fails to log in can make lines and records come as fast as he likes: so a line that waits is
// looked at for a record of its own process, and once when it has settled.
void LogLines::tick(Instant now) {
  while (auto due = book_.room.take_due(now)) stand_alone(*due, now);
  const int64_t looked_ns = std::exchange(looked_ns_, now.boottime_ns);
  const SessionBook::Touched touched = book_.take_touched();
  const bool has_settled =
      book_.room.has_come(looked_ns - kLogSettleNs, now.boottime_ns - kLogSettleNs);
  if (!has_settled && touched.is_empty()) return;
  const auto is_to_look_at = [&](const KeptLine& kept) {
    const int64_t settled_ns = kept.read.boottime_ns + kLogSettleNs;
    return (looked_ns < settled_ns && settled_ns <= now.boottime_ns) ||
           touched.has(pid_of(kept.line()));
  };
  book_.room.take_all([&](KeptLine& kept) { return is_to_look_at(kept) && settle(kept, now); });
}

void LogLines::close(Instant now) {
  tick(now);
  while (auto rest = book_.room.take([](KeptLine&) { return true; })) stand_alone(*rest, now);
}

bool LogLines::settle(KeptLine& kept, Instant now) {
  if (judge(kept) == Belief::disbelieved) {
    // What the process has executed may not have been read yet.
    const bool may_change = now.boottime_ns - kept.read.boottime_ns < kLogSettleNs &&
                            !kept.line().in_container && ran(kept) == Ran::another;
    if (!may_change) message(kept, true);
    return !may_change;
  }
  switch (kept.event().kind) {
    case Kind::accepted: return accept(kept, now);
    case Kind::failed: failed(kept, "failed"); return true;
    case Kind::invalid_user: failed(kept, "invalid-user"); return true;
    case Kind::disconnected: authentication(kept, "disconnected"); return true;
    case Kind::closed: authentication(kept, "closed"); return true;
    case Kind::logind_opened: logind(kept); return true;
    case Kind::refused:
      // PAM's own refusals, too: of sudo's, the line of sudo says more.
      if (is_of_login(kept.event().program) || !kept.event().service.empty()) {
        refused_login(kept);
        return true;
      }
      [[fallthrough]];
    case Kind::command:
    case Kind::switched:
    case Kind::account_changed:
    case Kind::password_changed:
      if (!is_told_by_records(kept) && !is_end_of_command(kept)) return false;
      message(kept, false);
      return true;
    default: message(kept, false); return true;
  }
}

// ------------------------------------------------------------------ how somebody came in

// What records have told, or a line that was fed: it can be no other way.
bool LogLines::fits_login(const LogEvent& event, const Login& login) {
  return fits(login.account, event.account) && fits(login.address, event.address) &&
         (login.port == 0 || login.port == event.port) &&
         fits(login.key_fingerprint, event.key_fingerprint) &&
         (!login.accepted || (fits(login.method, event.method) &&
                              fits(login.certificate_id, event.certificate_id)));
}

// Another line of the same process waits that says something else, that may be true as well, and
// that is as good as this one.
bool LogLines::is_disputed(const KeptLine& kept, const Login& login) {
  const Proof proof = proof_of(kept, login);
  return book_.room.any([&](const KeptLine& waiting) {
    return &waiting != &kept && waiting.event().kind == Kind::accepted &&
           pid_of(waiting.line()) == pid_of(kept.line()) &&
           !says_the_same(waiting.event(), kept.event()) && fits_login(waiting.event(), login) &&
           from_journal(waiting.line()) >= from_journal(kept.line()) &&
           proof_of(waiting, login) >= proof;
  });
}

// Only what records have told counts: what a line told before proves no other line.
LogLines::Proof LogLines::proof_of(const KeptLine& kept, const Login& login) {
  const LogEvent& event = kept.event();
  const auto is_said = [](std::string_view known, std::string_view said) {
    return !said.empty() && known == said;
  };
  if (login.accepted || !event.certificate_id.empty() ||
      !is_said(login.account, event.account) || !is_said(login.address, event.address)) {
    return Proof::none;
  }
  const bool by_password = event.method == "password" ||
                           event.method.starts_with("keyboard-interactive");
  const bool is_proven = by_password ? login.pam_proved
                                     : is_said(login.method, event.method) &&
                                           is_said(login.key_fingerprint, event.key_fingerprint);
  if (!is_proven) return Proof::none;
  return login.port != 0 && login.port == event.port ? Proof::all : Proof::all_but_port;
}

bool LogLines::accept(KeptLine& kept, Instant now) {
  const Scope scope = scope_of(kept);
  Login* const login = scope.login;
  if (login == nullptr || login->ses == kUnsetId) return false;
  const Belief belief = judge(kept);
  if (belief == Belief::unknown) return false;
  const Proof proof = proof_of(kept, *login);
  const bool settled = from_journal(kept.line()) || proof == Proof::all ||
                       now.boottime_ns - kept.read.boottime_ns >= kLogSettleNs;
  if (belief == Belief::disbelieved) {
    message(kept, true);
  } else if (!fits_login(kept.event(), *login)) {
    message(kept, true);
  } else if (proof != Proof::all && is_disputed(kept, *login)) {
    login->contradicted = true;
    message(kept, true);
  } else if (login->contradicted && proof == Proof::none && !from_journal(kept.line())) {
    message(kept, true);
  } else if (!settled) {
    return false;
  } else if (login->accepted) {
    message(kept, false);  // said twice
  } else {
    feed(kept, scope, proof);
  }
  return true;
}

void LogLines::feed(KeptLine& kept, const Scope& scope, Proof proof) {
  const LogEvent& event = kept.event();
  Login& login = *scope.login;
  const bool port_is_claimed = !from_journal(kept.line()) && proof == Proof::all_but_port;
  login.accepted = true;
  (void)learn(login.account, event.account);
  (void)learn(login.address, event.address);
  (void)learn(login, credential_of(event));
  if (login.port == 0) login.port = event.port;
  Fact fact = fact_of(kept, scope);
  fact.success = true;
  if (proof != Proof::none) fact.attribution.confidence = Attribution::Confidence::likely;
  if (port_is_claimed) fact.source_port = 0;
  SessionFact learnt{.account = event.account, .terminal = {}, .service = event.program,
                     .step = "accepted", .credential = credential_of(event)};
  if (login.failures.learn(book_.failures.take(event.address, event.account,
                                               kept.read.boottime_ns))) {
    learnt.failures_before = login.failures.attempts;
    learnt.keys_refused = login.failures.keys_refused;
  }
  const Session* const session = book_.sessions.find(login.ses);
  const bool is_typed = session == nullptr || session->type != SessionType::unknown;
  if (!is_typed) learnt.type = session_type(event.program);
  fact.kind = learnt;
  book_.tell(std::move(fact));
  if (!is_typed) book_.typed(login.ses, session_type(event.program), kept.read);
  if (port_is_claimed && event.port != 0) feed_port(kept, scope);
}

// The one thing of a line that records prove, and that they say nothing of.
void LogLines::feed_port(const KeptLine& kept, const Scope& scope) {
  Fact fact = fact_of(kept, scope);
  fact.log_text = {};  // it is with what the records prove
  fact.kind = SessionFact{.account = kept.event().account, .terminal = {},
                          .service = kept.event().program, .step = "accepted"};
  book_.tell(std::move(fact));
}

void LogLines::authentication(const KeptLine& kept, std::string_view step) {
  const LogEvent& event = kept.event();
  const Scope scope = scope_of(kept);
  Fact fact = fact_of(kept, scope);
  // Who is in leaves; who is not has failed.
  const bool is_in = scope.login != nullptr && scope.login->ses != kUnsetId;
  const bool leaves = event.kind == Kind::disconnected || (event.kind == Kind::closed && is_in);
  if (!leaves) fact.success = event.kind == Kind::accepted;
  fact.reason = event.reason;
  fact.kind = Authentication{.account = event.account,
                             .step = step,
                             .service = event.service.empty() ? event.program : event.service,
                             .exe = kept.line().exe,
                             .pid = pid_of(kept.line()),
                             .credential = credential_of(event),
                             .by_account = event.by_account,
                             .invalid_user = event.is_invalid_user ||
                                             event.kind == Kind::invalid_user};
  book_.tell(std::move(fact));
}

// Of what sshd tells of an attempt in one line, others tell why: only the first is one. But PAM's
// word is written always, and `Failed keyboard-interactive/pam` only from the third attempt on
// (auth.c, auth_log()): they are counted apart.
void LogLines::failed(const KeptLine& kept, std::string_view step) {
  const LogEvent& event = kept.event();
  authentication(kept, step);
  if (event.kind != Kind::failed) return;
  if (!event.reason.empty()) {
    if (event.method != kPamMethod) return;
    return count(kept, FailureTable::Teller::log_of_pam, FailedAs::attempt);
  }
  const bool certified = !event.certificate_id.empty() || event.key_type.ends_with("-CERT");
  count(kept, FailureTable::Teller::log, failed_as(event.method, certified));
}

void LogLines::refused_login(const KeptLine& kept) {
  authentication(kept, "refused");
  if (kept.event().reason != kTooManyAttempts) return;
  count(kept, FailureTable::Teller::excess, FailedAs::attempt);
}

void LogLines::count(const KeptLine& kept, FailureTable::Teller teller, FailedAs what) {
  // With the pid of any sshd, which all can see, everybody may write such a line into a file: there
  // PAM's records count.
  if (!from_journal(kept.line())) return;
  const LogEvent& event = kept.event();
  if (event.is_invalid_user || judge(kept) != Belief::believed) return;
  Login* const login =
      book_.logins.opened_after(event.address, event.account, line_boottime_ns(kept));
  if (login == nullptr) {
    return book_.failures.count(event.address, event.account, teller, what,
                                kept.read.boottime_ns, event.times);
  }
  // It comes late: the login that it came before is told already.
  if (teller == FailureTable::Teller::log_of_pam) return;
  if (teller == FailureTable::Teller::excess && login->failures.attempts != 0) return;
  if (what == FailedAs::attempt) login->late_failures.attempts += event.times;
  if (what == FailedAs::key) login->late_failures.keys_refused += event.times;
  if (!login->failures.learn(login->late_failures)) return;
  Fact fact = book_.fact_of(login->ses, kept.read);
  if (const Session* session = book_.sessions.find(login->ses)) fact.auid = session->auid;
  fact.login_name = book_.name_of(fact.auid);
  fact.kind = SessionFact{.account = login->account, .terminal = {}, .service = {},
                          .step = "failed-before", .failures_before = login->failures.attempts,
                          .keys_refused = login->failures.keys_refused};
  book_.tell(std::move(fact));
}

// ------------------------------------------------------------------ other programs

// systemd-logind calls a session by its number in the audit system, where it has one
// (logind-dbus.c, audit_session_from_pid()).
void LogLines::logind(const KeptLine& kept) {
  const std::string_view name = kept.event().session;
  uint32_t ses = kUnsetId;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), ses);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  const Session* session = is_number ? book_.sessions.find(ses) : nullptr;
  const bool is_its = session != nullptr && judge(kept) == Belief::believed &&
                      kept.event().account == book_.name_of(session->auid);
  if (!is_its) return message(kept, false);
  Scope scope;
  scope.ses = ses;
  scope.auid = session->auid;
  Fact fact = fact_of(kept, scope);
  fact.kind = SessionFact{.account = kept.event().account, .terminal = {},
                          .service = "systemd-logind", .step = "new-session",
                          .logind_session = name};
  book_.tell(std::move(fact));
}

bool LogLines::is_told_by_records(const KeptLine& kept) const {
  const LogEvent& event = kept.event();
  if (judge(kept) == Belief::disbelieved) return false;
  const uint32_t pid = pid_of(kept.line());
  switch (event.kind) {
    case Kind::command:
    case Kind::refused:
    case Kind::switched:
      return book_.privileges.of_line(pid, event.terminal, event.command) != nullptr;
    case Kind::account_changed:
    case Kind::password_changed:
      return pid != 0 && book_.privileges.of_line(pid, {}, {}) != nullptr;
    default: return false;
  }
}

// sudo's line about a command that has ended says of the command what the first one said, which
// came soon after sudo was executed, and stood alone where no record told of it. Who is older than
// that has told already. (A command may be made to look so: its user waits at the prompt. Records
// of sudo's and of what it executes tell of it all the same.)
bool LogLines::is_end_of_command(const KeptLine& kept) const {
  if (kept.event().operation != kEndOfCommand) return false;
  const Process* const process = writer_of(kept);
  return process == nullptr || line_boottime_ns(kept) - process->birth_ns > kLogWaitNs;
}

void LogLines::stand_alone(const KeptLine& kept, Instant now) {
  const LogEvent& event = kept.event();
  if (judge(kept) == Belief::disbelieved) return message(kept, true);
  Fact fact = fact_of(kept, scope_of(kept));
  switch (event.kind) {
    case Kind::accepted: return authentication(kept, "accepted");
    case Kind::command:
    case Kind::refused:
    case Kind::switched: {
      fact.success = event.kind != Kind::refused;
      fact.reason = event.reason;
      const std::string_view from = event.by_account.empty() ? event.account : event.by_account;
      const std::string_view command = whole_command(kept);
      // Another line of that process may come; no record of its own is meant.
      if (const uint32_t pid = pid_of(kept.line()); pid != 0) {
        book_.ask({.process = {pid, kNoBirth, false}, .read = now, .told = true});
      }
      fact.kind = PrivilegeChange{.by = event.program,
                                  .program = kept.line().exe,
                                  .command = command,
                                  .cwd = event.cwd,
                                  .account = event.target,
                                  .from_uid = book_.uid_of(from),
                                  .to_uid = book_.uid_of(event.target),
                                  .authority = from,
                                  .terminal = event.terminal,
                                  .pid = pid_of(kept.line())};
      return book_.tell(std::move(fact));
    }
    case Kind::account_changed:
    case Kind::password_changed:
      fact.success = event.reason.empty();
      fact.reason = event.reason;
      fact.kind = AccountChange{.operation = event.kind == Kind::password_changed &&
                                                     event.operation.empty()
                                                 ? "change-password"
                                                 : event.operation,
                                .account = event.account,
                                .program = event.program,
                                .id = event.id,
                                .group = event.group};
      return book_.tell(std::move(fact));
    default: return message(kept, false);
  }
}

void LogLines::message(const KeptLine& kept, bool disbelieved) {
  const LogLine& line = kept.line();
  // What is not believed stands in nobody's session.
  Fact fact = fact_of(kept, disbelieved ? Scope() : scope_of(kept));
  if (disbelieved) {
    fact.source_address = fact.source_hostname = fact.source_terminal = {};
    fact.source_port = 0;
    fact.target_kind = fact.target_name = {};
    fact.attribution.confidence = Attribution::Confidence::claimed;
  }
  fact.kind = LogMessage{.program = kept.event().program.empty() ? line.tag : kept.event().program,
                         .message = line.message,
                         .exe = line.exe,
                         .pid = pid_of(line),
                         .disbelieved = disbelieved};
  book_.tell(std::move(fact));
}

Fact LogLines::fact_of(const KeptLine& kept, const Scope& scope) const {
  const LogLine& line = kept.line();
  const LogEvent& event = kept.event();
  Fact fact;
  fact.time_ns = line.time_ns;
  fact.read = kept.read;
  fact.log_text = line.text;
  fact.rewritten = line.rewritten;
  if (line.is_cut) fact.incomplete |= incomplete_bit(Incomplete::text_cut);
  fact.origin = line.origin;
  fact.ses = scope.ses;
  fact.auid = scope.auid;
  fact.login_name = book_.name_of(scope.auid);
  const bool likely = from_journal(line) && judge(kept) == Belief::believed;
  fact.attribution = {scope.basis, likely ? Attribution::Confidence::likely
                                          : Attribution::Confidence::claimed};
  fact.source_address = event.address;
  fact.source_hostname = event.hostname;
  fact.source_terminal = event.terminal;
  fact.source_port = event.port;
  const std::string_view account = event.target.empty() ? event.account : event.target;
  if (!account.empty()) {
    fact.target_kind = "account";
    fact.target_name = account;
  }
  return fact;
}

}  // namespace spoor::agent
