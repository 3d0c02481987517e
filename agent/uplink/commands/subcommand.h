// One subcommand of spoor-uplink: what it adds to the command line, and what it does. Options live
// as long as `run`. Main thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/uplink/config.h"
#include "agent/uplink/lowered_process.h"
#include "common/result.h"

namespace CLI {
class App;
}

namespace spoor::uplink {

// Exit codes; 0 is success.
inline constexpr int kFailed = 1;
inline constexpr int kBadUsage = 2;

struct Invocation {
  std::string config_path = "/etc/spoor/uplink.yml";
  Config config;
};

struct Subcommand {
  const CLI::App* app = nullptr;
  std::function<int(const Invocation&)> run;
};

Subcommand add_run(CLI::App& app);
Subcommand add_enroll(CLI::App& app);
Subcommand add_status(CLI::App& app);

// To standard output, all of it.
Status print(std::string_view text);
// Says why on standard error.
int fail(const Status& status);
// The account of that name, from /etc/passwd.
Result<Account> account_of(const std::string& name);
// `2027-02-20 13:00:00 +01:00`
std::string moment(int64_t realtime_ns);

}  // namespace spoor::uplink
