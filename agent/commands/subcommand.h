// One subcommand of spoor-agent: what it adds to the command line, and what it does. Options live
// as long as `run`. Main thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/config.h"
#include "common/result.h"

namespace CLI {
class App;
}

namespace spoor::agent {

// Exit codes; 0 is success.
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;

struct Invocation {
  std::string config_path = "/etc/spoor/agent.yml";
  Config config;
  char** argv = nullptr;
};

struct Subcommand {
  const CLI::App* app = nullptr;
  std::function<int(const Invocation&)> run;
  bool reads_config = true;
};

Subcommand add_run(CLI::App& app);
Subcommand add_replay(CLI::App& app);
Subcommand add_doctor(CLI::App& app);
Subcommand add_check_rules(CLI::App& app);
Subcommand add_check_sandbox(CLI::App& app);
Subcommand add_redact_check(CLI::App& app);
Subcommand add_cleanup(CLI::App& app);

// To standard output, all of it.
Status print(std::string_view text);
// Says why in the log.
int fail(const Status& status);

}  // namespace spoor::agent
