// How sshd logs somebody in, and which process says what (OpenSSH 9.2 with PAM, by its records):
//
//   listener ─ fork ─► monitor, root ─ fork ─► the connection before login, then the user's shell
//                      USER_AUTH, USER_ACCT, CRED_ACQ   no session yet
//                      LOGIN                            the kernel: from here on it has one
//                      USER_START, CRED_REFR, USER_LOGIN
//                      USER_END, CRED_DISP
//
// All but LOGIN are the monitor's words, and a Login keeps what is learnt from them.
#include "agent/correlate/user_records.h"

#include <algorithm>
#include <utility>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/programs.h"
#include "agent/correlate/record_view.h"
#include "agent/correlate/security_facts.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

// libpam, pam_audit.c: pam_authenticate() has an end.
constexpr std::string_view kPamAuthentication = "PAM:authentication";
constexpr uint16_t kUserAuth = 1100, kUserAvc = 1107, kUserEnd = 1106, kServiceStart = 1130;

std::optional<uint32_t> unless_unset(uint32_t id) {
  return id == kUnsetId ? std::nullopt : std::optional(id);
}

// What a record says of how somebody proved who he is. CRYPTO_KEY_USER speaks of the host's own
// keys, too.
Credential credential_of(const AuditEvent& event) {
  const UserFields& user = *event.user;
  Credential how;
  const std::string_view op = event.bytes(user.op);
  if (user.success == false) return how;
  if (op == "pubkey_auth") how.method = "publickey";
  if (op == "hostbased_auth") how.method = "hostbased";
  if (event.bytes(user.key_kind) == "auth-key" || op == "key") {
    how.key_fingerprint = event.bytes(user.fingerprint);
    how.key_type = event.bytes(user.key_type);
  }
  return how;
}

// What a USER_AUTH that failed counts as. sshd's own words (Fedora): audit-linux.c, event_name[].
std::pair<FailureTable::Teller, FailedAs> failure_of(std::string_view op) {
  using Teller = FailureTable::Teller;
  if (op == kPamAuthentication) return {Teller::pam, FailedAs::attempt};
  if (op == "maxtries exceeded") return {Teller::excess, FailedAs::attempt};
  if (op == "password" || op == "challenge-response") return {Teller::program, FailedAs::attempt};
  const FailedAs what = failed_as(op, false);
  return {Teller::program, what == FailedAs::key ? what : FailedAs::nothing};
}

// Words for no account that anybody has: sshd's for one that does not exist, PAM's for none.
bool is_account(std::string_view name) {
  return !name.empty() && name != "?" && !name.starts_with('(');
}

// The process that closes its session, and the parts of it that execute nothing: sshd's part that
// served the user is on its way out when the monitor says that he left. (What was found in /proc
// may have executed anything.)
uint32_t own_processes(const Process& self, uint32_t ses) {
  const auto lives = [&](const Process& process) { return !process.ended && process.ses == ses; };
  uint32_t own = lives(self) ? 1 : 0;
  for (const Process* part = self.first_child; part != nullptr; part = part->next_sibling)
    own += lives(*part) && part->commands == 0 && !part->key.rounded ? 1 : 0;
  return own;
}

bool says_something(const Credential& how) {
  return !how.method.empty() || !how.key_fingerprint.empty();
}

}  // namespace

// ------------------------------------------------------------------ LOGIN

void UserRecords::note_writer(const AuditEvent& event, const ProcessKey& process) {
  if (event.seen) book_.writers.saw(process, *event.seen);
  // Beside a LOGIN stands who made the call, in the kernel's words.
  if (event.login && event.syscall && event.syscall->pid == process.pid) {
    book_.writers.runs(process, event.bytes(event.syscall->exe));
  }
}

void UserRecords::login(const AuditEvent& event, Fact fact) {
  book_.touch(event.login->pid);
  const LoginFields& login = *event.login;
  if (!login.success) {  // refused: somebody tried to become another login uid
    fact.kind = Authentication{.account = book_.name_of(login.auid), .step = "set-login-uid",
                               .service = {}, .exe = {}, .pid = login.pid};
    return book_.tell(std::move(fact));
  }
  const int64_t at_ns = boottime_ns(event);
  SessionOpened opened;
  opened.old_auid = unless_unset(login.old_auid);
  opened.old_ses = unless_unset(login.old_ses);
  const bool gives_up = login.ses == kUnsetId;
  if (!gives_up && !opened.old_ses) opened.old_ses = left_before(login, at_ns);
  opened.process = gives_up ? processes_.give_up(login.pid, at_ns, opened.old_ses)
                            : processes_.login(login.pid, at_ns, login.ses, login.auid);
  opened.terminal = event.bytes(login.tty);
  if (opened.process.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  note_writer(event, opened.process);
  fact.target_kind = "account";
  fact.target_name = fact.login_name;
  if (gives_up) return gave_up(opened, std::move(fact));
  Session& session = book_.sessions.opened(login.ses, login.auid, opened.process);
  session.counted = opened.process.birth_ns != 0;
  Login& known = book_.logins.take(opened.process);
  SessionOpener by{.exe = {}, .comm = {}, .account = fact.login_name,
                   .has_terminal = login.tty.size != 0};
  if (event.syscall) {
    by.exe = event.bytes(event.syscall->exe);
    by.comm = event.bytes(event.syscall->comm);
    by.has_terminal |= event.syscall->tty.size != 0;
  }
  SessionType type = by.exe.empty() ? known.type : session_type(by);
  if (book_.writers.is_in_container(opened.process)) type = SessionType::container;
  // What was said before by a program that it is not, or for another login.
  if (known.ses != kUnsetId || type != known.type) {
    const ProcessKey process = known.process;
    known = Login{.process = process, .type = type, .used = known.used};
  }
  known.ses = login.ses;
  known.opened_ns = at_ns;
  (void)learn(known.account, fact.login_name);
  known.failures = book_.failures.take(known.address, known.account, at_ns);
  opened.type = known.type;
  opened.local_port = known.local_port;
  fact.source_address = known.address;
  fact.source_port = known.port;
  const bool learnt = says_something(known.credential()) || known.failures != Failures();
  const bool ends_event = fact.ends_event;
  fact.ends_event = ends_event && !learnt;
  fact.kind = opened;
  book_.tell(fact);
  if (learnt) {
    fact.ends_event = ends_event;
    fact.attribution = {Attribution::Basis::pid, Attribution::Confidence::likely};
    fact.kind = SessionFact{.account = known.account,
                            .terminal = {},
                            .service = {},
                            .step = {},
                            .credential = known.credential(),
                            .type = known.type,
                            .failures_before = known.failures.attempts,
                            .keys_refused = known.failures.keys_refused};
    book_.tell(fact);
  }
  if (opened.type != SessionType::unknown) {
    book_.typed(login.ses, opened.type, event.first_read);
  }
  if (opened.old_ses) book_.left_by_login(*opened.old_ses, event.first_read);
}

// The session of one that gave its login uid up before: it does not go without a trace by taking
// another.
std::optional<uint32_t> UserRecords::left_before(const LoginFields& login, int64_t at_ns) const {
  const Process* const process = processes_.find(login.pid, at_ns);
  if (process == nullptr || process->auid != kUnsetId || process->ses == login.ses) return {};
  return unless_unset(process->ses);
}

// It has no session, as far as the kernel goes: the trail of the one it had says so.
void UserRecords::gave_up(const SessionOpened& left, Fact fact) {
  if (left.old_ses) {
    fact.ses = *left.old_ses;
    fact.attribution = {};
  }
  fact.target_name = book_.name_of(left.old_auid);
  fact.kind = Authentication{.account = fact.target_name, .step = "unset-login-uid",
                             .service = {}, .exe = {}, .pid = left.process.pid};
  book_.tell(std::move(fact));
}

// ------------------------------------------------------------------ programs

SessionType UserRecords::type_of(const Speaker& who) {
  return session_type(SessionOpener{.exe = who.exe, .comm = {}, .account = who.account,
                                    .has_terminal = who.terminal.starts_with("/dev/")});
}

UserRecords::Speaker UserRecords::speaker_of(const AuditEvent& event, bool feeds) {
  const UserFields& user = *event.user;
  Speaker who;
  who.at_ns = boottime_ns(event);
  who.process = book_.process_of(user.pid, who.at_ns);
  who.exe = event.bytes(user.exe);
  who.op = event.bytes(user.op);
  who.account = event.bytes(user.account);
  who.terminal = event.bytes(user.terminal);
  if (who.account.empty()) who.account = book_.name_of(user.id);
  if (!feeds) return who;
  // Before the LOGIN whoever may log somebody in; behind it the one that did.
  who.login = book_.logins.find(who.process);
  const bool may_log_in = user.ses == kUnsetId && is_session_program(who.exe);
  if (who.login == nullptr && may_log_in) who.login = &book_.logins.take(who.process);
  // Where no birth is known, another process has the pid of one that logged in long ago.
  if (who.login != nullptr && who.login->ses != kUnsetId && may_log_in) {
    *who.login = Login{.process = who.process, .used = who.login->used};
  }
  return who;
}

void UserRecords::user(const AuditEvent& event, Fact fact) {
  book_.touch(event.user->pid);
  if (event.user->about_pid != 0) book_.touch(event.user->about_pid);
  const Speaker who = speaker_of(event, false);
  note_writer(event, who.process);
  const UserKind kind = user_kind(*event.user);
  if (kind != UserKind::service && kind != UserKind::other && !who.account.empty()) {
    fact.target_kind = "account";
    fact.target_name = who.account;
  }
  fact.source_port = event.user->port;
  const Judgement judged = book_.writers.judge(
      who.process, who.exe, book_.program_of(who.process, who.at_ns), event.user->auid != kUnsetId);
  // libaudit names the program in each record of a login: who does not has something to hide.
  const bool is_of_login = kind == UserKind::authentication || kind == UserKind::session_start ||
                           kind == UserKind::session_end;
  if (book_.writers.is_asked() && is_of_login && who.exe.empty() && !judged.is_really.empty()) {
    return disbelieve(event, who, {Belief::disbelieved, judged.is_really,
                                   "it does not name the program that wrote it"}, std::move(fact));
  }
  if (judged.belief == Belief::disbelieved) {
    return disbelieve(event, who, judged, std::move(fact));
  }
  book_.raises.spoke(who.process);
  if (judged.belief == Belief::unknown) return claim(event, who, std::move(fact));
  // Who comes and goes is the word of programs that let people in, and of no other.
  const bool is_login = kind == UserKind::session_start || kind == UserKind::session_end;
  const bool is_another = !who.exe.empty() && !is_session_program(who.exe);
  if (is_login && is_another) return plain(event, who, std::move(fact));
  believe(event, speaker_of(event, true), std::move(fact));
}

void UserRecords::disbelieve(const AuditEvent& event, const Speaker& who, const Judgement& why,
                             Fact fact) {
  const std::string type = record_type_name(event.user->type);
  fact.attribution = {Attribution::Basis::record, Attribution::Confidence::claimed};
  fact.kind = DisbelievedRecord{.record_type = type,
                                .exe = why.is_really,
                                .claimed_exe = who.exe,
                                .account = who.account,
                                .step = who.op,
                                .reason = why.reason,
                                .pid = event.user->pid};
  book_.tell(std::move(fact));
}

// Nobody knows who wrote it: it is told as what it claims, and changes nothing.
void UserRecords::claim(const AuditEvent& event, const Speaker& who, Fact fact) {
  fact.attribution = {Attribution::Basis::record, Attribution::Confidence::claimed};
  switch (user_kind(*event.user)) {
    case UserKind::authentication:
    case UserKind::session_start:
    case UserKind::session_end:
      fact.kind = Authentication{.account = who.account,
                                 .step = who.op,
                                 .service = base_name(who.exe),
                                 .exe = who.exe,
                                 .pid = event.user->pid};
      return book_.tell(std::move(fact));
    case UserKind::privilege:
      fact.kind = PrivilegeChange{.by = who.exe.empty() ? "sudo" : base_name(who.exe),
                                  .program = who.exe,
                                  .command = event.bytes(event.user->command),
                                  .cwd = event.bytes(event.user->cwd),
                                  .account = {},
                                  .from_uid = event.user->uid,
                                  .to_uid = kUnsetId,
                                  .terminal = who.terminal,
                                  .pid = event.user->pid};
      return book_.tell(std::move(fact));
    default: return plain(event, who, std::move(fact));
  }
}

void UserRecords::believe(const AuditEvent& event, const Speaker& who, Fact fact) {
  switch (user_kind(*event.user)) {
    case UserKind::account:
      book_.ask({.process = who.process, .read = event.first_read, .told = true});
      return plain(event, who, std::move(fact));
    case UserKind::authentication: return authenticated(event, who, std::move(fact));
    case UserKind::session_start: return started(event, who, std::move(fact));
    case UserKind::session_end: return ended(event, who, std::move(fact));
    case UserKind::privilege: return asked(event, who, std::move(fact));
    default: return plain(event, who, std::move(fact));
  }
}

// What opens, feeds and closes nothing.
void UserRecords::plain(const AuditEvent& event, const Speaker& who, Fact fact) {
  const UserFields& user = *event.user;
  switch (user_kind(user)) {
    case UserKind::account:
      fact.kind = AccountChange{account_operation(event, user), who.account, who.exe, user.id};
      break;
    case UserKind::service:
      fact.target_kind = "unit";
      fact.target_name = event.bytes(user.unit);
      fact.kind = Service{fact.target_name, user.type == kServiceStart ? "start" : "stop"};
      break;
    default: fact.kind = OtherRecord{}; break;
  }
  const AuditEvent::Record* const avc = first_record(event, kUserAvc);
  if (avc != nullptr && user.type == kUserAvc) {
    SecurityDecision decision = decision_of(event, *avc);
    // Who asked the program: of D-Bus, the sender.
    if (user.about_pid != 0) decision.command = book_.command_of(user.about_pid, who.at_ns);
    fact.kind = decision;
  }
  book_.tell(std::move(fact));
}

void UserRecords::authenticated(const AuditEvent& event, const Speaker& who, Fact fact) {
  const UserFields& user = *event.user;
  const bool failed = user.success == false;
  const Credential how = credential_of(event);
  if (became(event, who, fact)) return book_.tell(std::move(fact));
  if (Login* const login = who.login) {
    const std::string_view address = event.bytes(user.address);
    (void)learn(login->address, address);
    if (!failed && is_account(who.account)) (void)learn(login->account, who.account);
    (void)learn(*login, how);
    if (login->type == SessionType::unknown) login->type = type_of(who);
    if (user.port != 0) login->port = user.port;
    if (user.local_port != 0) login->local_port = user.local_port;
    // It may be the monitor itself, where sshd has no parts.
    if (user.about_pid != user.pid && user.about_pid != 0) login->part_pid = user.about_pid;
    login->pam_proved |= user.type == kUserAuth && user.success == true &&
                         who.op == kPamAuthentication && login->account == who.account;
    if (failed && user.type == kUserAuth && is_account(who.account)) {
      const auto [teller, what] = failure_of(who.op);
      book_.failures.count(address, who.account, teller, what, who.at_ns);
    }
  }
  fact.kind = Authentication{.account = who.account,
                             .step = who.op,
                             .service = base_name(who.exe),
                             .exe = who.exe,
                             .pid = user.pid,
                             .credential = how,
                             .invalid_user = failed && who.account == "(invalid user)"};
  book_.tell(std::move(fact));
}

// sudo says first what it will run and then, by any of these, as whom. su and pkexec say it once,
// when they open the session of the account that they become.
bool UserRecords::became(const AuditEvent& event, const Speaker& who, Fact& fact) {
  const UserFields& user = *event.user;
  const bool worked = user.success != false && is_account(who.account);
  if (!worked || !changes_privilege(who.exe)) return false;
  const bool opens = user_kind(user) == UserKind::session_start;
  PrivilegeAsked* known = book_.privileges.find(who.process);
  // sudo checks the account of whom asks, too: only what comes behind USER_CMD is about the other.
  if (known == nullptr && !opens) return false;
  if (known != nullptr && known->told) return false;
  if (known == nullptr) {
    book_.ask({.process = who.process,
               .ses = user.ses,
               .auid = user.auid,
               .from_uid = user.uid,
               .program = std::string(who.exe),
               .command = {},
               .cwd = {},
               .terminal = std::string(who.terminal),
               .time_ns = fact.time_ns,
               .read = event.first_read});
    known = book_.privileges.find(who.process);
  }
  known->told = true;
  fact.rewritten |= known->rewritten;
  fact.kind = PrivilegeChange{.by = base_name(who.exe),
                              .program = who.exe,
                              .command = known->command,
                              .cwd = known->cwd,
                              .account = who.account,
                              .from_uid = known->from_uid,
                              .to_uid = book_.uid_of(who.account),
                              .cause = book_.command_of(user.pid, who.at_ns),
                              .authority = fact.login_name,
                              .terminal = who.terminal,
                              .pid = user.pid};
  return true;
}

void UserRecords::asked(const AuditEvent& event, const Speaker& who, Fact fact) {
  const UserFields& user = *event.user;
  const bool failed = user.success == false;
  const std::string_view program = who.exe.empty() ? "sudo" : who.exe;
  const std::string_view command = event.bytes(user.command), cwd = event.bytes(user.cwd);
  book_.ask({.process = who.process,
             .ses = user.ses,
             .auid = user.auid,
             .from_uid = user.uid,
             .program = std::string(program),
             .command = std::string(command.substr(0, kPrivilegeTextBytesMax)),
             .cwd = std::string(cwd.substr(0, kPrivilegeTextBytesMax)),
             .terminal = std::string(who.terminal),
             .time_ns = fact.time_ns,
             .read = event.first_read,
             .told = failed,
             .rewritten = event.rewritten});
  if (!failed) {
    fact.kind = SessionFact{.account = {}, .terminal = who.terminal,
                            .service = base_name(program), .step = "command"};
    return book_.tell(std::move(fact));
  }
  fact.kind = PrivilegeChange{.by = base_name(program),
                              .program = who.exe,
                              .command = command,
                              .cwd = cwd,
                              .account = {},
                              .from_uid = user.uid,
                              .to_uid = kUnsetId,
                              .cause = book_.command_of(user.pid, who.at_ns),
                              .authority = fact.login_name,
                              .terminal = who.terminal,
                              .pid = user.pid};
  book_.tell(std::move(fact));
}

void UserRecords::started(const AuditEvent& event, const Speaker& who, Fact fact) {
  const UserFields& user = *event.user;
  const bool own = user.ses != kUnsetId && book_.sessions.user_started(user.ses, who.process);
  if (!own && became(event, who, fact)) return book_.tell(std::move(fact));
  SessionFact learnt{.account = who.account, .terminal = who.terminal,
                     .service = base_name(who.exe), .step = who.op};
  if (own && who.login != nullptr) {
    Login& login = *who.login;
    const std::string_view address = event.bytes(user.address);
    (void)learn(login.address, address);
    if (is_account(who.account)) (void)learn(login.account, who.account);
    if (login.failures.learn(book_.failures.take(login.address, login.account, who.at_ns))) {
      learnt.failures_before = login.failures.attempts;
      learnt.keys_refused = login.failures.keys_refused;
    }
    const Session* session = book_.sessions.find(user.ses);
    if (session->type == SessionType::unknown && is_session_program(who.exe)) {
      learnt.type = login.type = type_of(who);
    }
  }
  fact.kind = learnt;
  book_.tell(std::move(fact));
  if (learnt.type != SessionType::unknown) book_.typed(user.ses, learnt.type, event.first_read);
}

void UserRecords::ended(const AuditEvent& event, const Speaker& who, Fact fact) {
  const UserFields& user = *event.user;
  fact.kind = SessionFact{.account = who.account, .terminal = who.terminal,
                          .service = base_name(who.exe), .step = who.op};
  const Session* session = user.ses == kUnsetId ? nullptr : book_.sessions.find(user.ses);
  // "login": sshd's word that a terminal was given back; the connection may go on with another.
  const bool may_close = session != nullptr && user.type == kUserEnd && who.op != "login" &&
                         (!changes_privilege(who.exe) || session->type == SessionType::su);
  if (may_close) {
    const Process* self = processes_.find(user.pid, who.at_ns);
    const uint32_t living = processes_.living(user.ses);
    const uint32_t own = self == nullptr ? 0 : own_processes(*self, user.ses);
    const uint32_t others = living - std::min(own, living);
    const auto left = session->counted ? std::optional(others) : std::nullopt;
    if (book_.sessions.user_ended(user.ses, who.process, left)) {
      fact.kind = SessionClosed{SessionClosed::Cause::logged_out, left};
    }
  }
  book_.tell(std::move(fact));
}

}  // namespace spoor::agent
