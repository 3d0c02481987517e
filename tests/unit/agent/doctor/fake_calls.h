// A host that answers what a test wants. Its files are not here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/doctor/host_calls.h"
#include "agent/source/rule_data.h"

namespace spoor::agent {

class FakeCalls final : public HostCalls {
 public:
  uint32_t uid() override { return uid_value; }
  std::string host_name() override { return "web1"; }
  std::string kernel_release() override { return "6.1.0"; }
  Result<AuditStatus> audit_status() override { return status; }
  Result<LoginUidFeatures> login_uid_features() override { return LoginUidFeatures{}; }
  Result<std::vector<AuditRule>> audit_rules() override { return copy_rules(rules); }
  Result<Namespaces> namespaces() override { return Namespaces{}; }
  Result<bool> connector_answers() override { return denied("needs CAP_NET_ADMIN"); }
  Result<int> landlock_version() override { return 3; }
  Result<Folder> folder(const std::string& path) override { return folders[path]; }
  Result<bool> clock_synchronised() override { return true; }
  std::vector<ProcessFound> processes() override {
    return {{1, 0, 0, kUnsetId, kUnsetId}, {9, 1, 0, 1000, 3}};
  }
  Result<std::string> link_target(const std::string& path) override {
    const auto found = links.find(path);
    if (found == links.end()) return denied("following " + path);
    return found->second;
  }
  bool is_null_device(const std::string& path) override { return null_devices.contains(path); }

  uint32_t uid_value = 0;
  AuditStatus status;
  std::vector<AuditRule> rules;
  std::map<std::string, Folder> folders;
  std::map<std::string, std::string> links;
  std::set<std::string> null_devices;
};

}  // namespace spoor::agent
