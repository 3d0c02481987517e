// One subcommand of spoor-collector: what it adds to the command line, and what it does. Options
// live as long as `run`. Main thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace CLI {
class App;
}

namespace spoor::collector {

// Exit codes; 0 is success.
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;

struct Subcommand {
  const CLI::App* app = nullptr;
  std::function<int()> run;
};

std::vector<Subcommand> add_init(CLI::App& app);
std::vector<Subcommand> add_token(CLI::App& app);
std::vector<Subcommand> add_agents(CLI::App& app);
std::vector<Subcommand> add_reindex(CLI::App& app);

// To standard output, all of it.
Status print(std::string_view text);
// Says why on standard error; the exit code.
int fail(const Status& status);
// 0, or fail().
int finish(const Status& status);

// From here on this process is the user that the folder belongs to, if it was root: files that it
// makes there are that user's. `denied` for anybody else than root and that user.
Status become_owner_of(const std::string& folder);
// Who runs this, for events: `uid 0 (logged in as uid 1000)`. Before become_owner_of().
std::string who_runs_this();
// Seconds since 1970 UTC.
int64_t now_s();

}  // namespace spoor::collector
