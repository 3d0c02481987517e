// spoor-agent: reads the command line and hands over to a subcommand.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "agent/commands/subcommand.h"
#include "agent/privilege.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

// Everything has a default: only a file that was asked for must be there.
LoadedConfig config_of(const std::string& path, bool asked_for) {
  return !asked_for && access(path.c_str(), F_OK) != 0 ? LoadedConfig() : load_config(path);
}

int main(int argc, char** argv) {
  hold_back_witness_capabilities();
  CLI::App app(
      "Records who logs in to this host and what they run, from the kernel's audit system.",
      "spoor-agent");
  Invocation invocation;
  invocation.argv = argv;
  bool check_config = false;
  app.set_version_flag("--version", SPOOR_VERSION);
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.footer(
      "Runs as the user spoor-agent with five capabilities, never as root.\n"
      "Exit codes: 0 stopped in order, 1 could not do it, 2 bad usage or configuration;\n"
      "of doctor: 0 the record is whole, 1 it is not, or nobody knows, 2 as above.");
  const CLI::Option* config_option =
      app.add_option("--config", invocation.config_path, "Configuration file")
          ->capture_default_str();
  app.add_flag("--check-config", check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  const std::array subcommands{add_run(app),           add_replay(app), add_cleanup(app),
                               add_check_sandbox(app), add_doctor(app), add_check_rules(app),
                               add_redact_check(app)};
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
  if (!chosen->reads_config && !check_config) return chosen->run(invocation);

  LoadedConfig loaded = config_of(invocation.config_path, config_option->count() > 0);
  open_log("spoor-agent", loaded.config.log_level);
  for (const std::string& problem : loaded.problems)
    std::fprintf(stderr, "spoor-agent: %s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  if (check_config) {
    const Status printed = print(describe(loaded.config));
    return printed.is_ok() ? 0 : fail(printed);
  }
  invocation.config = std::move(loaded.config);
  return chosen->run(invocation);
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
