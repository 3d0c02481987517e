#include "agent/correlate/line_facts.h"

#include <charconv>
#include <utility>

#include "agent/correlate/audit_facts.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

// Of no process that there is.
constexpr int64_t kNoBirth = -1;

// Of what may be the end of a command and is none, with what looked like it.
std::string_view whole_command(const KeptLine& kept) {
  const LogEvent& event = kept.event();
  const std::string_view message = kept.line().message;
  if (event.operation != kEndOfCommand) return event.command;
  const size_t at = message.find("COMMAND=" + std::string(event.command));
  return at == message.npos ? event.command : message.substr(at + 8);
}

}  // namespace

Credential credential_of(const LogEvent& event) {
  return {.method = event.method,
          .key_type = event.key_type,
          .key_fingerprint = event.key_fingerprint,
          .certificate_id = event.certificate_id,
          .certificate_authority = event.certificate_authority,
          .certificate_serial = event.certificate_serial.value_or(0)};
}

Fact LineFacts::fact_of(const KeptLine& kept, const LineScope& scope) const {
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
  const bool likely = from_journal(line) && check_.judge(kept) == Belief::believed;
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

void LineFacts::message(const KeptLine& kept, bool disbelieved) {
  const LogLine& line = kept.line();
  // What is not believed stands in nobody's session.
  Fact fact = fact_of(kept, disbelieved ? LineScope() : check_.scope_of(kept));
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

void LineFacts::authentication(const KeptLine& kept, std::string_view step) {
  const LogEvent& event = kept.event();
  const LineScope scope = check_.scope_of(kept);
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

// systemd-logind calls a session by its number in the audit system, where it has one
// (logind-dbus.c, audit_session_from_pid()).
void LineFacts::logind(const KeptLine& kept) {
  const std::string_view name = kept.event().session;
  uint32_t ses = kUnsetId;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), ses);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  const Session* session = is_number ? book_.sessions.find(ses) : nullptr;
  const bool is_its = session != nullptr && check_.judge(kept) == Belief::believed &&
                      kept.event().account == book_.name_of(session->auid);
  if (!is_its) return message(kept, false);
  LineScope scope;
  scope.ses = ses;
  scope.auid = session->auid;
  Fact fact = fact_of(kept, scope);
  fact.kind = SessionFact{.account = kept.event().account, .terminal = {},
                          .service = "systemd-logind", .step = "new-session",
                          .logind_session = name};
  book_.tell(std::move(fact));
}

void LineFacts::stand_alone(const KeptLine& kept, Instant now) {
  const LogEvent& event = kept.event();
  if (check_.judge(kept) == Belief::disbelieved) return message(kept, true);
  Fact fact = fact_of(kept, check_.scope_of(kept));
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

}  // namespace spoor::agent
