// The door to what is no file: system calls by which doctor looks at the host. Looks only; changes
// nothing. PosixHostCalls is the earnest one; tests have a fake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/doctor/host_facts.h"
#include "agent/source/procfs.h"
#include "agent/source/rule_kernel.h"

namespace spoor::agent {

class HostCalls {
 public:
  virtual ~HostCalls() = default;
  virtual uint32_t uid() = 0;
  virtual std::string host_name() = 0;
  virtual std::string kernel_release() = 0;
  virtual Result<AuditStatus> audit_status() = 0;
  virtual Result<LoginUidFeatures> login_uid_features() = 0;
  virtual Result<std::vector<AuditRule>> audit_rules() = 0;
  // The first pid, user and network namespaces are the ones that the audit system speaks to.
  virtual Result<Namespaces> namespaces() = 0;
  // Asks the process connector to subscribe us, for a moment.
  virtual Result<bool> connector_answers() = 0;
  virtual Result<int> landlock_version() = 0;
  virtual Result<Folder> folder(const std::string& path) = 0;
  virtual Result<bool> clock_synchronised() = 0;
  virtual std::vector<ProcessFound> processes() = 0;
  // Where a symbolic link leads.
  virtual Result<std::string> link_target(const std::string& path) = 0;
  // Whether it leads to /dev/null, by whatever links: what systemd calls masked.
  virtual bool is_null_device(const std::string& path) = 0;
};

class PosixHostCalls final : public HostCalls {
 public:
  uint32_t uid() override;
  std::string host_name() override;
  std::string kernel_release() override;
  Result<AuditStatus> audit_status() override;
  Result<LoginUidFeatures> login_uid_features() override;
  Result<std::vector<AuditRule>> audit_rules() override;
  Result<Namespaces> namespaces() override;
  Result<bool> connector_answers() override;
  Result<int> landlock_version() override;
  Result<Folder> folder(const std::string& path) override;
  Result<bool> clock_synchronised() override;
  std::vector<ProcessFound> processes() override;
  Result<std::string> link_target(const std::string& path) override;
  bool is_null_device(const std::string& path) override;
};

}  // namespace spoor::agent
