#include "collector/cli/event_words.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iterator>

#include "collector/cli/activity_words.h"
#include "collector/cli/words.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

std::string account_or_uid(const std::string& name, uint32_t uid) {
  if (name.empty()) return uid == 0 ? "root" : "uid " + std::to_string(uid);
  return visible(name);
}

// ` with ED25519 SHA256:…, certificate alice@corp serial 7` of what is there.
std::string key_text(const v1::Authentication& auth) {
  std::string out = visible(auth.key_type());
  if (!auth.key_fingerprint().empty()) {
    out += (out.empty() ? "" : " ") + visible(auth.key_fingerprint());
  }
  if (!out.empty()) out.insert(0, " with ");
  const std::string certificate = certificate_text(
      auth.certificate_id(), auth.certificate_serial(), auth.certificate_authority());
  return certificate.empty() ? out : out + ", " + certificate;
}

// ` (PAM:authentication, no such user)` of what is there.
std::string reasons(const std::string& step, const v1::Outcome& outcome) {
  std::string out = visible(step);
  if (!outcome.reason().empty()) out += (out.empty() ? "" : ", ") + visible(outcome.reason());
  return out.empty() ? out : " (" + out + ")";
}

StyledText authentication_text(const v1::Event& event, bool failed) {
  const v1::Authentication& auth = event.authentication();
  const bool is_side_step = auth.step() == "PAM:accounting" || auth.step() == "PAM:setcred";
  if (is_side_step && !failed) return {};
  if (auth.step() == "unset-login-uid") {
    return {Style::bad, "login uid given up by process " + std::to_string(auth.pid()) +
                            ": what it does from here on is told only with rules.unattended"};
  }
  const bool succeeded = event.outcome().result() == v1::Outcome::RESULT_SUCCESS;
  // A disconnect has no outcome, only a name.
  const bool is_named = !failed && !succeeded && !auth.step().empty();
  std::string text = auth.service().empty() ? "" : visible(auth.service()) + ": ";
  const std::string account = visible(auth.account());
  if (!is_named) text += "authentication of " + (account.empty() ? "an unknown account" : account);
  else text += visible(auth.step()) + (account.empty() ? "" : ": " + account);
  if (auth.invalid_user()) text += ", no such user,";
  if (!auth.by_account().empty()) text += " by " + visible(auth.by_account());
  text += failed ? " failed" : succeeded ? " succeeded" : "";
  const std::string from = from_text(event.source());
  if (!from.empty()) text += " from " + from;
  text += key_text(auth);
  const bool shows_step = auth.method().empty() && !is_named;
  text += reasons(shows_step ? auth.step() : auth.method(), event.outcome());
  return {failed ? Style::bad : Style::quiet, std::move(text)};
}

// Who had the rights before: the one who logged in, where it was that one.
std::string from_account(const v1::Event& event) {
  const v1::PrivilegeChange& change = event.privilege_change();
  const v1::Actor& actor = event.actor();
  const bool own = !actor.has_login_uid() || actor.login_uid() == change.from_uid();
  if (change.has_from_uid()) {
    return account_or_uid(own ? actor.login_name() : "", change.from_uid());
  }
  return change.authority().empty() ? "somebody" : visible(change.authority());
}

// `sudo alice → root: id -u`; of a program that changes by itself, which one.
StyledText privilege_text(const v1::Event& event, bool failed) {
  const v1::PrivilegeChange& change = event.privilege_change();
  std::string text = change.by().empty() ? "privilege change" : visible(change.by());
  text += failed ? " refused " : " ";
  const std::string from = from_account(event);
  text += from;
  const bool same = change.has_to_uid() && change.from_uid() == change.to_uid();
  if (change.capabilities() != 0 && same) {
    char mask[24];
    std::snprintf(mask, sizeof mask, "0x%" PRIx64, uint64_t{change.capabilities()});
    text += std::string(" gained capabilities ") + mask;
  } else if (change.to_gid() != 0 && change.from_uid() == change.to_uid()) {
    text += " gained group " + std::to_string(change.to_gid());
  } else if (!change.to_account().empty() || change.has_to_uid()) {
    text += " → " + account_or_uid(change.to_account(), change.to_uid());
  }
  if (!change.authority().empty() && visible(change.authority()) != from)
    text += " on the authority of " + visible(change.authority());
  if (!change.command().empty()) text += ": " + visible(change.command());
  else if (!change.program().empty()) text += ": " + shell_quote(change.program());
  if (failed) text += reasons("", event.outcome());
  return {failed ? Style::bad : Style::privilege, std::move(text)};
}

StyledText opened_text(const v1::SessionOpened& opened) {
  if (opened.has_old_login_uid()) {
    std::string text = "login uid changed: it was " + std::to_string(opened.old_login_uid());
    if (opened.old_ses() != 0) text += ", in session " + std::to_string(opened.old_ses());
    return {Style::warning, std::move(text)};
  }
  if (opened.found_running()) return {Style::quiet, "already open when the agent started"};
  return {};
}

StyledText closed_text(const v1::SessionClosed& closed) {
  std::string text = "session closed";
  if (closed.cause() == v1::SessionClosed::CAUSE_LOGGED_OUT) text += ": logged out";
  if (closed.cause() == v1::SessionClosed::CAUSE_LAST_PROCESS) text += ": its last process ended";
  if (closed.cause() == v1::SessionClosed::CAUSE_REBOOT) text += ": the host went down";
  if (closed.cause() == v1::SessionClosed::CAUSE_LOGGED_OUT && !closed.has_processes_left()) {
    text += "; it is not known who is left of it";
  } else if (closed.processes_left() > 0) {
    text += ", " + counted(closed.processes_left(), "process", "processes") + " left running";
  }
  return {Style::quiet, std::move(text)};
}

StyledText account_text(const v1::AccountChange& change, bool failed) {
  std::string text = visible(change.operation().empty() ? "account change" : change.operation());
  if (!change.account().empty()) text += " " + visible(change.account());
  if (!change.group().empty()) text += " in group " + visible(change.group());
  if (!change.program().empty()) text += " by " + visible(change.program());
  return {failed ? Style::bad : Style::warning, text + (failed ? ": refused" : "")};
}

// pam_tty_audit, when a session begins and ends. Whoever may do so can switch it off within one.
StyledText input_audit_text(const v1::AuditConfigChange& change) {
  const bool on = change.new_value() != "0";
  const bool passwords = change.setting() == "log_passwd";
  const char* const what = passwords ? "typed passwords are" : "typed input is";
  return {on ? Style::quiet : Style::warning,
          std::string(what) + (on ? " recorded from here on" : " not recorded any more")};
}

StyledText audit_config_text(const v1::AuditConfigChange& change) {
  if (change.operation() == "tty_set" && !change.setting().empty()) return input_audit_text(change);
  std::string text = "audit configuration";
  if (!change.operation().empty()) text += ": " + visible(change.operation());
  if (!change.setting().empty()) text += " " + visible(change.setting());
  if (!change.old_value().empty() || !change.new_value().empty()) {
    text += " " + visible(change.old_value()) + " → " + visible(change.new_value());
  }
  if (!change.rule_key().empty()) text += " (key " + visible(change.rule_key()) + ")";
  if (change.by_spoor()) return {Style::quiet, text + " by Spoor"};
  return {Style::warning, std::move(text)};
}

StyledText fact_text(const v1::Event& event, bool failed) {
  if (!failed) return {};
  return {Style::bad, (event.session_fact().service().empty()
                           ? std::string("session")
                           : visible(event.session_fact().service())) +
                          ": failed" + reasons(event.session_fact().step(), event.outcome())};
}

// Whoever may write into the audit stream or a log may write anything there: this is not the login
// or logout that it says, and somebody wants us to take it for one.
StyledText disbelieved_text(const v1::DisbelievedRecord& record) {
  std::string text = "not believed: " + visible(record.record_type());
  if (!record.account().empty()) text += " of " + visible(record.account());
  text += ", written by " + (record.exe().empty() ? "an unknown program"
                                                  : shell_quote(record.exe()));
  text += " (pid " + std::to_string(record.pid()) + ")";
  if (!record.claimed_exe().empty()) text += " as " + shell_quote(record.claimed_exe());
  if (!record.reason().empty()) text += ": " + visible(record.reason());
  return {Style::alarm, std::move(text)};
}

// Steps of a login that went well, which records or other lines tell of: with sshd's LogLevel
// VERBOSE they would be most of a short trail.
bool is_bookkeeping(const std::string& message) {
  const auto has = [&](const char* words) { return message.find(words) != std::string::npos; };
  if (message.starts_with("pam_"))
    return has(":session): session opened for user ") ||
           has(":session): session closed for user ") || has("pam_tty_audit(") ||
           has(": deprecated reading of user environment enabled");
  static constexpr const char* kSteps[] = {
      "User child is on pid ", "Starting session: ", "Close session: ", "Connection from ",
      "Accepted key ",         "Accepted certificate ID ",  "Postponed "};
  return std::any_of(std::begin(kSteps), std::end(kSteps),
                     [&](const char* step) { return message.starts_with(step); });
}

StyledText log_text(const v1::LogMessage& log) {
  if (!log.disbelieved() && is_bookkeeping(log.message())) return {};
  std::string text = log.program().empty() ? "log" : visible(log.program());
  if (log.pid() != 0) text += "[" + std::to_string(log.pid()) + "]";
  text += ": " + visible(log.message());
  if (!log.disbelieved()) return {Style::quiet, std::move(text)};
  const std::string by = log.exe().empty() ? "" : ", written by " + shell_quote(log.exe());
  return {Style::alarm, "not believed: a log line" + by + ": " + text};
}

// By its name in the schema; by its number where this program is older than the event.
StyledText other_text(const v1::Event& event) {
  const auto* kinds = v1::Event::descriptor()->FindOneofByName("kind");
  const auto* kind = event.GetReflection()->GetOneofFieldDescriptor(event, kinds);
  if (kind != nullptr) {
    std::string text = kind->name();
    for (char& c : text) c = c == '_' ? ' ' : c;
    if (event.has_other_record()) text = visible(event.other_record().record_type()) + " record";
    return {Style::quiet, std::move(text)};
  }
  const auto& unknown = event.GetReflection()->GetUnknownFields(event);
  std::string text = "an event of a kind that this program does not know";
  if (unknown.field_count() > 0) text += " (" + std::to_string(unknown.field(0).number()) + ")";
  return {Style::warning, std::move(text)};
}

// `apparmor denied open /etc/shadow`, `anomaly reported abend (SIGSEGV)`
StyledText decision_text(const v1::SecurityDecision& decision) {
  std::string text = visible(decision.module()) + (decision.denied() ? " denied" : " reported");
  for (const std::string& part : {visible(decision.operation()), visible(decision.object())})
    if (!part.empty()) text += " " + part;
  if (decision.signal() != 0) text += " (" + signal_name(decision.signal()) + ")";
  return {Style::bad, std::move(text)};
}

StyledText kind_text(const v1::Event& event) {
  const bool failed = event.outcome().result() == v1::Outcome::RESULT_FAILURE;
  switch (event.kind_case()) {
    case v1::Event::kAuthentication: return authentication_text(event, failed);
    case v1::Event::kPrivilegeChange: return privilege_text(event, failed);
    case v1::Event::kSessionOpened: return opened_text(event.session_opened());
    case v1::Event::kSessionFact: return fact_text(event, failed);
    case v1::Event::kSessionClosed: return closed_text(event.session_closed());
    case v1::Event::kAccountChange: return account_text(event.account_change(), failed);
    case v1::Event::kAuditConfigChange: return audit_config_text(event.audit_config_change());
    case v1::Event::kService:
      return {failed ? Style::bad : Style::quiet,
              "service " + visible(event.service().unit()) + ": " +
                  visible(event.service().operation()) + (failed ? " failed" : "")};
    case v1::Event::kSecurityDecision: return decision_text(event.security_decision());
    case v1::Event::kFileAccess: return file_text(event);
    case v1::Event::kNetwork: return network_text(event);
    case v1::Event::kTypedInput: return input_text(event.typed_input());
    case v1::Event::kDisbelievedRecord: return disbelieved_text(event.disbelieved_record());
    case v1::Event::kLogMessage: return log_text(event.log_message());
    default: return other_text(event);
  }
}

}  // namespace

StyledText event_text(const v1::Event& event) {
  const StyledText text = kind_text(event);
  const bool is_claim =
      event.attribution().confidence() == v1::Attribution::CONFIDENCE_CLAIMED;
  if (!is_claim || text.empty()) return text;
  // In front: a line may be cut behind. A record's writer was gone before anybody looked at it.
  const bool is_record = event.origin().source() == "audit";
  return StyledText(Style::warning, is_record ? "a program claims: " : "a log file claims: ")
      .add(text);
}

}  // namespace spoor::cli
