#include "agent/decode/sudo_log.h"

#include <algorithm>
#include <array>
#include <span>

#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;
using Keys = std::span<const std::string_view>;
using Values = std::span<std::string_view>;
constexpr size_t kNone = std::string_view::npos;

// Where a field of this name begins, at the front or behind a separator.
size_t find_key(std::string_view text, std::string_view separator, std::string_view key,
                size_t from) {
  if (from == 0 && text.starts_with(key)) return 0;
  for (size_t at = text.find(separator, from); at != kNone; at = text.find(separator, at + 1)) {
    if (text.substr(at + separator.size()).starts_with(key)) return at + separator.size();
  }
  return kNone;
}

size_t find_any_key(std::string_view text, std::string_view separator, Keys keys, size_t from) {
  size_t first = kNone;
  for (const std::string_view key : keys) {
    first = std::min(first, find_key(text, separator, key, from));
  }
  return first;
}

// Fields stand in the order of `keys`, each once or not at all; the last, the command, holds all
// behind it. A second command, a field twice or out of order: somebody wrote one into another, and
// only the command is kept, from where it may first begin.
void read_fields(std::string_view text, std::string_view separator, Keys keys, Values values) {
  const size_t command = find_key(text, separator, keys.back(), 0);
  const size_t head_end = command == kNone ? text.size() : command;
  if (command != kNone) {
    values.back() = text.substr(command + keys.back().size());
    if (find_key(text, separator, keys.back(), command + 1) != kNone) return;
  }
  std::string_view head = text.substr(0, head_end);
  take_suffix(head, separator);
  std::array<std::string_view, 16> read;
  for (size_t next = 0; !head.empty(); ++next) {
    while (next < keys.size() - 1 && !head.starts_with(keys[next])) ++next;
    if (next >= keys.size() - 1) return;
    const size_t end = find_any_key(head, separator, keys, 1);
    read[next] = head.substr(keys[next].size(),
                             end == kNone ? kNone : end - separator.size() - keys[next].size());
    head = end == kNone ? std::string_view() : head.substr(end);
  }
  std::copy_n(read.begin(), keys.size() - 1, values.begin());
}

// lib/eventlog/eventlog.c, new_logline() (plugins/sudoers/logging.c before 1.9).
constexpr std::string_view kSudoKeys[] = {"HOST=", "TTY=",  "CHROOT=", "PWD=",    "USER=",
                                          "GROUP=", "TSID=", "ENV=",    "COMMAND="};

// Why sudo does not run a command: plugins/sudoers/logging.c, log_denial() and log_auth_failure(),
// sudoers.c and check.c. Other messages may stand before a command that does run.
bool is_refusal(std::string_view reason) {
  for (const std::string_view words :
       {"user NOT ", "command not allowed", "authentication failure", "a password is required",
        "sorry, you ", "user not allowed ", "no tty", "conversation failed",
        "account validation failure", "unable to ", "command rejected"}) {
    if (reason.starts_with(words)) return true;
  }
  return reason.ends_with(" incorrect password attempts") ||
         reason.ends_with(" incorrect password attempt") ||
         reason.ends_with(" root is not allowed to sudo");
}

// util-linux, login-utils/su-common.c, log_syslog(); shadow-utils, src/su.c, su_failure() and
// main().
constexpr LogForm kSuForms[] = {
    {"FAILED SU (to %t) %>a on %l", Kind::refused},
    {"FAILED RUNUSER (to %t) %>a on %l", Kind::refused},
    {"(to %t) %>a on %l", Kind::switched},
    {"Successful su for %t by %a", Kind::switched},
    {"FAILED su for %t by %a", Kind::refused},
    {"+ %l %a:%t", Kind::switched},
    {"- %l %a:%t", Kind::refused},
};

// polkitbackendinteractiveauthority.c, check_authorization_challenge_cb().
constexpr LogForm kPolkitForms[] = {
    {"Operator of %_ FAILED to authenticate to gain authorization for action %o for "
     "%_ [%>c] (owned by unix-user:%a)",
     Kind::refused},
    {"Operator of %_ successfully authenticated as unix-user:%t to gain %_ authorization for "
     "action %o for %_ [%>c] (owned by unix-user:%a)",
     Kind::other},
};

constexpr std::string_view kPkexecKeys[] = {"USER=", "TTY=", "CWD=", "COMMAND="};

// What is written when the command has ended (log_exit_status, since 1.9.8) is the same line again,
// with ` ; SIGNAL=NAME` or ` ; EXIT=N` or both behind the command. Arguments may hold that, too
// (`;` and `EXIT=0`): whether it is that line, others must know.
bool take_exit(std::string_view& command) {
  constexpr std::string_view kKeys[] = {" ; EXIT=", " ; SIGNAL="};
  bool taken = false;
  for (const std::string_view key : kKeys) {
    const size_t at = command.rfind(key);
    if (at == kNone || at + key.size() == command.size()) continue;
    if (command.find_first_of(" ;", at + key.size()) != kNone) continue;
    command = command.substr(0, at);
    taken = true;
  }
  return taken;
}

}  // namespace

// "%8s : %s", and for what did not fit in a line "%8s : (command continued) %s".
void decode_sudo_log(std::string_view message, LogEvent& into) {
  message.remove_prefix(std::min(message.find_first_not_of(' '), message.size()));
  const size_t end = message.find(" : ");
  if (end == kNone) return;
  std::string_view text = message.substr(end + 3);
  if (take_prefix(text, "(command continued) ")) {
    into.account = message.substr(0, end);
    into.operation = "command continued";
    into.command = text;
    return;
  }
  const size_t fields = find_any_key(text, " ; ", kSudoKeys, 0);
  if (fields == kNone) return;
  std::array<std::string_view, std::size(kSudoKeys)> values;
  read_fields(text.substr(fields), " ; ", kSudoKeys, values);
  into.account = message.substr(0, end);
  into.reason = fields == 0 ? std::string_view() : text.substr(0, fields - 3);
  if (into.reason.empty()) {
    into.kind = Kind::command;
  } else if (is_refusal(into.reason)) {
    into.kind = Kind::refused;
  }
  into.hostname = values[0];
  into.terminal = values[1];
  into.cwd = values[3];
  into.target = values[4];
  into.group = values[5];
  into.command = values[8];
  if (into.kind == Kind::command && take_exit(into.command)) into.operation = "exit";
}

void decode_su_log(std::string_view message, LogEvent& into) {
  match_forms(message, kSuForms, into);
}

// src/programs/pkexec.c, log_message(): "%s: %s [USER=%s] [TTY=%s] [CWD=%s] [COMMAND=%s]".
void decode_pkexec_log(std::string_view message, LogEvent& into) {
  const size_t end = message.find(": "), fields = message.find(" [USER=");
  if (end == kNone || fields == kNone || fields < end || !take_suffix(message, "]")) return;
  std::array<std::string_view, std::size(kPkexecKeys)> values;
  read_fields(message.substr(fields + 2), "] [", kPkexecKeys, values);
  into.account = message.substr(0, end);
  const std::string_view said = message.substr(end + 2, fields - end - 2);
  into.kind = said == "Executing command" ? Kind::command : Kind::refused;
  if (into.kind == Kind::refused) into.reason = said;
  into.target = values[0];
  into.terminal = values[1];
  into.cwd = values[2];
  into.command = values[3];
}

void decode_polkit_log(std::string_view message, LogEvent& into) {
  match_forms(message, kPolkitForms, into);
}

}  // namespace spoor::agent
