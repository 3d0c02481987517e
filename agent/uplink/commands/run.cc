#include <CLI/CLI.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/uplink/commands/subcommand.h"
#include "agent/uplink/uplink.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace spoor::uplink {
namespace {

// Blocked in every thread and read from a descriptor.
UniqueFd stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int run(const Invocation& invocation) {
  open_log("spoor-uplink", invocation.config.log_level);
  if (geteuid() == 0) {
    log_error("spoor-uplink speaks with the network and must not run as root: start it as the user "
              "spoor (setpriv --reuid=spoor --regid=spoor --init-groups spoor-uplink)");
    return kFailed;
  }
  signal(SIGPIPE, SIG_IGN);  // a closed stderr is no reason to stop
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const UniqueFd stop = stop_signals();
  const Status status = Uplink(invocation.config, stop.get()).run();
  if (status.is_ok()) return 0;
  log_error("{}", status.message());
  return kFailed;
}

}  // namespace

Subcommand add_run(CLI::App& app) {
  return {app.add_subcommand("run", "Ship until SIGTERM or SIGINT (the default)"), run};
}

}  // namespace spoor::uplink
