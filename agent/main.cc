// spoor-agent: reads the command line and hands over to agent.cc.
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cstdio>

#include "agent/agent.h"
#include "agent/privilege.h"
#include "agent/rule_settings.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

struct Arguments {
  std::string config_path = "/etc/spoor/agent.yml";
  bool check_config = false;
  std::string replay_path;
  std::vector<std::string> rule_files;
};

int fail(const Status& status) {
  log_error("{}", status.message());
  return kFailed;
}

int run_agent(const Arguments& arguments, const Config& config, char** argv) {
  if (!arguments.replay_path.empty()) {
    const Status status = replay(config, arguments.replay_path);
    return status.is_ok() ? 0 : fail(status);
  }
  auto agent = Agent::start(arguments.config_path, config);
  if (!agent.is_ok()) return fail(agent.status());
  const auto end = (*agent)->run();
  if (!end.is_ok()) return fail(end.status());
  if (*end == Agent::End::stop) return 0;
  log_info("reloading");
  return fail((*agent)->execute_again(argv));
}

int run_cleanup(const Config& config) {
  const auto done = cleanup(config);
  if (!done.is_ok()) return fail(done.status());
  for (const std::string& line : *done) std::printf("%s\n", line.c_str());
  return 0;
}

int run_check_sandbox(const Arguments& arguments, const Config& config) {
  const Status entered = enter_sandbox(arguments.config_path, config);
  if (!entered.is_ok()) return fail(entered);
  bool all_refused = true;
  for (const Attempt& attempt : try_forbidden()) {
    all_refused = all_refused && attempt.refused;
    std::printf("%-45s %s (%s)\n", attempt.what.c_str(), attempt.refused ? "refused" : "POSSIBLE",
                attempt.answer.c_str());
  }
  return all_refused ? 0 : kFailed;
}

// The rules to standard output, so that diff(1) with `auditctl -l` works; all else beside it.
int run_check_rules(const Arguments& arguments, const Config& config) {
  const RuleSet set = arguments.rule_files.empty() ? wanted_rules(config)
                                                   : check_rule_files(arguments.rule_files, config);
  for (const std::string& problem : set.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!set.problems.empty()) return kBadUsage;
  std::printf("%s", rules_as_listed(set).c_str());
  std::fflush(stdout);
  std::fprintf(stderr, "\n%s", rules_table(set).c_str());
  return 0;
}

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Records who logs in to this host and what they run, from the kernel's audit system.",
      "spoor-agent");
  app.set_version_flag("--version", SPOOR_VERSION);
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.footer("Runs as the user spoor-agent with four capabilities, never as root.\n"
             "Exit codes: 0 stopped in order, 1 could not do it, 2 bad usage or configuration.");
  const CLI::Option* config_option =
      app.add_option("--config", arguments.config_path, "Configuration file")
          ->capture_default_str();
  app.add_flag("--check-config", arguments.check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  CLI::App* run = app.add_subcommand("run", "Capture until SIGTERM; SIGHUP reloads (the default)");
  run->add_option("--replay", arguments.replay_path,
                  "Play this recording through the same stages instead of the kernel");
  CLI::App* cleanup_command = app.add_subcommand(
      "cleanup", "As root: remove our audit rules and put the kernel's settings back as found");
  CLI::App* sandbox_command = app.add_subcommand(
      "check-sandbox", "Enter the sandbox and show that what must be impossible is");
  CLI::App* rules_command = app.add_subcommand(
      "check-rules",
      "Print the audit rules of these files, or of the configuration, as auditctl -l "
      "lists them, or every problem as file:line: what");
  rules_command->add_option("FILE", arguments.rule_files,
                            "Rule files; without any, those that the agent would load");
  // CLI11's own codes for a bad command line are above 100.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }

  // Everything has a default: only a file that was asked for must be there.
  const bool defaults =
      config_option->count() == 0 && access(arguments.config_path.c_str(), F_OK) != 0;
  const LoadedConfig loaded = defaults ? LoadedConfig() : load_config(arguments.config_path);
  open_log("spoor-agent", loaded.config.log_level);
  for (const std::string& problem : loaded.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  if (arguments.check_config) {
    std::printf("%s", describe(loaded.config).c_str());
    return 0;
  }
  if (cleanup_command->parsed()) return run_cleanup(loaded.config);
  if (sandbox_command->parsed()) return run_check_sandbox(arguments, loaded.config);
  if (rules_command->parsed()) return run_check_rules(arguments, loaded.config);
  return run_agent(arguments, loaded.config, argv);
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
