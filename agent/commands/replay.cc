#include "agent/replay.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "agent/commands/subcommand.h"
#include "agent/event_lines.h"
#include "agent/redact/redactor.h"
#include "agent/redact_files.h"
#include "agent/replay_table.h"
#include "agent/sealed_folder.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::agent {
namespace {

struct Options {
  ReplayOptions replay;
  bool json = false;
  bool no_redact = false;
  std::string seal_folder;
};

void print_progress(const ReplayCounts& so_far, uint64_t bytes_all) {
  std::fprintf(stderr, "\r%s records", grouped(so_far.records).c_str());
  if (bytes_all > 0) {
    const auto percent = std::min<uint64_t>(so_far.bytes * 100 / bytes_all, 100);
    std::fprintf(stderr, ", %d %%", static_cast<int>(percent));
  }
  std::fprintf(stderr, "\033[K");
}

Result<std::unique_ptr<ReplayOutput>> output_of(const Options& options, Files& files,
                                                const Clock& clock) {
  std::unique_ptr<ReplayOutput> output;
  if (!options.seal_folder.empty()) {
    ASSIGN_OR_RETURN(output, SealedFolder::open(files, clock, options.seal_folder));
  } else if (options.json) {
    output = std::make_unique<EventLines>(print);
  } else {
    output = std::make_unique<ReplayTable>(print);
  }
  return output;
}

// The configuration's folder by its default: a log is played where it lies, without one.
LoadedRedactRules rules_of(const Options& options) {
  return options.no_redact ? LoadedRedactRules() : read_redact_rules(Config().redact_folders);
}

int run(Options options) {
  PosixFiles files;
  const SystemClock clock;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const auto say = [&](const std::string& text) {
    std::fprintf(stderr, "%sspoor-agent replay: %s\n", terminal ? "\r\033[K" : "", text.c_str());
  };
  const LoadedRedactRules rules = rules_of(options);
  for (const std::string& problem : rules.problems) say(problem);
  if (!rules.problems.empty()) return kBadUsage;
  std::optional<Redactor> redactor;
  if (rules.rules != nullptr) options.replay.redactor = &redactor.emplace(rules.rules);
  auto output = output_of(options, files, clock);
  if (!output.is_ok()) {
    say(output.status().message());
    return kFailed;
  }
  const auto counts = replay(options.replay, clock, **output,
                             terminal ? ReplayProgress(print_progress) : ReplayProgress());
  if (!counts.is_ok()) {
    say(counts.status().message());
    return kFailed;
  }
  say(summary_of(*counts));
  for (const std::string& problem : counts->problems) say(problem);
  return counts->problems.empty() ? 0 : kFailed;
}

}  // namespace

Subcommand add_replay(CLI::App& app) {
  const auto is_given = [](const std::string& text) {
    return text.empty() ? std::string("must not be empty") : std::string();
  };
  const auto is_name = [is_given](const std::string& name) {
    return visible(name) == name ? is_given(name) : "must be a name, without control characters";
  };
  CLI::App* command = app.add_subcommand(
      "replay", "Play audit logs through the same stages: counts, JSON or sealed frames");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("FILE", options->replay.paths,
                   "Logs of auditd or recordings, rotated ones in any order; - is standard input")
      ->required()
      ->type_name("");
  CLI::Option* json =
      command->add_flag("--json", options->json, "One event a line, named as in the schema");
  command
      ->add_option("--seal", options->seal_folder,
                   "Write sealed frames into this folder, as the agent's spool has them")
      ->excludes(json)
      ->check(is_given)
      ->type_name("FOLDER");
  command->add_flag("--no-redact", options->no_redact,
                    "Leave secrets in: the log is evidence as it is, and stays where it lies");
  command->add_option("--node", options->replay.node, "Only records of this host (node=)")
      ->check(is_name)
      ->type_name("NAME");
  command->add_option("--host", options->replay.host, "The host of records that name none")
      ->check(is_name)
      ->type_name("NAME");
  command->footer(
      "Needs no privilege. A summary goes to standard error.\n"
      "Exit codes: 0 played, 1 something could not be read, written or played, 2 bad usage.");
  return {command, [options](const Invocation&) { return run(*options); }, false};
}

}  // namespace spoor::agent
