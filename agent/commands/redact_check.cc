#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "agent/commands/subcommand.h"
#include "agent/redact_check.h"
#include "agent/redact_files.h"
#include "agent/source/line_reader.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::agent {
namespace {

struct Options {
  std::vector<std::string> folders;
  std::string path = "-";
  bool argv = false;
};

std::string summary_of(uint64_t lines, uint64_t held,
                       const std::map<std::string, uint64_t>& rules) {
  std::string text = grouped(lines) + (lines == 1 ? " line, " : " lines, ");
  text += held == 0 ? "no secret found" : grouped(held) + " held a secret";
  for (const auto& [name, count] : rules) {
    text += (name == rules.begin()->first ? ": " : ", ") + name + " " + grouped(count);
  }
  return text;
}

int run(const Options& options, const Invocation& invocation) {
  const LoadedRedactRules loaded = options.folders.empty()
                                       ? read_redact_rules(invocation.config.redact_folders)
                                       : read_only_redact_rules(options.folders);
  for (const std::string& problem : loaded.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!loaded.problems.empty()) return kBadUsage;
  auto reader = LineReader::open(options.path);
  if (!reader.is_ok()) return fail(reader.status());
  const std::string name = options.path == "-" ? "standard input" : visible(options.path);
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  Matcher matcher(*loaded.rules);
  uint64_t lines = 0, held = 0;
  std::map<std::string, uint64_t> rules;
  while (const auto line = reader->next()) {
    ++lines;
    const auto checked =
        options.argv ? check_arguments(matcher, *line) : Result(check_line(matcher, *line));
    const std::string place = name + ":" + std::to_string(lines) + ": ";
    if (!checked.is_ok()) {
      std::fprintf(stderr, "%s%s\n", place.c_str(), checked.status().message().c_str());
      return kBadUsage;
    }
    const std::string& text = checked->text;
    if (const Status printed = print((terminal && !options.argv ? visible(text) : text) + "\n");
        !printed.is_ok()) {
      return fail(printed);
    }
    if (!checked->rules.empty()) ++held;
    for (const std::string& rule : checked->rules) {
      ++rules[rule];
      std::fprintf(stderr, "%s%s\n", place.c_str(), rule.c_str());
    }
  }
  if (!reader->status().is_ok()) return fail(reader->status().with_context(name));
  std::fprintf(stderr, "%s\n", summary_of(lines, held, rules).c_str());
  return 0;
}

}  // namespace

Subcommand add_redact_check(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "redact-check",
      "Show what the redaction rules do to lines: each line as it would be recorded, beside it "
      "(standard error) which rules found a secret in it, and a summary");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->path, "Lines to look at; - is standard input")
      ->capture_default_str()
      ->type_name("");
  command
      ->add_option("--rules", options->folders,
                   "Only the rules of this folder, without the shipped ones; may be repeated")
      ->type_name("FOLDER");
  command->add_flag("--argv", options->argv,
                    "Each line is the arguments of a command: [\"mysql\", \"-psecret\"]");
  command->footer(
      "Exit codes: 0 looked at, whatever was found, 1 something could not be read,\n"
      "2 bad usage, a line that is no JSON array, or rules with problems.");
  return {command, [options](const Invocation& invocation) { return run(*options, invocation); }};
}

}  // namespace spoor::agent
