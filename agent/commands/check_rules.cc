#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "agent/commands/subcommand.h"
#include "agent/rule_settings.h"

namespace spoor::agent {
namespace {

using Paths = std::vector<std::string>;

// The rules to standard output, so that diff(1) with `auditctl -l` works; all else beside it.
int run(const Paths& paths, const Config& config) {
  const RuleSet set = paths.empty() ? wanted_rules(config) : check_rule_files(paths, config);
  for (const std::string& problem : set.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!set.problems.empty()) return kBadUsage;
  if (const Status printed = print(rules_as_listed(set)); !printed.is_ok()) return fail(printed);
  std::fprintf(stderr, "\n%s\n%s", rules_table(set).c_str(), settings_table(set, config).c_str());
  if (!set.warnings.empty() || !set.notes.empty()) std::fprintf(stderr, "\n");
  for (const std::string& warning : set.warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  for (const std::string& note : set.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  return 0;
}

}  // namespace

Subcommand add_check_rules(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "check-rules",
      "Print the audit rules of these files, or of the configuration, as auditctl -l lists them; "
      "beside them where each comes from, the settings and what to mind. Or every problem as "
      "file:line: what");
  const auto paths = std::make_shared<Paths>();
  command->add_option("FILE", *paths, "Rule files; without any, those that the agent would load");
  return {command,
          [paths](const Invocation& invocation) { return run(*paths, invocation.config); }};
}

}  // namespace spoor::agent
