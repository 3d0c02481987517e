// The programs that open sessions, change privilege and accounts, and what their names tell. By
// their packages in Debian, Fedora, openSUSE and Arch. Pure.
#pragma once

#include <string_view>

#include "agent/access_fact.h"

namespace spoor::agent {

// "/usr/sbin/sshd" of "/usr/sbin/sshd (deleted)", as d_path() names what an upgrade replaced.
std::string_view program_path(std::string_view exe);

// What sort of session a program opens, by its path; unknown: none.
SessionType session_type(std::string_view exe);

// The same, of a session that is being opened, by what else is known of it.
struct SessionOpener {
  std::string_view exe, comm, account;
  bool has_terminal = false;
};
SessionType session_type(const SessionOpener& by);

// One of those whose records and lines are checked: they speak of sessions and privilege.
bool is_session_program(std::string_view exe);

// It changes privilege and says so itself: sudo, su, pkexec.
bool changes_privilege(std::string_view exe);

// Whether a process of that file may speak in a log as `program` (LogEvent::program): it has its
// name, or is a part of it (sshd-session), and lies where the system keeps programs.
bool is_program(std::string_view exe, std::string_view program);
// Users may run it, and it then speaks with their uid.
bool runs_for_users(std::string_view program);

// Whether a process called so (proc_pid_comm(5)) may be the program at that path.
bool is_called(std::string_view comm, std::string_view exe);

}  // namespace spoor::agent
