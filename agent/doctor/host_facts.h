// What `spoor-agent doctor` looked at, as plain data: gathered in one place (survey.h), judged in
// another (checks.h), so that every judgement is tested with facts that show its problem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/doctor/journald_audit.h"
#include "agent/kernel_settings.h"
#include "agent/source/audit_control.h"
#include "agent/source/hiding_rules.h"
#include "agent/source/rule_line.h"

namespace spoor::agent {

// A fact, or why it could not be had. Never neither: what was not looked at says so.
template <typename T>
class Known {
 public:
  Known() = default;
  Known(T value) : value_(std::move(value)) {}
  static Known unknown(std::string why) {
    Known fact;
    fact.why_ = std::move(why);
    return fact;
  }
  static Known from(Result<T> result) {
    return result.is_ok() ? Known(std::move(result).value()) : unknown(result.status().message());
  }
  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  const std::string& why() const { return why_; }

 private:
  std::optional<T> value_;
  std::string why_ = "not looked at";
};

struct Program {
  uint32_t pid = 0;  // 0: there is none
  std::string comm;
  std::string exe;   // empty when it cannot be seen
};

// The rules in the kernel.
struct KernelRules {
  size_t ours = 0;
  std::vector<HidingRule> hiding;  // of others, and what they take from ours
  // `file:line` of wanted ones that are not there, though what they watch is.
  std::vector<std::string> not_loaded;
};

// audit_features (linux/audit.h).
struct LoginUidFeatures {
  bool immutable = false, locked = false;
};

// /etc/audit/auditd.conf's answers to a full disk.
struct AuditdActions {
  std::string space_left, admin_space_left, disk_full, disk_error, max_log_file;
};

struct PamService {
  std::string name;
  bool sets_login_uid = false;
};

// The namespaces that the kernel's audit system speaks to.
struct Namespaces {
  bool pid = true, user = true, net = true;  // the first one of its kind
};

struct Folder {
  bool exists = false;
  uint32_t uid = 0;
  uint32_t mode = 0;       // permission bits
  uint64_t free_bytes = 0;
  bool in_memory = false;  // tmpfs(5)
};

struct Capabilities {
  std::vector<std::string> missing;
  std::string whose;  // "the agent that runs, pid 4711"
  bool no_witness = false;  // it runs without one (agent/source/witness.h)
};

struct RunningProcesses {
  uint32_t with_login = 0, without = 0;
};

struct HostFacts {
  std::string host;
  std::string kernel;                  // uname -r
  uint32_t uid = 0;                    // that looked

  Known<std::string> boot_line;        // /proc/cmdline
  std::string boot_configured_in;      // the file by which the next boot has audit=1
  Known<AuditStatus> audit;
  Known<LoginUidFeatures> features;
  Known<KernelRules> rules;
  Known<Program> seat_holder;
  Known<AuditdActions> auditd;
  Known<std::vector<Program>> listeners;  // of the kernel's audit multicast
  Known<JournaldAudit> journald;
  bool journald_socket_masked = false;  // from its next start it has nothing to do with audit
  Known<std::vector<PamService>> pam;
  Known<Namespaces> namespaces;
  Known<bool> connector;               // the kernel tells of births and ends here
  Known<Capabilities> capabilities;
  Known<int> landlock;                 // ABI version, 0: there is none
  Known<Folder> spool, state;
  Known<std::string> machine_id;
  Known<bool> clock_synchronised;
  Known<RunningProcesses> processes;
  Known<bool> agent_account, commit_account;

  // From the configuration.
  std::string spool_folder, state_folder, machine_id_file, commit_user;
  uint64_t spool_bytes_max = 0;
  KernelSettings wanted;       // rule files included
  RuleSettings rule_settings;  // what of that rule files say, and where
  std::vector<std::string> rule_problems, rule_warnings;
  size_t rules_wanted = 0;
};

inline bool agent_has_seat(const HostFacts& facts) {
  return facts.seat_holder && facts.seat_holder->comm == "spoor-agent";
}
inline bool other_has_seat(const HostFacts& facts) {
  return facts.seat_holder && facts.seat_holder->pid != 0 && !agent_has_seat(facts);
}

}  // namespace spoor::agent
