#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"
#include "agent/privilege.h"
#include "agent/witness_process.h"
#include "common/unique_fd.h"

namespace spoor::agent {
namespace {

constexpr size_t kColumns = 49;

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
  // Of this process, which nobody may look into any more but who may trace it.
  const auto self = static_cast<uint32_t>(getpid());
  const UniqueFd folder(open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto program = witness->program(self), directory = witness->directory(self, folder.get());
  std::string text;
  bool is_well = program && directory;
  for (const Attempt& attempt : attempts) {
    is_well = is_well && attempt.refused;
    text += line(attempt.what, (attempt.refused ? "refused (" : "POSSIBLE (") + attempt.answer +
                                   ")");
  }
  const auto told = [](const std::optional<WitnessSight>& sight) {
    return sight ? "works (" + sight->path + ")" : std::string("FAILS: ") + kWithoutWitness;
  };
  text += line("the witness seeing what a process runs", told(program));
  text += line("the witness seeing where a descriptor leads", told(directory));
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
