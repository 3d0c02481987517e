// The facts of a trail in words for people. Everything that comes out is safe to show (quoting.h).
// No state; any thread.
#pragma once

#include <string>

#include "collector/cli/styled_text.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// `alice@web1`, `uid 1000@web1`; without a login uid only the host.
std::string who_text(const v1::Session& session);
// The account alone: `alice`, `uid 1000`, `-`.
std::string user_text(const v1::Session& session);
// `127.0.0.1:45410`, `[::1]:22`, a host's name where there is no address; empty for a local login.
std::string from_text(const v1::Endpoint& source);
// `ssh`, `user manager`; empty if not known.
std::string type_text(v1::SessionOpened::Type type);
// `certificate alice@corp serial 7 signed by SHA256:…` of what is there.
std::string certificate_text(const std::string& id, uint64_t serial, const std::string& authority);
// `pts/0`, with `ssh`, `cron` and the like where there is no terminal; empty if nothing is known.
std::string terminal_text(const v1::Session& session);

// `SIGSEGV`; `signal 99` for one without a name.
std::string signal_name(uint32_t number);
// The program and its arguments as a shell would take them; of a start that failed what was tried.
std::string command_line(const v1::Command& command);
// How it ended, where that is worth a word: `exit 7`, `SIGKILL`, `running`; empty for exit 0.
// `session_ended`: nothing of the session can still run.
StyledText end_text(const v1::Command& command, bool session_ended);
// What is missing of it: `arguments missing, process birth not seen`; empty if nothing.
std::string incomplete_text(const v1::Command& command);
// The program that ran, where the first argument (the caller's to choose) does not tell it: one
// outside the system's own folders that was called by another name or without its path.
std::string hidden_program(const v1::Command& command);

// `37 audit serials lost here: no agent ran between 20:57:20.200 and 20:57:22.950 (4711–4747),
// exact`
std::string loss_text(const v1::Loss& loss);
// What the index has not read yet; empty if nothing.
std::string lag_text(const v1::IndexLag& lag);

}  // namespace spoor::cli
