// Every file that doctor reads: the input is cut at NUL bytes into a PAM stack, one that it may
// include, auditd's and journald's settings, the unit, a process's status, the table of netlink
// sockets, the kernel's command line, /etc/passwd, and what else sets up journald, the boot and the
// unit.
// Whatever they hold: no crash, an end, and a report that keeps to printable characters.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "agent/doctor/checks.h"
#include "agent/doctor/report.h"
#include "agent/doctor/survey.h"
#include "common/check.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

constexpr std::array kPaths = {"/etc/pam.d/sshd",
                               "/etc/pam.d/common",
                               "/etc/audit/auditd.conf",
                               "/etc/systemd/journald.conf.d/a.conf",
                               "/etc/systemd/system/spoor-agent.service",
                               "/proc/self/status",
                               "/proc/net/netlink",
                               "/proc/cmdline",
                               "/etc/passwd",
                               "/etc/systemd/journald.conf",
                               "/usr/lib/systemd/journald.conf.d/a.conf",
                               "/usr/lib/systemd/journald.conf.d/b.conf",
                               "/etc/default/grub",
                               "/etc/default/grub.d/a.cfg",
                               "/etc/systemd/system/spoor-agent.service.d/a.conf"};

// A system that answers nothing: what is tested are the files.
class SilentCalls final : public HostCalls {
 public:
  uint32_t uid() override { return 0; }
  std::string host_name() override { return "host"; }
  std::string kernel_release() override { return "6.1"; }
  Result<AuditStatus> audit_status() override { return AuditStatus{}; }
  Result<LoginUidFeatures> login_uid_features() override { return denied("no"); }
  Result<std::vector<AuditRule>> audit_rules() override { return denied("no"); }
  Result<Namespaces> namespaces() override { return denied("no"); }
  Result<bool> connector_answers() override { return denied("no"); }
  Result<int> landlock_version() override { return denied("no"); }
  Result<Folder> folder(const std::string&) override { return Folder{}; }
  Result<bool> clock_synchronised() override { return denied("no"); }
  std::vector<ProcessFound> processes() override { return {}; }
  Result<std::string> link_target(const std::string&) override { return denied("no"); }
  bool is_null_device(const std::string&) override { return false; }
};

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  spoor::FakeFiles files;
  for (const char* path : kPaths) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    if (end > 0) files.put(path, std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  SilentCalls calls;
  Config config;
  config.rules_folders.clear();
  const HostFacts facts = survey(files, calls, config);
  const std::vector<Finding> findings = examine(facts);
  for (const char c : text_report(facts, findings, 80, true)) {
    CHECK(c == '\n' || (c >= 0x20 && c < 0x7f));
  }
  CHECK(!json_report(facts, findings, true).empty());
  return 0;
}
