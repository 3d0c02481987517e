#include <CLI/CLI.hpp>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"

namespace spoor::agent {
namespace {

int run(const Invocation& invocation) {
  const auto done = cleanup(invocation.config);
  if (!done.is_ok()) return fail(done.status());
  std::string text;
  for (const std::string& line : *done) text += line + '\n';
  const Status printed = print(text);
  return printed.is_ok() ? 0 : fail(printed);
}

}  // namespace

Subcommand add_cleanup(CLI::App& app) {
  return {app.add_subcommand("cleanup",
                             "As root: remove our audit rules and put the kernel's "
                             "settings back as found"),
          run};
}

}  // namespace spoor::agent
