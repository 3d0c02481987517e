#include <CLI/CLI.hpp>

#include "agent/agent.h"
#include "agent/commands/subcommand.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

int run(const Invocation& invocation) {
  auto agent = Agent::start(invocation.config_path, invocation.config);
  if (!agent.is_ok()) return fail(agent.status());
  const auto end = (*agent)->run();
  if (!end.is_ok()) return fail(end.status());
  if (*end == Agent::End::stop) return 0;
  log_info("reloading");
  return fail((*agent)->execute_again(invocation.argv));
}

}  // namespace

Subcommand add_run(CLI::App& app) {
  return {app.add_subcommand("run", "Capture until SIGTERM; SIGHUP reloads (the default)"), run};
}

}  // namespace spoor::agent
