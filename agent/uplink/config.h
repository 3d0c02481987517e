// The uplink's configuration: /etc/spoor/uplink.yml (packaging/config/uplink.yml is the commented
// copy of the defaults).
#pragma once

#include <string>
#include <vector>

namespace spoor::uplink {

struct Config {
  std::string host;  // empty: uname -n
  // Both programs of a host must name the same one (machine-id(5)).
  std::string machine_id_file = "/etc/machine-id";
  std::string log_level = "info";
  std::string spool_folder = "/var/lib/spoor-agent/spool";
  std::string commit_folder = "/var/lib/spoor-uplink/commit";
  // Holds the id of the log that this host is bound to.
  std::string state_folder = "/var/lib/spoor-uplink";
  std::string collector_address = "unix:/run/spoor-collector/uplink.sock";
};

struct LoadedConfig {
  Config config;
  std::vector<std::string> problems;  // `file:line: what`
};

LoadedConfig load_config(const std::string& path);
std::string describe(const Config& config);

}  // namespace spoor::uplink
