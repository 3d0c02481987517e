#include "agent/decode/constants.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace spoor::agent {
namespace {

constexpr uint32_t kX86_64 = 0xC000003E, kI386 = 0x40000003, kArm = 0x40000028,
                   kAarch64 = 0xC00000B7, kS390x = 0x80000016, kPpc64le = 0xC0000015,
                   kRiscv64 = 0xC00000F3, kMips64 = 0xC0000008, kAlpha = 0xC0009026;

std::string name(Constant kind, uint64_t value, uint32_t arch = kX86_64) {
  return constant_name(kind, arch, value);
}

TEST(Constants, OpenFlags) {
  const auto open = [](uint64_t value, uint32_t arch = kX86_64) {
    return name(Constant::open_flags, value, arch);
  };
  EXPECT_EQ(open(0), "O_RDONLY");
  EXPECT_EQ(open(O_WRONLY | O_CREAT | O_TRUNC), "O_WRONLY|O_CREAT|O_TRUNC");
  EXPECT_EQ(open(O_RDWR | O_CLOEXEC | O_NOFOLLOW), "O_RDWR|O_NOFOLLOW|O_CLOEXEC");
  EXPECT_EQ(open(O_WRONLY | O_SYNC), "O_WRONLY|O_SYNC");
  EXPECT_EQ(open(O_WRONLY | O_DSYNC), "O_WRONLY|O_DSYNC");
  EXPECT_EQ(open(0x410000), "O_RDONLY|O_TMPFILE");
  EXPECT_EQ(open(0x80000000), "O_RDONLY|0x80000000");
}

// The same four bits, dealt out anew.
TEST(Constants, OpenFlagsOfOtherArchitectures) {
  for (const auto& [arch, want] :
       {std::pair{kX86_64, "O_DIRECT|O_LARGEFILE|O_DIRECTORY|O_NOFOLLOW"},
        {kI386, "O_DIRECT|O_LARGEFILE|O_DIRECTORY|O_NOFOLLOW"},
        {kS390x, "O_DIRECT|O_LARGEFILE|O_DIRECTORY|O_NOFOLLOW"},
        {kRiscv64, "O_DIRECT|O_LARGEFILE|O_DIRECTORY|O_NOFOLLOW"},
        {kArm, "O_DIRECTORY|O_NOFOLLOW|O_DIRECT|O_LARGEFILE"},
        {kAarch64, "O_DIRECTORY|O_NOFOLLOW|O_DIRECT|O_LARGEFILE"},
        {kPpc64le, "O_DIRECTORY|O_NOFOLLOW|O_LARGEFILE|O_DIRECT"}}) {
    EXPECT_EQ(name(Constant::open_flags, 0x3C000, arch), std::string("O_RDONLY|") + want);
  }
  EXPECT_EQ(name(Constant::open_flags, 0x101, kMips64), "");  // rather than wrong
  EXPECT_EQ(name(Constant::open_flags, 1, kMips64), "O_WRONLY");
}

TEST(Constants, ErrorsAreThisMachinesAndTheirsWhereTheyAgree) {
  EXPECT_EQ(name(Constant::errno_number, EACCES), "EACCES");
  EXPECT_EQ(name(Constant::errno_number, ECONNREFUSED), "ECONNREFUSED");
  EXPECT_EQ(name(Constant::errno_number, 512), "ERESTARTSYS");
  EXPECT_EQ(name(Constant::errno_number, 0), "");
  EXPECT_EQ(name(Constant::errno_number, UINT64_MAX), "");
  EXPECT_EQ(name(Constant::errno_number, EACCES, kMips64), "EACCES");
  EXPECT_EQ(name(Constant::errno_number, ECONNREFUSED, kMips64), "");
  EXPECT_EQ(name(Constant::errno_number, 11, kAlpha), "");
}

TEST(Constants, Signals) {
  EXPECT_EQ(name(Constant::signal, SIGSEGV), "SIGSEGV");
  EXPECT_EQ(name(Constant::signal, SIGSYS), "SIGSYS");
  EXPECT_EQ(name(Constant::signal, SIGBUS, kAarch64), "SIGBUS");
  EXPECT_EQ(name(Constant::signal, SIGBUS, kMips64), "");
  EXPECT_EQ(name(Constant::signal, SIGKILL, kMips64), "SIGKILL");
  EXPECT_EQ(name(Constant::signal, 40), "SIGRT40");
  EXPECT_EQ(name(Constant::signal, 0), "");
  EXPECT_EQ(name(Constant::signal, 1u << 31), "");
}

TEST(Constants, Modes) {
  EXPECT_EQ(name(Constant::file_mode, 0100755), "file,rwxr-xr-x");
  EXPECT_EQ(name(Constant::file_mode, 0104711), "file,rws--x--x");
  EXPECT_EQ(name(Constant::file_mode, 0041777), "dir,rwxrwxrwt");
  EXPECT_EQ(name(Constant::file_mode, 02644), "rw-r-Sr--");
  EXPECT_EQ(name(Constant::access_mode, 0), "F_OK");
  EXPECT_EQ(name(Constant::access_mode, 6), "R_OK|W_OK");
}

TEST(Constants, MemoryAndProcesses) {
  EXPECT_EQ(name(Constant::mmap_protection, PROT_NONE), "PROT_NONE");
  EXPECT_EQ(name(Constant::mmap_protection, PROT_READ | PROT_EXEC), "PROT_READ|PROT_EXEC");
  EXPECT_EQ(name(Constant::mmap_flags, MAP_PRIVATE | MAP_ANONYMOUS), "MAP_PRIVATE|MAP_ANONYMOUS");
  EXPECT_EQ(name(Constant::mmap_flags, MAP_SHARED | MAP_LOCKED), "MAP_SHARED|MAP_LOCKED");
  EXPECT_EQ(name(Constant::mmap_flags, 0x82, kPpc64le), "MAP_PRIVATE|MAP_LOCKED");
  EXPECT_EQ(name(Constant::mmap_flags, 2, kMips64), "");
  EXPECT_EQ(name(Constant::clone_flags, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD),
            "CLONE_NEWNS|CLONE_NEWPID|SIGCHLD");
  EXPECT_EQ(name(Constant::namespace_flags, CLONE_NEWUSER | 0x80), "CLONE_NEWTIME|CLONE_NEWUSER");
  EXPECT_EQ(name(Constant::ptrace_request, 16), "PTRACE_ATTACH");
  EXPECT_EQ(name(Constant::ptrace_request, 12), "PTRACE_GETREGS");
  EXPECT_EQ(name(Constant::ptrace_request, 12, kAarch64), "");
  EXPECT_EQ(name(Constant::ptrace_request, 16, kMips64), "");
  EXPECT_EQ(name(Constant::prctl_option, PR_SET_NO_NEW_PRIVS), "PR_SET_NO_NEW_PRIVS");
  EXPECT_EQ(name(Constant::prctl_option, PR_SET_PTRACER), "PR_SET_PTRACER");
  EXPECT_EQ(name(Constant::personality, 0x40000), "PER_LINUX|ADDR_NO_RANDOMIZE");
  EXPECT_EQ(name(Constant::personality, 0xFFFFFFFF), "");
  EXPECT_EQ(name(Constant::resource, 7), "RLIMIT_NOFILE");
  EXPECT_EQ(name(Constant::id, 0xFFFFFFFF), "unset");
  EXPECT_EQ(name(Constant::id, 64199), "64199");
}

TEST(Constants, Capabilities) {
  EXPECT_EQ(name(Constant::capability, CAP_CHECKPOINT_RESTORE), "checkpoint_restore");
  EXPECT_EQ(name(Constant::capability, 41), "");
  EXPECT_EQ(name(Constant::capability_set, 0), "none");
  EXPECT_EQ(name(Constant::capability_set, 1ull << CAP_NET_ADMIN | 1u << CAP_CHOWN),
            "chown|net_admin");
  EXPECT_EQ(name(Constant::capability_set, 0x1ffffffffff), "all");
  EXPECT_EQ(name(Constant::capability_set, UINT64_MAX), "all");
  EXPECT_EQ(name(Constant::capability_set, 1ull << 63), "0x8000000000000000");
}

TEST(Constants, Sockets) {
  EXPECT_EQ(name(Constant::socket_family, AF_INET6), "inet6");
  EXPECT_EQ(name(Constant::socket_family, AF_VSOCK), "vsock");
  EXPECT_EQ(name(Constant::socket_family, 9999), "");
  EXPECT_EQ(name(Constant::socket_type, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK),
            "SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC");
  EXPECT_EQ(name(Constant::socket_type, 2, kMips64), "");  // it is a stream there
  EXPECT_EQ(name(Constant::ip_protocol, 6), "tcp");
  EXPECT_EQ(name(Constant::socket_call, 3), "connect");
  EXPECT_EQ(name(Constant::socket_call, 0), "");
  EXPECT_EQ(name(Constant::netfilter_family, 10), "ipv6");
}

TEST(Constants, TheRest) {
  EXPECT_EQ(name(Constant::mount_flags, 0xC0ED0000 | 1 | 4096), "MS_RDONLY|MS_BIND");
  EXPECT_EQ(name(Constant::mount_flags, 0), "");
  EXPECT_EQ(name(Constant::umount_flags, 2), "MNT_DETACH");
  EXPECT_EQ(name(Constant::unlink_flags, 0x200), "AT_REMOVEDIR");
  EXPECT_EQ(name(Constant::at_directory, 0xffffff9c), "AT_FDCWD");
  EXPECT_EQ(name(Constant::at_directory, 0xffffffffffffff9c), "AT_FDCWD");
  EXPECT_EQ(name(Constant::seccomp_action, 0x80000000), "kill_process");
  EXPECT_EQ(name(Constant::seccomp_action, 0x50001), "errno");
  EXPECT_EQ(name(Constant::seccomp_operation, 1), "SECCOMP_SET_MODE_FILTER");
  EXPECT_EQ(name(Constant::bpf_command, 5), "BPF_PROG_LOAD");
  EXPECT_EQ(name(Constant::uring_operation, 18), "openat");
  EXPECT_EQ(name(Constant::uring_operation, 255), "");
  EXPECT_EQ(name(Constant::resolve_flags, 0xC), "RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH");
  EXPECT_EQ(name(Constant::rule_list, 4), "exit");
  EXPECT_EQ(name(Constant::multicast_group, 1), "readlog");
  EXPECT_EQ(name(Constant::fanotify_response, 2), "deny");
  EXPECT_EQ(name(Constant::promiscuous, 256), "on");
  EXPECT_EQ(name(Constant::result, 1), "success");
  EXPECT_EQ(name(Constant::memfd_flags, 1), "MFD_CLOEXEC");
  EXPECT_EQ(name(Constant::module_flags, 2), "MODULE_INIT_IGNORE_VERMAGIC");
}

TEST(Constants, AnyNumberOnAnyMachineIsAnAnswer) {
  for (int kind = 0; kind <= static_cast<int>(Constant::id); ++kind) {
    for (const uint32_t arch : {0u, kX86_64, kArm, kPpc64le, kMips64, 0xFFFFFFFFu}) {
      for (int shift = 0; shift < 64; ++shift) {
        for (const uint64_t value : {uint64_t{1} << shift, (uint64_t{1} << shift) - 1}) {
          EXPECT_LT(name(static_cast<Constant>(kind), value, arch).size(), 1000u);
        }
      }
    }
  }
}

}  // namespace
}  // namespace spoor::agent
