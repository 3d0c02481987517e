// The collector's configuration: /etc/spoor/collector.yml, with a default for everything
// (packaging/config/collector.yml is the commented copy of this).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spoor::collector {

struct Config {
  std::string log_level = "info";
  // The log of evidence; its parent folder must exist.
  std::string log_folder = "/var/lib/spoor-collector/log";
  // Space in the log's folder that a full disk gives up for the collector's own events; 0: none.
  uint64_t log_ballast_bytes = 256ull << 20;
  // The index of the log; empty: `index` in the log's folder.
  std::string index_folder;
  // Where uplinks and operators connect. Paths; mode 0660. The groups are names or numbers; empty:
  // the collector's own. With uplink_listen the uplinks' may be empty: none.
  std::string uplink_socket = "/run/spoor-collector/uplink.sock";
  std::string query_socket = "/run/spoor-collector/query.sock";
  std::string uplink_group;
  std::string query_group;
  // The registry of agents; empty: state.db in the log's folder. And where the CA answers.
  std::string state_file;
  std::string authority_socket = "/run/spoor-ca/ca.sock";
  // From an agent's last sign of life to the event that tells it, at most.
  int64_t silent_after_s = 30;
  int64_t stalled_after_s = 30;
  // HOST:PORT for uplinks over mutual TLS; empty: none. PEM files: this server's certificate with
  // what leads to its root, its key, and the authorities whose agents' certificates count.
  std::string uplink_listen;
  std::string tls_certificate = "/etc/spoor/tls/server.pem";
  std::string tls_key = "/etc/spoor/tls/server.key";
  std::string tls_authorities = "/etc/spoor/tls/authorities.pem";
};

struct LoadedConfig {
  Config config;
  // `file:line: what`, or `file: what` of the whole; with any, the configuration is not to be used.
  std::vector<std::string> problems;
};

// Reads and checks the file. One that cannot be read is a problem, too; one that is not there gives
// the defaults unless it `must_exist`.
LoadedConfig load_config(const std::string& path, bool must_exist = true);
// Where the registry and the index are.
std::string state_path(const Config& config);
std::string index_folder(const Config& config);
// The effective values as YAML, for --check-config.
std::string describe(const Config& config);

}  // namespace spoor::collector
