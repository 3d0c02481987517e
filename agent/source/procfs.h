// What /proc says of the processes that run now (proc(5)): for those that were born before the
// agent looked. Blocking file access: never on the capture thread once it captures.
#pragma once

#include <string>
#include <vector>

#include "agent/model.h"
#include "common/clock.h"
#include "common/result.h"

namespace spoor::agent {

// Every process of /proc with parent, start, threads, login uid and session. One that ends while we
// look is left out, and so is a zombie, which opens no session.
std::vector<ProcessFound> processes_found(const Clock& clock,
                                          const std::string& proc_folder = "/proc");
// Of /proc/PID/stat's text; nullopt when it does not parse. The program name in it is chosen by the
// process and may hold spaces and parentheses. Login uid and session stand elsewhere.
std::optional<ProcessFound> parse_stat(std::string_view text);

// Account names from a passwd(5) file, read directly: NSS would run foreign code in the agent.
Names read_names(const std::string& passwd_path = "/etc/passwd");

// The uid of an account given by name or number; `not_found` for a name that `names` lacks.
Result<uint32_t> find_uid(const std::string& account, const Names& names);

// Whether the kernel's command line (/proc/cmdline) has audit=1 or audit=on; the last one counts.
bool audits_from_boot(std::string_view boot_line);

// uname(2), the machine id, /proc/sys/kernel/random/boot_id and the kernel's command line.
// `name_override` replaces the host's own name when not empty.
Result<Host> read_host(const std::string& name_override,
                       const std::string& machine_id_file = "/etc/machine-id");

}  // namespace spoor::agent
