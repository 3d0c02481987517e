// The uplink's configuration: /etc/spoor/uplink.yml (packaging/config/uplink.yml is the commented
// copy of the defaults).
#pragma once

#include <string>
#include <vector>

namespace spoor::uplink {

inline constexpr char kLocalCollector[] = "unix:/run/spoor-collector/uplink.sock";
// More is a mistake, not a fleet: they are tried one after the other.
inline constexpr size_t kCollectorAddressesMax = 16;

struct Config {
  std::string host;  // empty: uname -n
  // Both programs of a host must name the same one (machine-id(5)).
  std::string machine_id_file = "/etc/machine-id";
  std::string log_level = "info";
  std::string spool_folder = "/var/lib/spoor-agent/spool";
  std::string commit_folder = "/var/lib/spoor-uplink/commit";
  // Holds the id of the log that this host is bound to, and its identity where it is enrolled.
  std::string state_folder = "/var/lib/spoor-uplink";
  // All lead to one log. Empty: where this host was enrolled; where it is not, kLocalCollector.
  std::vector<std::string> collector_addresses;
  // This host may leave the log that it is bound to for the one that these addresses lead to.
  bool switch_log = false;
};

struct LoadedConfig {
  Config config;
  std::vector<std::string> problems;  // `file:line: what`
};

LoadedConfig load_config(const std::string& path);
std::string describe(const Config& config);

}  // namespace spoor::uplink
