#include "collector/cli/words.h"

#include <cstring>
#include <string_view>

#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

std::string signal_name(uint32_t number) {
  const char* name = sigabbrev_np(static_cast<int>(number));
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

std::string error_name(int32_t number) {
  const char* name = strerrorname_np(number);
  return name == nullptr ? "error " + std::to_string(number) : name;
}

const char* type_word(v1::SessionOpened::Type type) {
  switch (type) {
    case v1::SessionOpened::TYPE_SSH: return "ssh";
    case v1::SessionOpened::TYPE_CONSOLE: return "console";
    case v1::SessionOpened::TYPE_CRON: return "cron";
    case v1::SessionOpened::TYPE_USER_MANAGER: return "user manager";
    case v1::SessionOpened::TYPE_SERVICE: return "service";
    case v1::SessionOpened::TYPE_CONTAINER: return "container";
    case v1::SessionOpened::TYPE_SU: return "su";
    default: return "";
  }
}

std::string incomplete_word(int reason) {
  switch (reason) {
    case v1::INCOMPLETE_SYSCALL_MISSING: return "system call not recorded";
    case v1::INCOMPLETE_ARGS_MISSING: return "arguments missing";
    case v1::INCOMPLETE_ARG_CUT: return "an argument cut short";
    case v1::INCOMPLETE_PATHS_MISSING: return "paths missing";
    case v1::INCOMPLETE_CWD_MISSING: return "directory not known";
    case v1::INCOMPLETE_END_MISSING: return "more records may have been lost";
    case v1::INCOMPLETE_UNPARSED: return "a record did not parse";
    case v1::INCOMPLETE_TEXT_CUT: return "verbatim text cut";
    case v1::INCOMPLETE_BIRTH_UNKNOWN: return "process birth not seen";
    case v1::INCOMPLETE_EXIT_UNSEEN: return "its end was not seen";
    case v1::INCOMPLETE_LATE: return "records came late";
    case v1::INCOMPLETE_PLACE_UNKNOWN: return "in a container or not: unknown";
    default: return "reason " + std::to_string(reason);
  }
}

std::string cause_words(int cause) {
  switch (cause) {
    case v1::Loss::CAUSE_UNSPECIFIED: return "no cause told";
    case v1::Loss::CAUSE_BACKLOG: return "the kernel's audit queue was full";
    case v1::Loss::CAUSE_RATE_LIMIT: return "the kernel's rate limit was reached";
    case v1::Loss::CAUSE_RECEIVE_BUFFER: return "the socket's receive buffer was full";
    case v1::Loss::CAUSE_AGENT_DOWN: return "no agent ran";
    case v1::Loss::CAUSE_QUEUE_FULL: return "the agent's queue was full";
    case v1::Loss::CAUSE_SPOOL_FULL: return "the spool was full";
    case v1::Loss::CAUSE_DISK_FULL: return "the disk was full";
    case v1::Loss::CAUSE_IO_ERROR: return "reading or writing failed";
    case v1::Loss::CAUSE_SPOOL_MISSING: return "spool files are gone";
    case v1::Loss::CAUSE_COLLECTOR_ROLLBACK: return "the collector's log came back older";
    case v1::Loss::CAUSE_UNKNOWN_GAP: return "missing without a known cause";
    case v1::Loss::CAUSE_CORRUPT: return "stored bytes no longer verify";
    case v1::Loss::CAUSE_CRASH: return "the agent died of it again and again, and left it out";
    default: return "cause " + std::to_string(cause);
  }
}

// `audit serial` for the kernel's own, which the reader could take for something of ours.
std::string loss_unit(const v1::Loss& loss) {
  std::string unit = visible(loss.unit().empty() ? "events" : loss.unit());
  if (unit == "serials" || unit == "records") unit.insert(0, "audit ");
  if (loss.count() == 1 && unit.ends_with('s')) unit.pop_back();
  return unit;
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

bool in_system_folder(std::string_view path) {
  for (const std::string_view folder :
       {"/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/snap/", "/nix/store/"}) {
    if (path.starts_with(folder)) return true;
  }
  return false;
}

std::string account_or_uid(const std::string& name, uint32_t uid) {
  return name.empty() ? "uid " + std::to_string(uid) : visible(name);
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
  std::string text = auth.service().empty() ? "" : visible(auth.service()) + ": ";
  text += "authentication of ";
  text += auth.account().empty() ? "an unknown account" : visible(auth.account());
  if (auth.invalid_user()) text += ", no such user,";
  text += failed ? " failed" : " succeeded";
  const std::string from = from_text(event.source());
  if (!from.empty()) text += " from " + from;
  text += reasons(auth.method().empty() ? auth.step() : auth.method(), event.outcome());
  return {failed ? Style::bad : Style::quiet, std::move(text)};
}

StyledText privilege_text(const v1::Event& event, bool failed) {
  const v1::PrivilegeChange& change = event.privilege_change();
  std::string text = change.by().empty() ? "privilege change" : visible(change.by());
  text += failed ? " refused " : " ";
  text += event.actor().login_name().empty() ? "uid " + std::to_string(change.from_uid())
                                              : visible(event.actor().login_name());
  text += " → " + account_or_uid(change.to_account(), change.to_uid());
  if (!change.command().empty()) text += ": " + visible(change.command());
  return {failed ? Style::bad : Style::quiet, std::move(text)};
}

StyledText opened_text(const v1::SessionOpened& opened) {
  if (opened.has_old_login_uid()) {
    return {Style::warning, "login uid changed: it was " + std::to_string(opened.old_login_uid())};
  }
  if (opened.found_running()) return {Style::quiet, "already open when the agent started"};
  return {};
}

StyledText closed_text(const v1::SessionClosed& closed) {
  std::string text = "session closed";
  if (closed.cause() == v1::SessionClosed::CAUSE_LOGGED_OUT) text += ": logged out";
  if (closed.cause() == v1::SessionClosed::CAUSE_LAST_PROCESS) text += ": its last process ended";
  if (closed.cause() == v1::SessionClosed::CAUSE_REBOOT) text += ": the host went down";
  if (closed.processes_left() > 0) {
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

StyledText audit_config_text(const v1::AuditConfigChange& change) {
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

}  // namespace

std::string user_text(const v1::Session& session) {
  if (!session.login_name().empty()) return visible(session.login_name());
  return session.has_login_uid() ? "uid " + std::to_string(session.login_uid()) : "-";
}

std::string who_text(const v1::Session& session) {
  const std::string host = visible(session.host());
  const std::string user = user_text(session);
  return user == "-" ? host : user + "@" + host;
}

std::string from_text(const v1::Endpoint& source) {
  if (source.address().empty()) return visible(source.hostname());
  std::string address = visible(source.address());
  if (source.port() == 0) return address;
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return address + ":" + std::to_string(source.port());
}

std::string terminal_text(const v1::Session& session) {
  if (!session.terminal().empty()) return visible(session.terminal());
  return type_word(session.type());
}

std::string command_line(const v1::Command& command) {
  if (command.args().empty()) {
    return command.exe().empty() ? "" : shell_quote(command.exe(), true);
  }
  std::string out;
  for (int i = 0; i < command.args_size(); ++i) {
    if (i != 0) out.push_back(' ');
    out += shell_quote(command.args(i), i == 0);
  }
  return out;
}

StyledText end_text(const v1::Command& command, bool session_ended) {
  switch (command.end()) {
    case v1::Command::END_EXITED:
      if (command.exit_code() == 0) return {};
      return {Style::bad, "exit " + std::to_string(command.exit_code())};
    case v1::Command::END_SIGNALED:
      return {Style::alarm,
              signal_name(command.signal()) + (command.core_dumped() ? ", core" : "")};
    case v1::Command::END_REPLACED: return {Style::quiet, "exec"};
    case v1::Command::END_FAILED_START:
      return {Style::bad, "not run: " + error_name(command.error())};
    case v1::Command::END_UNKNOWN: break;
    default: return {Style::warning, "end " + std::to_string(command.end())};
  }
  bool unseen = session_ended;
  for (const int reason : command.incomplete()) {
    if (reason == v1::INCOMPLETE_EXIT_UNSEEN) unseen = true;
  }
  return unseen ? StyledText(Style::warning, "end unseen") : StyledText(Style::good, "running");
}

std::string incomplete_text(const v1::Command& command) {
  std::string out;
  for (const int reason : command.incomplete()) {
    // Their own columns say these two already.
    if (reason == v1::INCOMPLETE_EXIT_UNSEEN && command.end() == v1::Command::END_UNKNOWN) continue;
    if (reason == v1::INCOMPLETE_ARGS_MISSING && command.args().empty()) continue;
    out += (out.empty() ? "" : ", ") + incomplete_word(reason);
  }
  return out;
}

std::string hidden_program(const v1::Command& command) {
  if (command.args().empty() || command.exe().empty() || in_system_folder(command.exe())) return "";
  const std::string& said = command.args(0);
  const bool has_path = said.find('/') != std::string::npos;
  const bool told = has_path && base_name(said) == base_name(command.exe());
  return told ? "" : shell_quote(command.exe());
}

std::string lag_text(const v1::IndexLag& lag) {
  if (lag.bytes_behind() == 0) return "";
  std::string out = "The collector's index is " + size_text(lag.bytes_behind()) +
                    " behind its log: the newest events are not shown yet";
  if (lag.indexed_until_ns() == 0) return out + ".";
  const LocalTime until = local_time(lag.indexed_until_ns());
  return out + " (read up to " + until.date + " " + until.clock + " " + until.offset + ").";
}

std::string loss_text(const v1::Loss& loss) {
  std::string out = loss.exact() ? "" : "at least ";
  out += grouped(loss.count()) + " " + loss_unit(loss) + " lost here";
  if (loss.serials() != 0) {
    out += ", with them " + grouped(loss.serials()) + " whole event" +
           (loss.serials() == 1 ? "" : "s");
  }
  out += ": " + cause_words(loss.cause());
  if (loss.from_ns() != 0 && loss.until_ns() != 0) {
    const LocalTime from = local_time(loss.from_ns());
    const LocalTime until = local_time(loss.until_ns());
    out += " between " + from.clock + from.millis + " and ";
    out += (from.date == until.date ? "" : until.date + " ") + until.clock + until.millis;
  }
  if (loss.first() != 0 || loss.last() != 0) {
    out += " (" + std::to_string(loss.first());
    if (loss.last() != loss.first()) out += "–" + std::to_string(loss.last());
    out += ")";
  }
  return out + (loss.exact() ? ", exact" : "");
}

StyledText event_text(const v1::Event& event) {
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
    case v1::Event::kSecurityDecision:
      return {Style::bad, visible(event.security_decision().module()) +
                              (event.security_decision().denied() ? " denied " : " reported ") +
                              visible(event.security_decision().operation()) + " " +
                              visible(event.security_decision().object())};
    default: return other_text(event);
  }
}

}  // namespace spoor::cli
