#include "agent/decode/constants.h"

#include <libaudit.h>

#include <cstdio>
#include <iterator>
#include <span>

#include "common/audit/names.h"

namespace spoor::agent {
namespace {

struct Named {
  uint32_t value;
  const char* name;
};
using Names = std::span<const Named>;

constexpr const char* kCapabilities[] = {
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
    "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
    "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
    "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
    "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
    "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore"};

constexpr const char* kFamilies[] = {
    "unspec", "unix", "inet", "ax25", "ipx", "appletalk", "netrom", "bridge", "atmpvc", "x25",
    "inet6", "rose", "decnet", "netbeui", "security", "key", "netlink", "packet", "ash", "econet",
    "atmsvc", "rds", "sna", "irda", "pppox", "wanpipe", "llc", "ib", "mpls", "can", "tipc",
    "bluetooth", "iucv", "rxrpc", "isdn", "phonet", "ieee802154", "caif", "alg", "nfc", "vsock",
    "kcm", "qipcrtr", "smc", "xdp", "mctp"};

// From 1.
constexpr const char* kSignals[] = {
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
    "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
    "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
    "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"};

constexpr const char* kUringOperations[] = {
    "nop", "readv", "writev", "fsync", "read_fixed", "write_fixed", "poll_add", "poll_remove",
    "sync_file_range", "sendmsg", "recvmsg", "timeout", "timeout_remove", "accept",
    "async_cancel", "link_timeout", "connect", "fallocate", "openat", "close", "files_update",
    "statx", "read", "write", "fadvise", "madvise", "send", "recv", "openat2", "epoll_ctl",
    "splice", "provide_buffers", "remove_buffers", "tee", "shutdown", "renameat", "unlinkat",
    "mkdirat", "symlinkat", "linkat", "msg_ring", "fsetxattr", "setxattr", "fgetxattr",
    "getxattr", "socket", "uring_cmd", "send_zc", "sendmsg_zc", "read_multishot", "waitid",
    "futex_wait", "futex_wake", "futex_waitv", "fixed_fd_install", "ftruncate", "bind", "listen",
    "recv_zc", "epoll_wait", "readv_fixed", "writev_fixed", "pipe"};

// From 1.
constexpr const char* kSocketCalls[] = {
    "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair",
    "send", "recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg",
    "recvmsg", "accept4", "recvmmsg", "sendmmsg"};

constexpr const char* kBpfCommands[] = {
    "BPF_MAP_CREATE", "BPF_MAP_LOOKUP_ELEM", "BPF_MAP_UPDATE_ELEM", "BPF_MAP_DELETE_ELEM",
    "BPF_MAP_GET_NEXT_KEY", "BPF_PROG_LOAD", "BPF_OBJ_PIN", "BPF_OBJ_GET", "BPF_PROG_ATTACH",
    "BPF_PROG_DETACH", "BPF_PROG_TEST_RUN", "BPF_PROG_GET_NEXT_ID", "BPF_MAP_GET_NEXT_ID",
    "BPF_PROG_GET_FD_BY_ID", "BPF_MAP_GET_FD_BY_ID", "BPF_OBJ_GET_INFO_BY_FD", "BPF_PROG_QUERY",
    "BPF_RAW_TRACEPOINT_OPEN", "BPF_BTF_LOAD", "BPF_BTF_GET_FD_BY_ID", "BPF_TASK_FD_QUERY",
    "BPF_MAP_LOOKUP_AND_DELETE_ELEM", "BPF_MAP_FREEZE", "BPF_BTF_GET_NEXT_ID",
    "BPF_MAP_LOOKUP_BATCH", "BPF_MAP_LOOKUP_AND_DELETE_BATCH", "BPF_MAP_UPDATE_BATCH",
    "BPF_MAP_DELETE_BATCH", "BPF_LINK_CREATE", "BPF_LINK_UPDATE", "BPF_LINK_GET_FD_BY_ID",
    "BPF_LINK_GET_NEXT_ID", "BPF_ENABLE_STATS", "BPF_ITER_CREATE", "BPF_LINK_DETACH",
    "BPF_PROG_BIND_MAP", "BPF_TOKEN_CREATE"};

constexpr const char* kResources[] = {
    "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS",
    "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS",
    "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME"};

constexpr Named kPrctlOptions[] = {
    {1, "PR_SET_PDEATHSIG"}, {2, "PR_GET_PDEATHSIG"}, {3, "PR_GET_DUMPABLE"},
    {4, "PR_SET_DUMPABLE"}, {5, "PR_GET_UNALIGN"}, {6, "PR_SET_UNALIGN"}, {7, "PR_GET_KEEPCAPS"},
    {8, "PR_SET_KEEPCAPS"}, {9, "PR_GET_FPEMU"}, {10, "PR_SET_FPEMU"}, {11, "PR_GET_FPEXC"},
    {12, "PR_SET_FPEXC"}, {13, "PR_GET_TIMING"}, {14, "PR_SET_TIMING"}, {15, "PR_SET_NAME"},
    {16, "PR_GET_NAME"}, {19, "PR_GET_ENDIAN"}, {20, "PR_SET_ENDIAN"}, {21, "PR_GET_SECCOMP"},
    {22, "PR_SET_SECCOMP"}, {23, "PR_CAPBSET_READ"}, {24, "PR_CAPBSET_DROP"}, {25, "PR_GET_TSC"},
    {26, "PR_SET_TSC"}, {27, "PR_GET_SECUREBITS"}, {28, "PR_SET_SECUREBITS"},
    {29, "PR_SET_TIMERSLACK"}, {30, "PR_GET_TIMERSLACK"}, {31, "PR_TASK_PERF_EVENTS_DISABLE"},
    {32, "PR_TASK_PERF_EVENTS_ENABLE"}, {33, "PR_MCE_KILL"}, {34, "PR_MCE_KILL_GET"},
    {35, "PR_SET_MM"}, {36, "PR_SET_CHILD_SUBREAPER"}, {37, "PR_GET_CHILD_SUBREAPER"},
    {38, "PR_SET_NO_NEW_PRIVS"}, {39, "PR_GET_NO_NEW_PRIVS"}, {40, "PR_GET_TID_ADDRESS"},
    {41, "PR_SET_THP_DISABLE"}, {42, "PR_GET_THP_DISABLE"}, {43, "PR_MPX_ENABLE_MANAGEMENT"},
    {44, "PR_MPX_DISABLE_MANAGEMENT"}, {45, "PR_SET_FP_MODE"}, {46, "PR_GET_FP_MODE"},
    {47, "PR_CAP_AMBIENT"}, {50, "PR_SVE_SET_VL"}, {51, "PR_SVE_GET_VL"},
    {52, "PR_GET_SPECULATION_CTRL"}, {53, "PR_SET_SPECULATION_CTRL"}, {54, "PR_PAC_RESET_KEYS"},
    {55, "PR_SET_TAGGED_ADDR_CTRL"}, {56, "PR_GET_TAGGED_ADDR_CTRL"}, {57, "PR_SET_IO_FLUSHER"},
    {58, "PR_GET_IO_FLUSHER"}, {59, "PR_SET_SYSCALL_USER_DISPATCH"},
    {60, "PR_PAC_SET_ENABLED_KEYS"}, {61, "PR_PAC_GET_ENABLED_KEYS"}, {62, "PR_SCHED_CORE"},
    {63, "PR_SME_SET_VL"}, {64, "PR_SME_GET_VL"}, {65, "PR_SET_MDWE"}, {66, "PR_GET_MDWE"},
    {67, "PR_SET_MEMORY_MERGE"}, {68, "PR_GET_MEMORY_MERGE"}, {1398164801, "PR_SET_VMA"},
    {1499557217, "PR_SET_PTRACER"}};

constexpr Named kPtraceCommon[] = {
    {0x0, "PTRACE_TRACEME"}, {0x1, "PTRACE_PEEKTEXT"}, {0x2, "PTRACE_PEEKDATA"},
    {0x3, "PTRACE_PEEKUSR"}, {0x4, "PTRACE_POKETEXT"}, {0x5, "PTRACE_POKEDATA"},
    {0x6, "PTRACE_POKEUSR"}, {0x7, "PTRACE_CONT"}, {0x8, "PTRACE_KILL"},
    {0x9, "PTRACE_SINGLESTEP"}, {0x10, "PTRACE_ATTACH"}, {0x11, "PTRACE_DETACH"},
    {0x18, "PTRACE_SYSCALL"}, {0x4200, "PTRACE_SETOPTIONS"}, {0x4201, "PTRACE_GETEVENTMSG"},
    {0x4202, "PTRACE_GETSIGINFO"}, {0x4203, "PTRACE_SETSIGINFO"}, {0x4204, "PTRACE_GETREGSET"},
    {0x4205, "PTRACE_SETREGSET"}, {0x4206, "PTRACE_SEIZE"}, {0x4207, "PTRACE_INTERRUPT"},
    {0x4208, "PTRACE_LISTEN"}, {0x4209, "PTRACE_PEEKSIGINFO"}, {0x420a, "PTRACE_GETSIGMASK"},
    {0x420b, "PTRACE_SETSIGMASK"}, {0x420c, "PTRACE_SECCOMP_GET_FILTER"},
    {0x420d, "PTRACE_SECCOMP_GET_METADATA"}, {0x420e, "PTRACE_GET_SYSCALL_INFO"}};

constexpr Named kPtraceX86[] = {
    {12, "PTRACE_GETREGS"}, {13, "PTRACE_SETREGS"}, {14, "PTRACE_GETFPREGS"},
    {15, "PTRACE_SETFPREGS"}, {18, "PTRACE_GETFPXREGS"}, {19, "PTRACE_SETFPXREGS"},
    {25, "PTRACE_GET_THREAD_AREA"}, {26, "PTRACE_SET_THREAD_AREA"}, {30, "PTRACE_ARCH_PRCTL"},
    {31, "PTRACE_SYSEMU"}, {32, "PTRACE_SYSEMU_SINGLESTEP"}};

constexpr Named kProtocols[] = {
    {0, "ip"}, {1, "icmp"}, {2, "igmp"}, {4, "ipip"}, {6, "tcp"}, {8, "egp"}, {12, "pup"},
    {17, "udp"}, {22, "idp"}, {29, "tp"}, {33, "dccp"}, {41, "ipv6"}, {46, "rsvp"}, {47, "gre"},
    {50, "esp"}, {51, "ah"}, {92, "mtp"}, {94, "beetph"}, {98, "encap"}, {103, "pim"},
    {108, "comp"}, {115, "l2tp"}, {132, "sctp"}, {136, "udplite"}, {137, "mpls"},
    {143, "ethernet"}, {255, "raw"}, {262, "mptcp"}, {58, "ipv6-icmp"}};

constexpr Named kNetfilterFamilies[] = {
    {0, "unspecified"}, {1, "inet"}, {2, "ipv4"}, {3, "arp"}, {5, "netdev"}, {7, "bridge"},
    {10, "ipv6"}, {12, "decnet"}};

constexpr Named kSeccompOperations[] = {
    {0, "SECCOMP_SET_MODE_STRICT"}, {1, "SECCOMP_SET_MODE_FILTER"},
    {2, "SECCOMP_GET_ACTION_AVAIL"}, {3, "SECCOMP_GET_NOTIF_SIZES"}};

constexpr Named kSeccompActions[] = {
    {0x80000000, "kill_process"}, {0x0, "kill_thread"}, {0x30000, "trap"}, {0x50000, "errno"},
    {0x7fc00000, "user_notif"}, {0x7ff00000, "trace"}, {0x7ffc0000, "log"}, {0x7fff0000, "allow"}};

constexpr Named kErrnoInternal[] = {
    {512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {515, "ENOIOCTLCMD"},
    {516, "ERESTART_RESTARTBLOCK"}, {517, "EPROBE_DEFER"}, {524, "ENOTSUPP"}};

constexpr Named kSocketTypes[] = {
    {1, "SOCK_STREAM"}, {2, "SOCK_DGRAM"}, {3, "SOCK_RAW"}, {4, "SOCK_RDM"},
    {5, "SOCK_SEQPACKET"}, {6, "SOCK_DCCP"}, {10, "SOCK_PACKET"}};

constexpr Named kRuleLists[] = {
    {0, "user"}, {1, "task"}, {2, "entry"}, {4, "exit"}, {5, "exclude"}, {6, "filesystem"},
    {7, "io_uring"}};

// Flags of open(2). The lower ones are asm-generic's everywhere but on alpha, mips, parisc and
// sparc; four of the others were given to different bits.
constexpr Named kOpenFlags[] = {
    {0x40, "O_CREAT"}, {0x80, "O_EXCL"}, {0x100, "O_NOCTTY"}, {0x200, "O_TRUNC"},
    {0x400, "O_APPEND"}, {0x800, "O_NONBLOCK"}, {0x101000, "O_SYNC"}, {0x1000, "O_DSYNC"},
    {0x2000, "FASYNC"}, {0x40000, "O_NOATIME"}, {0x80000, "O_CLOEXEC"}, {0x200000, "O_PATH"}};

constexpr Named kOpenGeneric[] = {
    {0x410000, "O_TMPFILE"}, {0x4000, "O_DIRECT"}, {0x8000, "O_LARGEFILE"},
    {0x10000, "O_DIRECTORY"}, {0x20000, "O_NOFOLLOW"}};

constexpr Named kOpenArm[] = {
    {0x404000, "O_TMPFILE"}, {0x4000, "O_DIRECTORY"}, {0x8000, "O_NOFOLLOW"},
    {0x10000, "O_DIRECT"}, {0x20000, "O_LARGEFILE"}};

constexpr Named kOpenPower[] = {
    {0x404000, "O_TMPFILE"}, {0x4000, "O_DIRECTORY"}, {0x8000, "O_NOFOLLOW"},
    {0x10000, "O_LARGEFILE"}, {0x20000, "O_DIRECT"}};

constexpr Named kProtection[] = {
    {0x1, "PROT_READ"}, {0x2, "PROT_WRITE"}, {0x4, "PROT_EXEC"}, {0x8, "PROT_SEM"},
    {0x1000000, "PROT_GROWSDOWN"}, {0x2000000, "PROT_GROWSUP"}};

constexpr Named kMmapFlags[] = {
    {0x10, "MAP_FIXED"}, {0x20, "MAP_ANONYMOUS"}, {0x100, "MAP_GROWSDOWN"},
    {0x800, "MAP_DENYWRITE"}, {0x1000, "MAP_EXECUTABLE"}, {0x8000, "MAP_POPULATE"},
    {0x10000, "MAP_NONBLOCK"}, {0x20000, "MAP_STACK"}, {0x40000, "MAP_HUGETLB"},
    {0x80000, "MAP_SYNC"}, {0x100000, "MAP_FIXED_NOREPLACE"}};

constexpr Named kMmapGeneric[] = {
    {0x40, "MAP_32BIT"}, {0x2000, "MAP_LOCKED"}, {0x4000, "MAP_NORESERVE"}};

constexpr Named kMmapPower[] = {
    {0x40, "MAP_NORESERVE"}, {0x80, "MAP_LOCKED"}};

constexpr Named kCloneFlags[] = {
    {0x80, "CLONE_NEWTIME"}, {0x100, "CLONE_VM"}, {0x200, "CLONE_FS"}, {0x400, "CLONE_FILES"},
    {0x800, "CLONE_SIGHAND"}, {0x1000, "CLONE_PIDFD"}, {0x2000, "CLONE_PTRACE"},
    {0x4000, "CLONE_VFORK"}, {0x8000, "CLONE_PARENT"}, {0x10000, "CLONE_THREAD"},
    {0x20000, "CLONE_NEWNS"}, {0x40000, "CLONE_SYSVSEM"}, {0x80000, "CLONE_SETTLS"},
    {0x100000, "CLONE_PARENT_SETTID"}, {0x200000, "CLONE_CHILD_CLEARTID"},
    {0x400000, "CLONE_DETACHED"}, {0x800000, "CLONE_UNTRACED"}, {0x1000000, "CLONE_CHILD_SETTID"},
    {0x2000000, "CLONE_NEWCGROUP"}, {0x4000000, "CLONE_NEWUTS"}, {0x8000000, "CLONE_NEWIPC"},
    {0x10000000, "CLONE_NEWUSER"}, {0x20000000, "CLONE_NEWPID"}, {0x40000000, "CLONE_NEWNET"},
    {0x80000000, "CLONE_IO"}};

constexpr Named kMountFlags[] = {
    {0x1, "MS_RDONLY"}, {0x2, "MS_NOSUID"}, {0x4, "MS_NODEV"}, {0x8, "MS_NOEXEC"},
    {0x10, "MS_SYNCHRONOUS"}, {0x20, "MS_REMOUNT"}, {0x40, "MS_MANDLOCK"}, {0x80, "MS_DIRSYNC"},
    {0x100, "MS_NOSYMFOLLOW"}, {0x400, "MS_NOATIME"}, {0x800, "MS_NODIRATIME"},
    {0x1000, "MS_BIND"}, {0x2000, "MS_MOVE"}, {0x4000, "MS_REC"}, {0x8000, "MS_SILENT"},
    {0x10000, "MS_POSIXACL"}, {0x20000, "MS_UNBINDABLE"}, {0x40000, "MS_PRIVATE"},
    {0x80000, "MS_SLAVE"}, {0x100000, "MS_SHARED"}, {0x200000, "MS_RELATIME"},
    {0x800000, "MS_I_VERSION"}, {0x1000000, "MS_STRICTATIME"}, {0x2000000, "MS_LAZYTIME"}};

constexpr Named kUmountFlags[] = {
    {0x1, "MNT_FORCE"}, {0x2, "MNT_DETACH"}, {0x4, "MNT_EXPIRE"}, {0x8, "UMOUNT_NOFOLLOW"}};

constexpr Named kUnlinkFlags[] = {
    {0x200, "AT_REMOVEDIR"}};

constexpr Named kSocketFlags[] = {
    {0x800, "SOCK_NONBLOCK"}, {0x80000, "SOCK_CLOEXEC"}};

constexpr Named kResolveFlags[] = {
    {0x1, "RESOLVE_NO_XDEV"}, {0x2, "RESOLVE_NO_MAGICLINKS"}, {0x4, "RESOLVE_NO_SYMLINKS"},
    {0x8, "RESOLVE_BENEATH"}, {0x10, "RESOLVE_IN_ROOT"}, {0x20, "RESOLVE_CACHED"}};

constexpr Named kAccessModes[] = {
    {0x4, "R_OK"}, {0x2, "W_OK"}, {0x1, "X_OK"}};

constexpr Named kMemfdFlags[] = {
    {0x1, "MFD_CLOEXEC"}, {0x2, "MFD_ALLOW_SEALING"}, {0x4, "MFD_HUGETLB"},
    {0x8, "MFD_NOEXEC_SEAL"}, {0x10, "MFD_EXEC"}};

constexpr Named kModuleFlags[] = {
    {0x1, "MODULE_INIT_IGNORE_MODVERSIONS"}, {0x2, "MODULE_INIT_IGNORE_VERMAGIC"},
    {0x4, "MODULE_INIT_COMPRESSED_FILE"}};

constexpr Named kPersonality[] = {
    {0x20000, "UNAME26"}, {0x40000, "ADDR_NO_RANDOMIZE"}, {0x80000, "FDPIC_FUNCPTRS"},
    {0x100000, "MMAP_PAGE_ZERO"}, {0x200000, "ADDR_COMPAT_LAYOUT"},
    {0x400000, "READ_IMPLIES_EXEC"}, {0x800000, "ADDR_LIMIT_32BIT"}, {0x1000000, "SHORT_INODE"},
    {0x2000000, "WHOLE_SECONDS"}, {0x4000000, "STICKY_TIMEOUTS"}, {0x8000000, "ADDR_LIMIT_3GB"}};


// ------------------------------------------------------------------ architectures

enum class Family { generic, arm, power, other };

// Those whose flags, errors and signals are asm-generic's, but for what the tables above say of arm
// and power. Others only agree in part.
Family family_of(uint32_t arch) {
  constexpr uint32_t kMachine = 0xFFFF;
  switch (arch & kMachine) {
    case 0:
    case 3:      // i386
    case 62:     // x86-64
    case 22:     // s390
    case 243:    // riscv
    case 258: return Family::generic;  // loongarch
    case 40:
    case 183: return Family::arm;      // arm, aarch64
    case 20:
    case 21: return Family::power;     // ppc, ppc64
    default: return Family::other;
  }
}
bool is_x86(uint32_t arch) { return (arch & 0xFFFF) == 3 || (arch & 0xFFFF) == 62; }

// ------------------------------------------------------------------ lookup

std::string word(std::span<const char* const> words, uint64_t index) {
  return index < words.size() ? words[index] : "";
}

const char* name_in(Names names, uint64_t value) {
  for (const Named& each : names) {
    if (each.value == value) return each.name;
  }
  return "";
}

void append_flag(std::string& to, std::string_view name) {
  if (!to.empty()) to += '|';
  to += name;
}

// Takes the flags with a name off `left`. One of several bits stands before those it holds.
void append_flags(std::string& to, Names names, uint64_t& left) {
  for (const Named& each : names) {
    if ((left & each.value) != each.value) continue;
    append_flag(to, each.name);
    left &= ~uint64_t{each.value};
  }
}

std::string hex(uint64_t value) {
  char text[2 + 16 + 1];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}
void append_rest(std::string& to, uint64_t left) {
  if (left != 0) append_flag(to, hex(left));
}

std::string flags(Names names, uint64_t value) {
  std::string text;
  append_flags(text, names, value);
  if (!text.empty()) append_rest(text, value);
  return text;
}

// ------------------------------------------------------------------ kinds with rules of their own

std::string errno_name(Family family, uint32_t arch, uint64_t value) {
  constexpr uint64_t kBaseMax = 34;  // errno-base.h
  constexpr uint32_t kAlpha = 0x9026, kEagain = 11;
  if (value > 4095 || value == 0) return "";
  if (family == Family::other && value > kBaseMax) return name_in(kErrnoInternal, value);
  if ((arch & 0xFFFF) == kAlpha && value == kEagain) return "";
  if (family == Family::power && value == 58) return "EDEADLOCK";
  const char* name = audit_errno_to_name(static_cast<int>(value));
  return name != nullptr ? name : name_in(kErrnoInternal, value);
}

std::string signal_name(Family family, uint64_t value) {
  constexpr uint32_t kSameEverywhere = 0b1110'1011'0111'1110;  // bit n: signal n
  if (value == 0 || value > 64) return "";
  if (family == Family::other && (value > 15 || (kSameEverywhere >> value & 1) == 0)) return "";
  if (value >= 32) return value == 32 || value == 33 ? "" : "SIGRT" + std::to_string(value);
  return word(kSignals, value - 1);
}

std::string open_flags(Family family, uint64_t value) {
  constexpr const char* kAccess[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
  std::string text = kAccess[value & 3];
  if (family == Family::other) return value >> 2 == 0 ? text : "";
  uint64_t left = value & ~uint64_t{3};
  append_flags(text, family == Family::arm     ? Names(kOpenArm)
                     : family == Family::power ? Names(kOpenPower)
                                               : Names(kOpenGeneric), left);
  append_flags(text, kOpenFlags, left);
  append_rest(text, left);
  return text;
}

// As `ls -l` prints it, without the kind of file.
std::string file_mode(uint64_t value) {
  constexpr const char kLetters[] = "rwxrwxrwx";
  std::string text;
  for (int bit = 8; bit >= 0; --bit) text += value >> bit & 1 ? kLetters[8 - bit] : '-';
  const auto special = [&](int bit, size_t at, char with, char without) {
    if (value >> bit & 1) text[at] = text[at] == 'x' ? with : without;
  };
  special(11, 2, 's', 'S');
  special(10, 5, 's', 'S');
  special(9, 8, 't', 'T');
  return text;
}

std::string st_mode(uint64_t value) {
  static constexpr Named kFormats[] = {{0140000, "socket"}, {0120000, "link"},  {0100000, "file"},
                                       {0060000, "block"},  {0040000, "dir"},   {0020000, "char"},
                                       {0010000, "fifo"}};
  const std::string format = name_in(kFormats, value & 0170000);
  return format.empty() ? file_mode(value) : format + "," + file_mode(value);
}

std::string mmap_flags(Family family, uint64_t value) {
  constexpr const char* kSharing[] = {"", "MAP_SHARED", "MAP_PRIVATE", "MAP_SHARED_VALIDATE"};
  if (family == Family::other) return "";
  std::string text = kSharing[value & 3];
  uint64_t left = value & ~uint64_t{3};
  append_flags(text, kMmapFlags, left);
  append_flags(text, family == Family::power ? Names(kMmapPower) : Names(kMmapGeneric), left);
  append_rest(text, left);
  return text;
}

std::string clone_flags(uint64_t value) {
  uint64_t left = value & ~uint64_t{0xFF};
  std::string text;
  append_flags(text, Names(kCloneFlags).subspan(1), left);  // NEWTIME is in the signal's byte
  append_rest(text, left);
  const std::string signal = signal_name(Family::generic, value & 0xFF);
  if (!signal.empty()) append_flag(text, signal);
  return text;
}

std::string socket_type(Family family, uint64_t value) {
  if (family == Family::other) return "";
  std::string text = name_in(kSocketTypes, value & 0xF);
  uint64_t left = value & ~uint64_t{0xF};
  if (text.empty()) return "";
  append_flags(text, kSocketFlags, left);
  append_rest(text, left);
  return text;
}

std::string capability_set(uint64_t value) {
  constexpr uint64_t kAll = (uint64_t{1} << std::size(kCapabilities)) - 1;
  if (value == 0) return "none";
  if ((value & kAll) == kAll) return "all";
  std::string text;
  for (size_t i = 0; i < std::size(kCapabilities); ++i) {
    if (value >> i & 1) append_flag(text, kCapabilities[i]);
  }
  append_rest(text, value & ~kAll);
  return text;
}

std::string mount_flags(uint64_t value) {
  constexpr uint64_t kMagicMask = 0xFFFF0000, kMagic = 0xC0ED0000;  // mount(2): once required
  if ((value & kMagicMask) == kMagic) value &= ~kMagicMask;
  return flags(kMountFlags, value);
}

std::string at_directory(uint64_t value) {
  return static_cast<int32_t>(value) == -100 ? "AT_FDCWD" : "";
}

std::string ptrace_request(Family family, uint32_t arch, uint64_t value) {
  if (is_x86(arch)) {
    if (const std::string name = name_in(kPtraceX86, value); !name.empty()) return name;
  }
  return family == Family::other ? "" : name_in(kPtraceCommon, value);
}

std::string personality(uint64_t value) {
  if (value == 0xFFFFFFFF) return "";  // asks which it is
  uint64_t left = value & ~uint64_t{0xFFFF};
  std::string text = (value & 0xFFFF) == 0   ? "PER_LINUX"
                     : (value & 0xFFFF) == 8 ? "PER_LINUX32"
                                             : hex(value & 0xFFFF);
  append_flags(text, kPersonality, left);
  append_rest(text, left);
  return text;
}

std::string id(uint64_t value) {
  return static_cast<uint32_t>(value) == UINT32_MAX ? "unset" : std::to_string(value);
}

std::string flags_of(Constant kind, uint64_t value) {
  switch (kind) {
    case Constant::mmap_protection: return value == 0 ? "PROT_NONE" : flags(kProtection, value);
    case Constant::namespace_flags: return flags(kCloneFlags, value);
    case Constant::umount_flags: return flags(kUmountFlags, value);
    case Constant::unlink_flags: return flags(kUnlinkFlags, value);
    case Constant::resolve_flags: return flags(kResolveFlags, value);
    case Constant::access_mode: return value == 0 ? "F_OK" : flags(kAccessModes, value);
    case Constant::memfd_flags: return flags(kMemfdFlags, value);
    case Constant::module_flags: return flags(kModuleFlags, value);
    default: return "";
  }
}

std::string name_of(Constant kind, uint64_t value) {
  switch (kind) {
    case Constant::socket_family: return word(kFamilies, value);
    case Constant::ip_protocol: return name_in(kProtocols, value);
    case Constant::socket_call: return word(kSocketCalls, value - 1);
    case Constant::netfilter_family: return name_in(kNetfilterFamilies, value);
    case Constant::prctl_option: return name_in(kPrctlOptions, value);
    case Constant::seccomp_operation: return name_in(kSeccompOperations, value);
    case Constant::seccomp_action: return name_in(kSeccompActions, value & 0xFFFF0000);
    case Constant::bpf_command: return word(kBpfCommands, value);
    case Constant::capability: return word(kCapabilities, value);
    case Constant::uring_operation: return word(kUringOperations, value);
    case Constant::rule_list: return name_in(kRuleLists, value);
    case Constant::multicast_group: return value == 1 ? "readlog" : "";
    case Constant::fanotify_response: return value == 1 ? "allow" : value == 2 ? "deny" : "";
    case Constant::promiscuous: return (value & 0x100) != 0 ? "on" : "off";
    case Constant::result: return value == 1 ? "success" : value == 0 ? "failed" : "";
    case Constant::resource: return word(kResources, value);
    default: return "";
  }
}

}  // namespace

std::string constant_name(Constant kind, uint32_t arch, uint64_t value) {
  const Family family = family_of(arch);
  switch (kind) {
    case Constant::errno_number: return errno_name(family, arch, value);
    case Constant::signal: return signal_name(family, value);
    case Constant::open_flags: return open_flags(family, value);
    case Constant::file_mode: return st_mode(value);
    case Constant::mmap_flags: return mmap_flags(family, value);
    case Constant::clone_flags: return clone_flags(value);
    case Constant::mount_flags: return mount_flags(value);
    case Constant::socket_type: return socket_type(family, value);
    case Constant::capability_set: return capability_set(value);
    case Constant::at_directory: return at_directory(value);
    case Constant::ptrace_request: return ptrace_request(family, arch, value);
    case Constant::personality: return personality(value);
    case Constant::id: return id(value);
    default: break;
  }
  const std::string text = flags_of(kind, value);
  return text.empty() ? name_of(kind, value) : text;
}

}  // namespace spoor::agent
