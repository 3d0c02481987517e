#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"
#include "agent/privilege.h"
#include "agent/witness_process.h"

namespace spoor::agent {
namespace {

constexpr size_t kColumns = 45;

std::string line(std::string what, const std::string& outcome) {
  what.resize(std::max(what.size(), kColumns), ' ');
  return what + " " + outcome + "\n";
}

// As `run` does it: the witness first, which the sandbox would blind.
int run(const Invocation& invocation) {
  if (const Status may = check_identity(is_confined()); !may.is_ok()) return fail(may);
  std::vector<Attempt> attempts = try_forbidden_as_witness();
  auto witness = start_witness();
  if (!witness.is_ok()) return fail(witness.status());
  const Status entered = enter_sandbox(invocation.config_path, invocation.config);
  if (!entered.is_ok()) return fail(entered);
  const std::vector<Attempt> own = try_forbidden();
  attempts.insert(attempts.begin(), own.begin(), own.end());
  const auto first = witness->program(1);
  std::string text;
  bool is_well = first.has_value();
  for (const Attempt& attempt : attempts) {
    is_well = is_well && attempt.refused;
    text += line(attempt.what, (attempt.refused ? "refused (" : "POSSIBLE (") + attempt.answer +
                                   ")");
  }
  text += line("the witness telling what process 1 runs",
               first ? "works (" + first->path + ")" : std::string("FAILS: ") + kWithoutWitness);
  if (const Status printed = print(text); !printed.is_ok()) return fail(printed);
  return is_well ? 0 : kFailed;
}

}  // namespace

Subcommand add_check_sandbox(CLI::App& app) {
  return {app.add_subcommand("check-sandbox",
                             "Enter the sandbox beside a witness, and show that what must be "
                             "impossible is"),
          run};
}

}  // namespace spoor::agent
