#include "collector/ca/confinement.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace spoor::collector {
namespace {

// Refused with EPERM. A call that this kernel or library does not know cannot be made either.
constexpr const char* kForbidden[] = {
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd", "io_uring_setup", "bpf", "userfaultfd", "keyctl", "add_key", "mount", "umount2",
    "pivot_root", "chroot", "setns", "unshare", "kexec_load", "init_module", "finit_module",
    "perf_event_open", "open_by_handle_at", "personality", "socketpair"};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ALLOW)) {}
  ~Filter() { seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  Status load() {
    if (context_ == nullptr) return unavailable("no memory for a seccomp filter");
    for (const char* name : kForbidden) {
      const int number = seccomp_syscall_resolve_name(name);
      if (number == __NR_SCMP_ERROR) continue;
      RETURN_IF_ERROR(done(
          seccomp_rule_add(context_, SCMP_ACT_ERRNO(EPERM), number, 0), "a forbidden call"));
    }
    // The kernel compares the whole register: a domain with its upper half set is another number,
    // which no family has.
    RETURN_IF_ERROR(done(seccomp_rule_add(context_, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                                          SCMP_A0(SCMP_CMP_NE, AF_UNIX)),
                         "sockets"));
    return done(seccomp_load(context_), "loading it");
  }

 private:
  static Status done(int result, const char* what) {
    return result == 0 ? ok() : from_errno(-result, std::string("the seccomp filter: ") + what);
  }
  const scmp_filter_ctx context_;
};

}  // namespace

Status confine_authority() {
  if (::geteuid() == 0) {
    return denied("not as root: the issuing key belongs to a user of its own. Start it by its unit "
                  "(systemctl start spoor-collector-ca)");
  }
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return from_errno(errno, "giving up core dumps and privileges");
  }
  return Filter().load();
}

}  // namespace spoor::collector
