#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "agent/commands/subcommand.h"
#include "agent/doctor/checks.h"
#include "agent/doctor/report.h"
#include "agent/doctor/survey.h"

namespace spoor::agent {
namespace {

struct Options {
  bool json = false;
  bool all = false;
};

// Of the terminal; as wide as a page where there is none.
size_t columns() {
  constexpr size_t kPage = 100;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kPage;
}

int run(const Options& options, const Invocation& invocation) {
  PosixFiles files;
  PosixHostCalls calls;
  const HostFacts facts = survey(files, calls, invocation.config);
  const std::vector<Finding> findings = examine(facts);
  const std::string report = options.json ? json_report(facts, findings, options.all)
                                          : text_report(facts, findings, columns(), options.all);
  if (const Status printed = print(report); !printed.is_ok()) return fail(printed);
  return is_whole(findings) ? 0 : kFailed;
}

}  // namespace

Subcommand add_doctor(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "doctor",
      "Say what would make the record incomplete on this host, and how to mend it; exit "
      "code 0 only when it is whole. Best as root; changes nothing");
  const auto options = std::make_shared<Options>();
  command->add_flag("--json", options->json, "One object a line, for programs");
  command->add_flag("--all", options->all, "Show also what is well, as text and as JSON");
  return {command, [options](const Invocation& invocation) { return run(*options, invocation); }};
}

}  // namespace spoor::agent
