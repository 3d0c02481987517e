// spoor-collector: reads the command line, starts the collector, and stops it on SIGTERM or SIGINT.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <grpc/support/log.h>

#include <cstdio>
#include <cstdlib>

#include "collector/collector.h"
#include "collector/commands/subcommand.h"
#include "collector/config.h"
#include "collector/stop_signals.h"
#include "common/grpc_locks.h"
#include "common/log.h"
#include "common/quoting.h"
#include "proto/protobuf_words.h"

namespace spoor::collector {
namespace {

constexpr const char* kDefaultConfigPath = "/etc/spoor/collector.yml";

struct Arguments {
  std::string config_path = kDefaultConfigPath;
  bool check_config = false;
};

// gRPC writes to stderr of each handshake that fails. Anybody can have thousands of them, and of a
// service that writes so much journald drops lines, our own among them.
void hush_grpc() {
  gpr_set_log_function(
      [](gpr_log_func_args* said) { log_debug("gRPC: {}", visible(said->message)); });
}

int run(const Config& config) {
  if (::geteuid() == 0) {
    log_error("not as root: a mistake in reading what hosts send must not own this machine. "
              "Start it by its unit (systemctl start spoor-collector), or as its user: "
              "setpriv --reuid spoor-collector --regid spoor-collector --init-groups "
              "spoor-collector");
    return kFailed;
  }
  block_signals();
  leave_grpc_locks_unwatched();
  ignore_protobuf_words();
  hush_grpc();
  auto collector = Collector::start(config);
  if (!collector.is_ok()) {
    log_error("{}", collector.status().message());
    return kFailed;
  }
  wait_for_stop();
  log_info("stopping: writing what was accepted");
  (*collector)->stop();
  log_info("stopped");
  // To take an index of gigabytes apart takes longer than all this, and no agent is heard
  // meanwhile.
  std::_Exit(0);
}

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Takes in what agents report, keeps it as evidence, and answers operators.",
               "spoor-collector");
  app.set_version_flag("--version", SPOOR_VERSION);
  app.add_option("--config", arguments.config_path, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", arguments.check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  app.require_subcommand(0, 1);
  std::vector<Subcommand> commands;
  for (const auto add : {add_init, add_token, add_agents, add_reindex}) {
    for (Subcommand& command : add(app)) commands.push_back(std::move(command));
  }
  app.footer("Without a command it runs until SIGTERM or SIGINT, as the user spoor-collector and "
             "never as root.\n"
             "Exit codes: 0 stopped in order, 1 could not start, 2 bad usage or configuration.");
  // CLI11's own codes for a bad command line are above 100.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }

  for (const Subcommand& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  const LoadedConfig loaded = load_config(arguments.config_path, app.count("--config") > 0);
  open_log("spoor-collector", loaded.config.log_level);
  for (const std::string& problem : loaded.problems)
    std::fprintf(stderr, "spoor-collector: %s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  if (arguments.check_config) {
    std::printf("%s", describe(loaded.config).c_str());
    return 0;
  }
  return run(loaded.config);
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) { return spoor::collector::main(argc, argv); }
