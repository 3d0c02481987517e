#include "collector/cli/words.h"

#include <cstring>
#include <string_view>

#include "collector/cli/activity_words.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

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
    case v1::Loss::CAUSE_RATE_LIMIT: return "a rate limit was reached";
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
    case v1::Loss::CAUSE_FORK: return "the collector has other events in their place";
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

std::string unread_text(const v1::IndexLag& lag) {
  if (lag.events_unread() == 0) return "";
  return grouped(lag.events_unread()) + (lag.events_unread() == 1 ? " event" : " events") +
         " could not be read from the collector's index (" + lag.unread_why() +
         "). The log has all of them; the index is made anew from it where it is damaged.";
}

std::string behind_text(const v1::IndexLag& lag) {
  if (lag.bytes_behind() == 0) return "";
  std::string out = "The collector's index is " + size_text(lag.bytes_behind()) +
                    " behind its log: the newest events are not shown yet";
  if (lag.indexed_until_ns() == 0) return out + ".";
  const LocalTime until = local_time(lag.indexed_until_ns());
  return out + " (read up to " + until.date + " " + until.clock + " " + until.offset + ").";
}

}  // namespace

std::string signal_name(uint32_t number) {
  const char* name = sigabbrev_np(static_cast<int>(number));
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

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

std::string certificate_text(const std::string& id, uint64_t serial,
                             const std::string& authority) {
  std::string out;
  if (!id.empty()) out += "certificate " + visible(id);
  if (serial != 0) {
    out += (out.empty() ? "certificate serial " : " serial ") + std::to_string(serial);
  }
  if (!authority.empty()) {
    out += (out.empty() ? "certificate signed by " : " signed by ") + visible(authority);
  }
  return out;
}

std::string terminal_text(const v1::Session& session) {
  std::string_view terminal = session.terminal();
  if (terminal.starts_with("/dev/")) terminal.remove_prefix(5);
  if (!terminal.empty()) return visible(terminal);
  return type_text(session.type());
}

std::string type_text(v1::SessionOpened::Type type) {
  switch (type) {
    case v1::SessionOpened::TYPE_SSH: return "ssh";
    case v1::SessionOpened::TYPE_CONSOLE: return "console";
    case v1::SessionOpened::TYPE_GRAPHICAL: return "graphical";
    case v1::SessionOpened::TYPE_CRON: return "cron";
    case v1::SessionOpened::TYPE_USER_MANAGER: return "user manager";
    case v1::SessionOpened::TYPE_SERVICE: return "service";
    case v1::SessionOpened::TYPE_CONTAINER: return "container";
    case v1::SessionOpened::TYPE_SU: return "su";
    default: return "";
  }
}

std::string command_line(const v1::Command& command) {
  if (command.args().empty()) {
    // `exe` is still the program that tried; the file that it tried is the first path.
    const bool failed = command.end() == v1::Command::END_FAILED_START;
    const bool is_named = failed && command.paths_size() > 0 && !command.paths(0).name().empty();
    const std::string& program = is_named ? command.paths(0).name() : command.exe();
    return program.empty() ? "" : shell_quote(program, true);
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
  const std::string unread = unread_text(lag), behind = behind_text(lag);
  return unread + (unread.empty() || behind.empty() ? "" : " ") + behind;
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

}  // namespace spoor::cli
