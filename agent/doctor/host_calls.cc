#include "agent/doctor/host_calls.h"

#include <libaudit.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/landlock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "agent/source/audit_rules.h"
#include "agent/source/rule_text.h"

namespace spoor::agent {
namespace {

constexpr int kReplyTimeoutMs = 5'000;
constexpr int kConnectorTimeoutMs = 1'000;
constexpr long kTmpfsMagic = 0x01021994;  // linux/magic.h
constexpr long kRamfsMagic = 0x858458f6;

// Inode numbers of the first namespaces (linux/proc_ns.h; in the interface since 6.18,
// linux/nsfs.h). The network's has only had a fixed one since 6.18.
constexpr ino_t kFirstUser = 0xEFFFFFFD;
constexpr ino_t kFirstPid = 0xEFFFFFFC;
constexpr ino_t kFirstNet = 0xEFFFFFF9;

// nlmsghdr, cn_msg and one word (Documentation/driver-api/connector.rst in the kernel's tree).
std::array<char, sizeof(nlmsghdr) + sizeof(cn_msg) + sizeof(uint32_t)> subscription() {
  nlmsghdr header{};
  cn_msg message{};
  const uint32_t operation = PROC_CN_MCAST_LISTEN;
  header.nlmsg_len = sizeof header + sizeof message + sizeof operation;
  header.nlmsg_type = NLMSG_DONE;
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::array<char, sizeof header + sizeof message + sizeof operation> bytes{};
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &message, sizeof message);
  std::memcpy(bytes.data() + sizeof header + sizeof message, &operation, sizeof operation);
  return bytes;
}

Result<ino_t> inode_of(const char* path) {
  struct stat info {};
  if (stat(path, &info) != 0) return from_errno(errno, std::string("looking at ") + path);
  return info.st_ino;
}

}  // namespace

RuleFacts facts_of(const AuditRule& rule) {
  const audit_rule_data& data = *rule.data;
  RuleFacts facts;
  facts.ours = is_our_rule(rule);
  facts.never = data.action == AUDIT_NEVER;
  facts.list = list_name(rule);
  facts.text = auditctl_line(rule);
  for (uint32_t i = 0; i < data.field_count && i < AUDIT_MAX_FIELDS; ++i) {
    facts.conditions += data.fields[i] != AUDIT_FILTERKEY;
  }
  return facts;
}

uint32_t PosixHostCalls::uid() { return geteuid(); }

std::string PosixHostCalls::host_name() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "";
}

std::string PosixHostCalls::kernel_release() {
  utsname names{};
  return uname(&names) == 0 ? names.release : "";
}

Result<AuditStatus> PosixHostCalls::audit_status() {
  ASSIGN_OR_RETURN(AuditControl control, AuditControl::open());
  return control.status();
}

Result<std::vector<RuleFacts>> PosixHostCalls::audit_rules() {
  ASSIGN_OR_RETURN(AuditControl control, AuditControl::open());
  ASSIGN_OR_RETURN(const std::vector<AuditRule> rules, control.rules());
  std::vector<RuleFacts> facts;
  for (const AuditRule& rule : rules) facts.push_back(facts_of(rule));
  return facts;
}

Result<LoginUidFeatures> PosixHostCalls::login_uid_features() {
  const UniqueFd fd(audit_open());
  if (!fd.is_open()) return from_errno(errno, "opening the audit control socket");
  const int sent = audit_request_features(fd.get());
  if (sent <= 0) return from_errno(-sent, "asking for the audit features");
  audit_reply reply{};
  while (true) {
    pollfd wait{fd.get(), POLLIN, 0};
    if (poll(&wait, 1, kReplyTimeoutMs) <= 0) {
      return unavailable("the kernel's audit system did not answer");
    }
    const int size = audit_get_reply(fd.get(), &reply, GET_REPLY_NONBLOCKING, 0);
    if (size < 0 && size != -EAGAIN) return from_errno(-size, "reading the audit features");
    if (size <= 0) continue;
    if (reply.type == NLMSG_ERROR && reply.error->error != 0) {
      return from_errno(-reply.error->error, "asking for the audit features");
    }
    if (reply.type != AUDIT_GET_FEATURE) continue;
    const uint32_t bit = AUDIT_FEATURE_TO_MASK(AUDIT_FEATURE_LOGINUID_IMMUTABLE);
    return LoginUidFeatures{(reply.features->features & bit) != 0,
                            (reply.features->lock & bit) != 0};
  }
}

Result<Namespaces> PosixHostCalls::namespaces() {
  ASSIGN_OR_RETURN(const ino_t pid, inode_of("/proc/self/ns/pid"));
  ASSIGN_OR_RETURN(const ino_t user, inode_of("/proc/self/ns/user"));
  ASSIGN_OR_RETURN(const ino_t net, inode_of("/proc/self/ns/net"));
  Namespaces found{pid == kFirstPid, user == kFirstUser, net == kFirstNet};
  if (found.net) return found;
  // Before 6.18: the network namespace of the first process, if it is the first one that we see.
  // Where its folder is closed to us, the connector tells, which only answers in the first one.
  const auto first = inode_of("/proc/1/ns/net");
  if (found.pid && first.is_ok()) {
    found.net = *first == net;
    return found;
  }
  ASSIGN_OR_RETURN(found.net, connector_answers());
  return found;
}

Result<bool> PosixHostCalls::connector_answers() {
  const UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  // Without the connector the kernel has no such protocol; in another network namespace than the
  // first nobody is at the other end.
  if (!fd.is_open()) return errno == EPROTONOSUPPORT ? Result<bool>(false)
                                                     : from_errno(errno, "opening the connector");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return from_errno(errno, "joining the process connector (needs CAP_NET_ADMIN)");
  }
  const auto request = subscription();
  if (send(fd.get(), request.data(), request.size(), 0) < 0) {
    if (errno == ECONNREFUSED) return false;
    return from_errno(errno, "subscribing to the process connector");
  }
  // It acknowledges to the whole group; without CONFIG_PROC_EVENTS nobody does. Births and ends
  // that come first show just as well that it works.
  pollfd wait{fd.get(), POLLIN, 0};
  return poll(&wait, 1, kConnectorTimeoutMs) > 0;
}

Result<int> PosixHostCalls::landlock_version() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version >= 0) return static_cast<int>(version);
  if (errno == ENOSYS || errno == EOPNOTSUPP) return 0;
  return from_errno(errno, "asking for Landlock");
}

Result<Folder> PosixHostCalls::folder(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Folder{};
    return from_errno(errno, "looking at " + path);
  }
  struct statfs system {};
  if (statfs(path.c_str(), &system) != 0)
    return from_errno(errno, "looking at the disk of " + path);
  const auto type = static_cast<long>(system.f_type);
  return Folder{true, info.st_uid, info.st_mode & 07777u,
                static_cast<uint64_t>(system.f_bavail) * static_cast<uint64_t>(system.f_bsize),
                type == kTmpfsMagic || type == kRamfsMagic};
}

Result<bool> PosixHostCalls::clock_synchronised() {
  timex clock{};
  if (adjtimex(&clock) < 0) return from_errno(errno, "asking for the clock's state");
  return (clock.status & STA_UNSYNC) == 0;
}

std::vector<ProcessFound> PosixHostCalls::processes() { return processes_found(); }

Result<std::string> PosixHostCalls::link_target(const std::string& path) {
  std::array<char, 4096> target;
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return from_errno(errno, "following " + path);
  return std::string(target.data(), static_cast<size_t>(size));
}

}  // namespace spoor::agent
