// What the agent may do, and how it gives the rest up for good: an unprivileged uid with three
// ambient capabilities, no core dumps, no new privileges, a Landlock domain that confines files and
// execution, and a seccomp filter that confines sockets and the calls which could undo it all. It
// is started with two capabilities more, for its witness (agent/witness_process.h).
#pragma once

#include <string>
#include <vector>

#include "agent/config.h"
#include "common/result.h"

namespace spoor::agent {

// `denied`, with what to do, when run as uid 0 (which is root even without capabilities) or without
// a capability that capture needs. Who is confined already has given up the witness's.
Status check_identity(bool confined);
// What is only the witness's is out of effect from here on, so that no file is read with it. Not
// for root, who has all of them.
void hold_back_witness_capabilities();

// Which files the confined agent may use; everything else on the disk is out of reach, whatever its
// permissions say.
struct Confinement {
  std::vector<std::string> read;   // folders or files
  std::vector<std::string> write;  // folders: files in them are made, written, renamed, removed
  bool operator==(const Confinement&) const = default;
};
Confinement confinement_of(const Config& config, const std::string& config_path);

// Keeps exactly three capabilities (capabilities(7)). Effective from here on: CAP_AUDIT_CONTROL and
// CAP_AUDIT_READ, for the audit system. Only permitted: CAP_NET_ADMIN, which the process connector
// and the receive buffers needed until now. Gone for good: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH,
// which the witness has. To be called once the sockets are open.
Status limit_capabilities();
// CAP_NET_ADMIN in effect again, on this thread: for what a stop has to say to the kernel.
Status raise_net_admin();
// Landlock (landlock(7)) and seccomp(2), for this thread and the ones it starts. Execution stays
// possible of what lies in the folder of our own binary, and of the dynamic linker, for the re-exec
// on SIGHUP. (Through the linker, a file that can be read in the folders above can be run, too.)
Status confine(const Confinement& confinement);
// Whether this process is in such a domain already, as one that was executed again is. Tried, not
// believed: in the domain the root folder cannot be read.
bool is_confined();

// The absolute path of the program that runs, also when a newer one has taken its place on disk.
Result<std::string> own_binary();

// For `spoor-agent check-sandbox`: tries what must be impossible once confined.
struct Attempt {
  std::string what;
  bool refused = false;
  std::string answer;  // what the kernel said
};
std::vector<Attempt> try_forbidden();

}  // namespace spoor::agent
