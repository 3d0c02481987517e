#include "agent/correlate/log_lines.h"

#include <utility>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/programs.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

// auth.c, auth_maxtries_exceeded()
constexpr std::string_view kTooManyAttempts = "maximum authentication attempts exceeded";

// ssh_log.cc: of `error: PAM: Authentication failure for …`
constexpr std::string_view kPamMethod = "keyboard-interactive/pam";

// What sshd or login refuses is a login; what sudo does, a change of privilege.
bool is_of_login(std::string_view program) {
  return is_session_program(program) && !changes_privilege(program);
}

bool says_the_same(const LogEvent& a, const LogEvent& b) {
  return a.account == b.account && a.address == b.address && a.port == b.port &&
         a.method == b.method && a.key_fingerprint == b.key_fingerprint &&
         a.certificate_id == b.certificate_id;
}

bool fits(std::string_view known, std::string_view said) {
  return known.empty() || said.empty() || known == said.substr(0, kLoginTextBytesMax);
}

}  // namespace

// ------------------------------------------------------------------ lines that come and wait

void LogLines::add(const LogLine& line, const LogEvent& event, Instant now) {
  KeptLine kept(line, event, now);
  if (!settle(kept, now)) book_.room.wait(std::move(kept));
  while (auto due = book_.room.take_due(now)) facts_.stand_alone(*due, now);
}

// Who fails to log in can make lines and records come as fast as he likes: so a line that waits is
// looked at for a record of its own process, and once when it has settled.
void LogLines::tick(Instant now) {
  while (auto due = book_.room.take_due(now)) facts_.stand_alone(*due, now);
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
  const auto any = [](KeptLine&) { return true; };
  while (auto rest = book_.room.take(any)) facts_.stand_alone(*rest, now);
}

bool LogLines::settle(KeptLine& kept, Instant now) {
  if (check_.judge(kept) == Belief::disbelieved) {
    // What the process has executed may not have been read yet.
    const bool may_change = now.boottime_ns - kept.read.boottime_ns < kLogSettleNs &&
                            !kept.line().in_container &&
                            check_.ran(kept) == LineCheck::Ran::another;
    if (!may_change) facts_.message(kept, true);
    return !may_change;
  }
  switch (kept.event().kind) {
    case Kind::accepted: return accept(kept, now);
    case Kind::failed: failed(kept, "failed"); return true;
    case Kind::invalid_user: failed(kept, "invalid-user"); return true;
    case Kind::disconnected: facts_.authentication(kept, "disconnected"); return true;
    case Kind::closed: facts_.authentication(kept, "closed"); return true;
    case Kind::logind_opened: facts_.logind(kept); return true;
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
      facts_.message(kept, false);
      return true;
    default: facts_.message(kept, false); return true;
  }
}

bool LogLines::is_told_by_records(const KeptLine& kept) const {
  const LogEvent& event = kept.event();
  if (check_.judge(kept) == Belief::disbelieved) return false;
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
  const Process* const process = check_.writer_of(kept);
  return process == nullptr || line_boottime_ns(kept) - process->birth_ns > kLogWaitNs;
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
  const LineScope scope = check_.scope_of(kept);
  Login* const login = scope.login;
  if (login == nullptr || login->ses == kUnsetId) return false;
  const Belief belief = check_.judge(kept);
  if (belief == Belief::unknown) return false;
  const Proof proof = proof_of(kept, *login);
  const bool settled = from_journal(kept.line()) || proof == Proof::all ||
                       now.boottime_ns - kept.read.boottime_ns >= kLogSettleNs;
  if (belief == Belief::disbelieved) {
    facts_.message(kept, true);
  } else if (!fits_login(kept.event(), *login)) {
    facts_.message(kept, true);
  } else if (proof != Proof::all && is_disputed(kept, *login)) {
    login->contradicted = true;
    facts_.message(kept, true);
  } else if (login->contradicted && proof == Proof::none && !from_journal(kept.line())) {
    facts_.message(kept, true);
  } else if (!settled) {
    return false;
  } else if (login->accepted) {
    facts_.message(kept, false);  // said twice
  } else {
    feed(kept, scope, proof);
  }
  return true;
}

void LogLines::feed(KeptLine& kept, const LineScope& scope, Proof proof) {
  const LogEvent& event = kept.event();
  Login& login = *scope.login;
  const bool port_is_claimed = !from_journal(kept.line()) && proof == Proof::all_but_port;
  login.accepted = true;
  (void)learn(login.account, event.account);
  (void)learn(login.address, event.address);
  (void)learn(login, credential_of(event));
  if (login.port == 0) login.port = event.port;
  Fact fact = facts_.fact_of(kept, scope);
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
void LogLines::feed_port(const KeptLine& kept, const LineScope& scope) {
  Fact fact = facts_.fact_of(kept, scope);
  fact.log_text = {};  // it is with what the records prove
  fact.kind = SessionFact{.account = kept.event().account, .terminal = {},
                          .service = kept.event().program, .step = "accepted"};
  book_.tell(std::move(fact));
}

// ------------------------------------------------------------------ who did not

// Of what sshd tells of an attempt in one line, others tell why: only the first is one. But PAM's
// word is written always, and `Failed keyboard-interactive/pam` only from the third attempt on
// (auth.c, auth_log()): they are counted apart.
void LogLines::failed(const KeptLine& kept, std::string_view step) {
  const LogEvent& event = kept.event();
  facts_.authentication(kept, step);
  if (event.kind != Kind::failed) return;
  if (!event.reason.empty()) {
    if (event.method != kPamMethod) return;
    return count(kept, FailureTable::Teller::log_of_pam, FailedAs::attempt);
  }
  const bool certified = !event.certificate_id.empty() || event.key_type.ends_with("-CERT");
  count(kept, FailureTable::Teller::log, failed_as(event.method, certified));
}

void LogLines::refused_login(const KeptLine& kept) {
  facts_.authentication(kept, "refused");
  if (kept.event().reason != kTooManyAttempts) return;
  count(kept, FailureTable::Teller::excess, FailedAs::attempt);
}

void LogLines::count(const KeptLine& kept, FailureTable::Teller teller, FailedAs what) {
  // With the pid of any sshd, which all can see, everybody may write such a line into a file: there
  // PAM's records count.
  if (!from_journal(kept.line())) return;
  const LogEvent& event = kept.event();
  if (event.is_invalid_user || check_.judge(kept) != Belief::believed) return;
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

}  // namespace spoor::agent
