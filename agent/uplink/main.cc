// spoor-uplink: reads the command line and hands over to a subcommand.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "agent/uplink/commands/subcommand.h"
#include "agent/uplink/tls_channel.h"
#include "common/grpc_locks.h"
#include "proto/protobuf_words.h"

namespace spoor::uplink {
namespace {

// Everything has a default: only a file that was asked for must be there.
LoadedConfig config_of(const std::string& path, bool asked_for) {
  return !asked_for && access(path.c_str(), F_OK) != 0 ? LoadedConfig() : load_config(path);
}

int main(int argc, char** argv) {
  allow_only_tls13();
  leave_grpc_locks_unwatched();
  ignore_protobuf_words();
  Invocation invocation;
  bool check_config = false;
  CLI::App app("Ships what spoor-agent recorded to the collector, and brings its commits back.",
               "spoor-uplink");
  app.set_version_flag("--version", SPOOR_VERSION);
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.footer("Ships until SIGTERM or SIGINT, as the user spoor and never as root.\n"
             "Exit codes: 0 stopped in order, 1 could not do it, 2 bad usage or configuration.");
  const CLI::Option* config_option =
      app.add_option("--config", invocation.config_path, "Configuration file")
          ->capture_default_str();
  app.add_flag("--check-config", check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  const std::array subcommands{add_run(app), add_enroll(app), add_status(app)};
  // CLI11's own codes for a bad command line are above 100.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  const Subcommand* chosen = &subcommands.front();
  for (const Subcommand& subcommand : subcommands) {
    if (subcommand.app->parsed()) chosen = &subcommand;
  }
  LoadedConfig loaded = config_of(invocation.config_path, config_option->count() > 0);
  for (const std::string& problem : loaded.problems)
    std::fprintf(stderr, "spoor-uplink: %s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  if (check_config) {
    const Status printed = print(describe(loaded.config));
    return printed.is_ok() ? 0 : fail(printed);
  }
  invocation.config = std::move(loaded.config);
  return chosen->run(invocation);
}

}  // namespace
}  // namespace spoor::uplink

int main(int argc, char** argv) { return spoor::uplink::main(argc, argv); }
