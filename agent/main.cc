// spoor-agent: reads the command line and hands over to agent.cc.
#include <CLI/CLI.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "agent/agent.h"
#include "agent/doctor/checks.h"
#include "agent/doctor/report.h"
#include "agent/doctor/survey.h"
#include "agent/event_lines.h"
#include "agent/privilege.h"
#include "agent/replay.h"
#include "agent/replay_table.h"
#include "agent/rule_settings.h"
#include "agent/sealed_folder.h"
#include "common/log.h"
#include "common/time_format.h"

namespace spoor::agent {
namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

struct Arguments {
  std::string config_path = "/etc/spoor/agent.yml";
  bool check_config = false;
  bool json = false;
  bool all = false;
  std::vector<std::string> rule_files;
  ReplayOptions replay;
  bool replay_json = false;
  std::string replay_seal_folder;
};

int fail(const Status& status) {
  log_error("{}", status.message());
  return kFailed;
}

int run_agent(const Arguments& arguments, const Config& config, char** argv) {
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

// Of the terminal; as wide as a page where there is none.
size_t columns() {
  constexpr size_t kPage = 100;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kPage;
}

int run_doctor(const Arguments& arguments, const Config& config) {
  PosixFiles files;
  PosixHostCalls calls;
  const HostFacts facts = survey(files, calls, config);
  const std::vector<Finding> findings = examine(facts);
  const std::string report = arguments.json
                                 ? json_report(facts, findings)
                                 : text_report(facts, findings, columns(), arguments.all);
  std::printf("%s", report.c_str());
  return is_whole(findings) ? 0 : kFailed;
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

Status print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? ok() : from_errno(errno, "standard output");
}

void print_progress(const ReplayCounts& so_far, uint64_t bytes_all) {
  std::fprintf(stderr, "\r%s records", grouped(so_far.records).c_str());
  if (bytes_all > 0) {
    const auto percent = std::min<uint64_t>(so_far.bytes * 100 / bytes_all, 100);
    std::fprintf(stderr, ", %d %%", static_cast<int>(percent));
  }
  std::fprintf(stderr, "\033[K");
}

Result<std::unique_ptr<ReplayOutput>> replay_output(const Arguments& arguments, Files& files,
                                                    const Clock& clock) {
  std::unique_ptr<ReplayOutput> output;
  if (!arguments.replay_seal_folder.empty()) {
    ASSIGN_OR_RETURN(output, SealedFolder::open(files, clock, arguments.replay_seal_folder));
  } else if (arguments.replay_json) {
    output = std::make_unique<EventLines>(print);
  } else {
    output = std::make_unique<ReplayTable>(print);
  }
  return output;
}

int run_replay(const Arguments& arguments) {
  PosixFiles files;
  const SystemClock clock;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto say = [&](const std::string& text) {
    std::fprintf(stderr, "%sspoor-agent replay: %s\n", terminal ? "\r\033[K" : "", text.c_str());
  };
  auto output = replay_output(arguments, files, clock);
  if (!output.is_ok()) {
    say(output.status().message());
    return kFailed;
  }
  const auto counts = replay(arguments.replay, clock, **output,
                             terminal ? ReplayProgress(print_progress) : ReplayProgress());
  say(counts.is_ok() ? summary_of(*counts) : counts.status().message());
  return counts.is_ok() ? 0 : kFailed;
}

void add_replay_options(CLI::App& command, Arguments& arguments) {
  command.add_option("FILE", arguments.replay.paths,
                     "Logs of auditd or recordings, rotated ones in any order; - is standard "
                     "input")
      ->required()
      ->type_name("");
  CLI::Option* json = command.add_flag("--json", arguments.replay_json,
                                       "One event a line, named as in the schema");
  command.add_option("--seal", arguments.replay_seal_folder,
                     "Write sealed frames into this folder, as the agent's spool has them")
      ->excludes(json)
      ->type_name("FOLDER");
  command.add_option("--node", arguments.replay.node, "Only records of this host (node=)")
      ->type_name("NAME");
  command.add_option("--host", arguments.replay.host,
                     "The host of records that name none (this one)")
      ->type_name("NAME");
  command.footer("Needs no privilege. A summary goes to standard error.\n"
                 "Exit codes: 0 played, 1 could not read or write, 2 bad usage.");
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
             "Exit codes: 0 stopped in order, 1 could not do it, 2 bad usage or configuration;\n"
             "of doctor: 0 the record is whole, 1 it is not, or nobody knows, 2 as above.");
  const CLI::Option* config_option =
      app.add_option("--config", arguments.config_path, "Configuration file")
          ->capture_default_str();
  app.add_flag("--check-config", arguments.check_config,
               "Print every problem of the configuration, or its effective values, and exit");
  app.add_subcommand("run", "Capture until SIGTERM; SIGHUP reloads (the default)");
  CLI::App* replay_command = app.add_subcommand(
      "replay", "Play audit logs through the same stages: counts, JSON or sealed frames");
  add_replay_options(*replay_command, arguments);
  CLI::App* cleanup_command = app.add_subcommand(
      "cleanup", "As root: remove our audit rules and put the kernel's settings back as found");
  CLI::App* sandbox_command = app.add_subcommand(
      "check-sandbox", "Enter the sandbox and show that what must be impossible is");
  CLI::App* doctor_command = app.add_subcommand(
      "doctor", "Say what would make the record incomplete on this host, and how to mend it; exit "
                "code 0 only when it is whole. Best as root; changes nothing");
  doctor_command->add_flag("--json", arguments.json, "One object a line, for programs");
  doctor_command->add_flag("--all", arguments.all, "Show also what is well");
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

  if (replay_command->parsed()) return run_replay(arguments);

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
  if (doctor_command->parsed()) return run_doctor(arguments, loaded.config);
  if (rules_command->parsed()) return run_check_rules(arguments, loaded.config);
  return run_agent(arguments, loaded.config, argv);
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
