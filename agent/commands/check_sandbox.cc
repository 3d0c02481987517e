#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"
#include "agent/privilege.h"

namespace spoor::agent {
namespace {

int run(const Invocation& invocation) {
  const Status entered = enter_sandbox(invocation.config_path, invocation.config);
  if (!entered.is_ok()) return fail(entered);
  bool all_refused = true;
  for (const Attempt& attempt : try_forbidden()) {
    all_refused = all_refused && attempt.refused;
    std::printf("%-45s %s (%s)\n", attempt.what.c_str(), attempt.refused ? "refused" : "POSSIBLE",
                attempt.answer.c_str());
  }
  return all_refused ? 0 : kFailed;
}

}  // namespace

Subcommand add_check_sandbox(CLI::App& app) {
  return {app.add_subcommand("check-sandbox",
                             "Enter the sandbox and show that what must be impossible is"),
          run};
}

}  // namespace spoor::agent
