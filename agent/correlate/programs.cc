#include "agent/correlate/programs.h"

#include <algorithm>
#include <iterator>

#include "agent/correlate/audit_facts.h"

namespace spoor::agent {
namespace {

struct Program {
  std::string_view name;
  SessionType type;
};

constexpr Program kPrograms[] = {
    {"sshd", SessionType::ssh}, {"sshd-session", SessionType::ssh}, {"sshd-auth", SessionType::ssh},
    {"login", SessionType::console},
    {"gdm-session-worker", SessionType::graphical}, {"lightdm", SessionType::graphical},
    {"sddm-helper", SessionType::graphical}, {"xdm", SessionType::graphical},
    {"lxdm-binary", SessionType::graphical}, {"slim", SessionType::graphical},
    {"greetd", SessionType::graphical}, {"xrdp-sesman", SessionType::graphical},
    {"xrdp-sesexec", SessionType::graphical},
    {"cron", SessionType::cron}, {"crond", SessionType::cron}, {"atd", SessionType::cron},
    {"fcron", SessionType::cron},
    {"systemd", SessionType::user_manager}, {"systemd-executor", SessionType::user_manager},
    {"su", SessionType::su}, {"runuser", SessionType::su}, {"sudo", SessionType::su},
    {"doas", SessionType::su}, {"pkexec", SessionType::su},
    {"vsftpd", SessionType::service}, {"proftpd", SessionType::service},
    {"pure-ftpd", SessionType::service}, {"smbd", SessionType::service},
    {"afpd", SessionType::service}, {"dovecot", SessionType::service},
    {"dovecot/auth", SessionType::service}, {"cockpit-session", SessionType::service},
    {"in.rshd", SessionType::service}, {"in.rexecd", SessionType::service},
    {"slurmstepd", SessionType::service}, {"openvpn", SessionType::service},
    {"pppd", SessionType::service},
};

// Accounts of the screens on which others choose who they are.
constexpr std::string_view kGreeters[] = {"gdm", "Debian-gdm", "lightdm", "sddm", "greeter",
                                          "_greetd"};

// Parts of a program that have a name of their own.
struct Part {
  std::string_view name, program;
};
constexpr Part kParts[] = {
    {"sshd-session", "sshd"}, {"sshd-auth", "sshd"}, {"crond", "cron"}, {"CRON", "cron"},
    {"systemd-executor", "systemd"}, {"polkit-agent-helper-1", "pkexec"}, {"polkitd", "pkexec"},
};

constexpr std::string_view kFolders[] = {
    "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/openssh", "/usr/libexec/openssh",
    "/usr/lib/ssh", "/usr/libexec", "/usr/lib/systemd", "/lib/systemd", "/usr/lib/polkit-1",
    "/usr/libexec/polkit-1",
};

constexpr size_t kCommBytes = 15;  // TASK_COMM_LEN, less its NUL

template <typename Table>
bool has(const Table& table, std::string_view name) {
  return std::find(std::begin(table), std::end(table), name) != std::end(table);
}

// Trees that no user writes to. An sshd may be anybody's own; but what only a name makes a cron job
// or a service would be hidden among them.
bool is_of_distribution(std::string_view exe) {
  constexpr std::string_view kTrees[] = {"/usr/", "/bin/", "/sbin/", "/lib/", "/opt/"};
  return exe.find('/') == exe.npos ||
         std::any_of(std::begin(kTrees), std::end(kTrees),
                     [&](std::string_view tree) { return exe.starts_with(tree); });
}

std::string_view whole_of(std::string_view name) {
  const auto* part = std::find_if(std::begin(kParts), std::end(kParts),
                                  [&](const Part& p) { return p.name == name; });
  return part == std::end(kParts) ? name : part->program;
}

}  // namespace

std::string_view program_path(std::string_view exe) {
  constexpr std::string_view kDeleted = " (deleted)";
  return exe.ends_with(kDeleted) ? exe.substr(0, exe.size() - kDeleted.size()) : exe;
}

SessionType session_type(std::string_view exe) {
  const std::string_view path = program_path(exe), name = base_name(path);
  // proc_pid_comm(5) has the beginning of a longer name.
  const auto is_it = [&](const Program& p) {
    if (p.name.find('/') != p.name.npos) {
      return path.size() > p.name.size() && path.ends_with(p.name) &&
             path[path.size() - p.name.size() - 1] == '/';
    }
    return p.name == name || (path.size() == kCommBytes && p.name.starts_with(path));
  };
  const auto* found = std::find_if(std::begin(kPrograms), std::end(kPrograms), is_it);
  return found == std::end(kPrograms) ? SessionType::unknown : found->type;
}

// systemd opens sessions for all that it runs with PAMName=, and calls itself after it until then.
SessionType session_type(const SessionOpener& by) {
  const SessionType type = session_type(by.exe);
  if (!is_of_distribution(by.exe)) return type == SessionType::ssh ? type : SessionType::unknown;
  if (type == SessionType::user_manager) {
    if (by.has_terminal) return SessionType::console;  // machinectl shell .host, run0
    const bool is_manager = by.comm.empty() || by.comm == "(systemd)" || by.comm == "(sd-pam)" ||
                            by.exe.ends_with(by.comm);
    return is_manager ? type : SessionType::service;
  }
  const bool is_greeter = has(kGreeters, by.account) || by.account.starts_with("gdm-greeter");
  return type == SessionType::graphical && is_greeter ? SessionType::service : type;
}

bool is_session_program(std::string_view exe) { return session_type(exe) != SessionType::unknown; }

bool changes_privilege(std::string_view exe) { return session_type(exe) == SessionType::su; }

bool executes_others(std::string_view exe) {
  const SessionType type = session_type(exe);
  return type == SessionType::user_manager || type == SessionType::su;
}

bool is_of_system(std::string_view exe) {
  const std::string_view path = program_path(exe), name = base_name(path);
  if (name.empty() || name.size() == path.size()) return false;
  return has(kFolders, path.substr(0, path.size() - name.size() - 1));
}

bool is_program(std::string_view exe, std::string_view program) {
  const std::string_view name = base_name(program_path(exe));
  return is_of_system(exe) && (name == program || whole_of(name) == whole_of(program));
}

bool runs_for_users(std::string_view program) {
  static constexpr std::string_view kNames[] = {"sudo", "su", "doas", "pkexec", "polkitd", "passwd",
                                                "chage", "chsh", "chfn", "gpasswd", "newgrp"};
  return has(kNames, program);
}

bool is_called(std::string_view comm, std::string_view exe) {
  const std::string_view name = base_name(program_path(exe));
  if (comm == name.substr(0, kCommBytes)) return true;
  // systemd's children bear the name of what they will run, and PAM's keeper has its own.
  return session_type(exe) == SessionType::user_manager && comm.starts_with('(');
}

}  // namespace spoor::agent
