#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"
#include "agent/privilege.h"

namespace spoor::agent {
namespace {

constexpr size_t kColumns = 45;

int run(const Invocation& invocation) {
  const Status entered = enter_sandbox(invocation.config_path, invocation.config);
  if (!entered.is_ok()) return fail(entered);
  std::string text;
  bool all_refused = true;
  for (const Attempt& attempt : try_forbidden()) {
    all_refused = all_refused && attempt.refused;
    std::string what = attempt.what;
    what.resize(std::max(what.size(), kColumns), ' ');
    text += what + (attempt.refused ? " refused (" : " POSSIBLE (") + attempt.answer + ")\n";
  }
  if (const Status printed = print(text); !printed.is_ok()) return fail(printed);
  return all_refused ? 0 : kFailed;
}

}  // namespace

Subcommand add_check_sandbox(CLI::App& app) {
  return {app.add_subcommand("check-sandbox",
                             "Enter the sandbox and show that what must be impossible is"),
          run};
}

}  // namespace spoor::agent
