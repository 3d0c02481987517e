// spoor-uplink: reads the command line and hands over to uplink.cc.
#include <CLI/CLI.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>

#include "agent/uplink/config.h"
#include "agent/uplink/uplink.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace spoor::uplink {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

// Blocked in every thread and read from a descriptor.
UniqueFd stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int main(int argc, char** argv) {
  std::string config_path = "/etc/spoor/uplink.yml";
  bool check_config = false;
  CLI::App app("Ships what spoor-agent recorded to the collector, and brings its commits back.",
               "spoor-uplink");
  app.footer("Runs until SIGTERM or SIGINT, as the user spoor and never as root.\n"
             "Exit codes: 0 stopped in order, 1 could not start, 2 bad usage or configuration.");
  app.set_version_flag("--version", SPOOR_VERSION);
  const CLI::Option* config_option =
      app.add_option("--config", config_path, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  // CLI11's own codes for a bad command line are above 100.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }

  // Everything has a default: only a file that was asked for must be there.
  const bool defaults = config_option->count() == 0 && access(config_path.c_str(), F_OK) != 0;
  const LoadedConfig loaded = defaults ? LoadedConfig() : load_config(config_path);
  open_log("spoor-uplink", loaded.config.log_level);
  for (const std::string& problem : loaded.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  if (check_config) {
    std::printf("%s", describe(loaded.config).c_str());
    return 0;
  }
  if (geteuid() == 0) {
    log_error("spoor-uplink speaks with the network and must not run as root: start it as the user "
              "spoor (setpriv --reuid=spoor --regid=spoor --init-groups spoor-uplink)");
    return kFailed;
  }
  signal(SIGPIPE, SIG_IGN);  // a closed stderr is no reason to stop
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const UniqueFd stop = stop_signals();
  const Status status = Uplink(loaded.config, stop.get()).run();
  if (status.is_ok()) return 0;
  log_error("{}", status.message());
  return kFailed;
}

}  // namespace
}  // namespace spoor::uplink

int main(int argc, char** argv) { return spoor::uplink::main(argc, argv); }
