// The agent's configuration: /etc/spoor/agent.yml, with a default for everything
// (packaging/config/agent.yml is the commented copy of this).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel_settings.h"
#include "agent/log_settings.h"
#include "agent/seat_keeper.h"

namespace spoor::agent {

struct Config {
  std::string host;  // empty: uname -n
  // Both programs of a host must name the same one (machine-id(5)).
  std::string machine_id_file = "/etc/machine-id";
  std::string log_level = "info";
  // Saved tables, and what the kernel's audit settings were before us.
  std::string state_folder = "/run/spoor-agent";

  std::string spool_folder = "/var/lib/spoor-agent/spool";
  uint64_t spool_bytes_max = 1ull << 30;
  // What the collector has not taken by then is given up.
  uint32_t spool_days_max = 30;

  // When an open frame is closed, in ms (agent/encode/encoder.h).
  struct Frames {
    uint32_t access_ms = 40, command_ms = 250, busy_command_ms = 20, other_ms = 1000;
    uint32_t busy_command_events = 64;
  };
  Frames frames;

  // Where the uplink leaves its commit notes, and the account (name or uid) that must own them.
  std::string commit_folder = "/var/lib/spoor-uplink/commit";
  std::string commit_user = "spoor";
  // The log whose commits are believed (agent/spool/trust.h), left by enrolment.
  std::string trust_file = "/etc/spoor/trust";
  // Our own Ed25519 key in PEM, which signs how far the streams have come; absent: nothing does.
  std::string checkpoint_key = "/etc/spoor/checkpoint.pem";

  // Each may have folders of profiles beside its own files (agent/source/audit_rules.h).
  std::vector<std::string> rules_folders = {"/usr/share/spoor/rules/audit", "/etc/spoor/audit.d"};
  std::string rules_profile = "standard";  // light, standard or strict
  // Commands without a login uid: off, containers or all.
  std::string rules_unattended = "off";
  // Guest mode: rules and events are limited to this login uid.
  std::optional<uint32_t> rules_only_login_uid;

  LogSettings logs;

  // Redaction rules of the site, beside those in the program (docs/redact.md).
  std::vector<std::string> redact_folders = {"/etc/spoor/redact.d"};

  KernelSettings kernel;
  SeatPolicy seat;
  // Our rules beside another audit daemon fill that one's log.
  bool rules_beside_daemon = false;

  // `file:line` of the kernel's settings that the file makes; a rule file must not make them, too.
  std::map<std::string, std::string> set_at;
};

struct LoadedConfig {
  Config config;
  // `file:line: what`; with any, the configuration is not to be used.
  std::vector<std::string> problems;
};

// Reads and checks the file. One that cannot be read is a problem, too.
LoadedConfig load_config(const std::string& path);
// The effective values as YAML, for --check-config.
std::string describe(const Config& config);

}  // namespace spoor::agent
