#include "agent/doctor/host_calls.h"

#include <libaudit.h>
#include <linux/landlock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/source/audit_control.h"
#include "agent/source/proc_connector.h"

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

Result<ino_t> inode_of(const char* path) {
  struct stat info {};
  if (stat(path, &info) != 0) return from_errno(errno, std::string("looking at ") + path);
  return info.st_ino;
}

}  // namespace

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

Result<std::vector<AuditRule>> PosixHostCalls::audit_rules() {
  ASSIGN_OR_RETURN(AuditControl control, AuditControl::open());
  return control.rules();
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
  return agent::connector_answers(kConnectorTimeoutMs);
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

std::vector<ProcessFound> PosixHostCalls::processes() { return processes_found(SystemClock()); }

Result<std::string> PosixHostCalls::link_target(const std::string& path) {
  std::array<char, 4096> target;
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size < 0) return from_errno(errno, "following " + path);
  return std::string(target.data(), static_cast<size_t>(size));
}

bool PosixHostCalls::is_null_device(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3);
}

}  // namespace spoor::agent
