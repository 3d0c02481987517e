#include "agent/decode/auth_log.h"

#include "agent/decode/account_log.h"
#include "agent/decode/fields.h"
#include "agent/decode/log_form.h"
#include "agent/decode/login_log.h"
#include "agent/decode/pam_log.h"
#include "agent/decode/ssh_log.h"
#include "agent/decode/sudo_log.h"

namespace spoor::agent {
namespace {

struct Program {
  std::string_view tag;   // as it calls itself
  std::string_view name;
  void (*decode)(std::string_view message, LogEvent& into);  // null: only PAM speaks in its name
};

constexpr Program kPrograms[] = {
    {"sshd", "sshd", decode_ssh_log},
    {"sshd-session", "sshd", decode_ssh_log},  // since 9.8
    {"sshd-auth", "sshd", decode_ssh_log},     // since 10.0
    {"sudo", "sudo", decode_sudo_log},
    {"su", "su", decode_su_log},
    {"runuser", "runuser", decode_su_log},
    {"login", "login", decode_login_log},
    {"remote", "login", decode_login_log},     // util-linux's service for login -h
    {"pkexec", "pkexec", decode_pkexec_log},
    {"polkitd", "polkitd", decode_polkit_log},
    {"polkit-agent-helper-1", "polkit-agent-helper-1", nullptr},
    {"systemd-logind", "systemd-logind", decode_logind_log},
    {"cron", "cron", decode_cron_log},
    {"CRON", "cron", decode_cron_log},         // a job's process, Debian's and cronie's
    {"crond", "cron", decode_cron_log},
    {"CROND", "cron", decode_cron_log},
    {"crontab", "crontab", decode_cron_log},
    {"atd", "atd", nullptr},
    {"useradd", "useradd", decode_account_log},
    {"usermod", "usermod", decode_account_log},
    {"userdel", "userdel", decode_account_log},
    {"groupadd", "groupadd", decode_account_log},
    {"groupmod", "groupmod", decode_account_log},
    {"groupdel", "groupdel", decode_account_log},
    {"groupmems", "groupmems", decode_account_log},
    {"gpasswd", "gpasswd", decode_account_log},
    {"passwd", "passwd", decode_account_log},
    {"chpasswd", "chpasswd", decode_account_log},
    {"chgpasswd", "chgpasswd", decode_account_log},
    {"newusers", "newusers", decode_account_log},
    {"chage", "chage", decode_account_log},
    {"chfn", "chfn", decode_account_log},
    {"chsh", "chsh", decode_account_log},
};

const Program* find_program(std::string_view tag) {
  if (tag.starts_with("polkitd(")) tag = "polkitd";  // polkitd(authority=local), before 0.106
  for (const Program& program : kPrograms) {
    if (program.tag == tag) return &program;
  }
  return nullptr;
}

// rsyslog's word for what came again after the line itself ($RepeatedMsgReduction on, as Ubuntu has
// it): ratelimit.c, ratelimitGenRepMsg(), " message repeated %d times: [%.800s]". One that was cut
// there stays as it is. So many more times it was said; 1: it is no such line.
uint32_t take_repeated(std::string_view& message) {
  constexpr size_t kCutBytes = 800;
  std::string_view rest = message;
  uint32_t times = 0;
  if (!take_prefix(rest, "message repeated ")) return 1;
  const size_t end = rest.find(" times: [");
  if (end == rest.npos || !parse_number(rest.substr(0, end), times) || times == 0) return 1;
  rest.remove_prefix(end + 9);
  if (!take_suffix(rest, "]") || rest.size() >= kCutBytes) return 1;
  message = trimmed(rest);
  return times;
}

}  // namespace

LogEvent decode_auth_log(const LogLine& line) {
  LogEvent event;
  std::string_view message = line.message;
  const Program* program = find_program(line.tag);
  if (program == nullptr) {
    // The user manager's PAM session; all else that systemd says is not about accounts.
    const bool is_manager = line.tag == "systemd" || line.tag == "(systemd)";
    if (is_manager && decode_pam_log(message, event)) event.program = "systemd";
    return event;
  }
  event.program = program->name;
  event.times = take_repeated(message);
  if (decode_pam_log(message, event)) return event;
  if (program->decode != nullptr) program->decode(message, event);
  return event;
}

}  // namespace spoor::agent
