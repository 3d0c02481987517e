// Landlock decides by file, seccomp by call; each closes what the other cannot. Landlock cannot see
// sockets (before its fourth version) nor memfd_create(2), whose files could be executed past it;
// seccomp cannot see paths. Reading other processes' memory needs the write bit of nothing, so the
// calls for it are refused outright.
#include "agent/privilege.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "common/unique_fd.h"

namespace spoor::agent {
namespace {

constexpr std::array<unsigned, 3> kKept = {CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_NET_ADMIN};
constexpr std::array<unsigned, 2> kOfWitness = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
constexpr const char* kHowToStart =
    "start it as systemd does (AmbientCapabilities=), or with\n"
    "  setpriv --reuid=spoor-agent --regid=spoor-agent --init-groups \\\n"
    "    --inh-caps=-all,+audit_control,+audit_read,+net_admin,+sys_ptrace,+dac_read_search \\\n"
    "    --ambient-caps=-all,+audit_control,+audit_read,+net_admin,+sys_ptrace,+dac_read_search "
    "\\\n"
    "    spoor-agent run";

constexpr uint64_t kReadAccess = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kExecuteAccess = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kWriteAccess = kReadAccess | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE;
// Everything the first version of Landlock can forbid.
constexpr uint64_t kHandled = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr uint64_t kFileAccess = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                 LANDLOCK_ACCESS_FS_WRITE_FILE;

// What a fork sets aside moves into another folder. The first version of Landlock (before 5.19)
// never allows that, later ones where it is asked for.
uint64_t move_access() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Status allow(int ruleset, const std::string& path, uint64_t access) {
  const UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.is_open()) {
    // What is not there cannot be read; it needs no rule.
    return errno == ENOENT ? ok() : from_errno(errno, "confining the agent to " + path);
  }
  struct stat info{};
  if (fstat(fd.get(), &info) == 0 && !S_ISDIR(info.st_mode)) access &= kFileAccess;
  const landlock_path_beneath_attr rule{access, fd.get()};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return from_errno(errno, "confining the agent to " + path);
  }
  return ok();
}

// PT_INTERP of our own image, in whatever architecture's ABI (elf(5), getauxval(3)); null where it
// is linked statically.
const char* own_linker() {
  const auto* const headers = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
  const auto count = getauxval(AT_PHNUM);
  uintptr_t base = 0;
  for (size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_PHDR) {
      base = reinterpret_cast<uintptr_t>(headers) - headers[i].p_vaddr;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_INTERP) {
      return reinterpret_cast<const char*>(base + headers[i].p_vaddr);
    }
  }
  return nullptr;
}

Status confine_files(const Confinement& confinement) {
  const landlock_ruleset_attr attributes{kHandled | move_access()};
  const UniqueFd ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset.is_open()) {
    return from_errno(errno, "this kernel has no Landlock (5.13, lsm=landlock)");
  }
  ASSIGN_OR_RETURN(const std::string binary, own_binary());
  RETURN_IF_ERROR(allow(ruleset.get(), folder_of(binary), kExecuteAccess));
  // The dynamic linker by the path that our image names, and the libraries it opens.
  if (const char* const linker = own_linker()) {
    RETURN_IF_ERROR(allow(ruleset.get(), linker, kExecuteAccess));
  }
  for (const char* libraries : {"/usr/lib", "/lib", "/lib64", "/usr/lib64"}) {
    RETURN_IF_ERROR(allow(ruleset.get(), libraries, kReadAccess));
  }
  for (const std::string& path : confinement.read) {
    RETURN_IF_ERROR(allow(ruleset.get(), path, kReadAccess));
  }
  for (const std::string& path : confinement.write) {
    RETURN_IF_ERROR(allow(ruleset.get(), path, kWriteAccess | move_access()));
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return from_errno(errno, "entering the Landlock domain");
  }
  return ok();
}

// Calls that have no place in this program and could lead out of the sandbox.
constexpr const char* kForbiddenCalls[] = {"ptrace",
                                           "process_vm_readv",
                                           "process_vm_writev",
                                           "pidfd_getfd",
                                           "memfd_create",
                                           "memfd_secret",
                                           "execveat",
                                           "io_uring_setup",
                                           "io_uring_enter",
                                           "io_uring_register",
                                           "bpf",
                                           "perf_event_open",
                                           "userfaultfd",
                                           "mount",
                                           "umount2",
                                           "move_mount",
                                           "open_tree",
                                           "fsopen",
                                           "fsmount",
                                           "pivot_root",
                                           "chroot",
                                           "setns",
                                           "unshare",
                                           "init_module",
                                           "finit_module",
                                           "delete_module",
                                           "kexec_load",
                                           "kexec_file_load",
                                           "reboot",
                                           "swapon",
                                           "swapoff",
                                           "add_key",
                                           "request_key",
                                           "keyctl",
                                           "setuid",
                                           "setgid",
                                           "setreuid",
                                           "setregid",
                                           "setresuid",
                                           "setresgid",
                                           "setgroups",
                                           "setfsuid",
                                           "setfsgid",
                                           "personality",
                                           "open_by_handle_at",
                                           "name_to_handle_at",
                                           "acct",
                                           "quotactl",
                                           "settimeofday",
                                           "clock_settime",
                                           "adjtimex",
                                           "clock_adjtime",
                                           "iopl",
                                           "ioperm",
                                           "kcmp",
                                           "connect",
                                           "accept",
                                           "accept4",
                                           "listen",
                                           "socketpair"};

// The library's SCMP_A0() and its like leave the last member out, which clang warns of.
scmp_arg_cmp argument(unsigned number, scmp_compare compare, uint64_t value, uint64_t other = 0) {
  return {number, compare, value, other};
}

class SeccompFilter {
 public:
  SeccompFilter() : context_(seccomp_init(SCMP_ACT_ALLOW)) {}
  ~SeccompFilter() { seccomp_release(context_); }
  SeccompFilter(const SeccompFilter&) = delete;
  SeccompFilter& operator=(const SeccompFilter&) = delete;

  Status load() {
    if (context_ == nullptr) return internal("libseccomp has no memory");
    for (const char* name : kForbiddenCalls) {
      const int number = seccomp_syscall_resolve_name(name);
      if (number == __NR_SCMP_ERROR) continue;  // not on this architecture
      RETURN_IF_ERROR(refuse(number));
    }
    // Netlink for audit and the connector, Unix datagrams for the service manager's notifications.
    const int socket = SCMP_SYS(socket);
    RETURN_IF_ERROR(refuse(socket, argument(0, SCMP_CMP_LT, AF_UNIX)));
    RETURN_IF_ERROR(refuse(socket, argument(0, SCMP_CMP_GT, AF_NETLINK)));
    for (uint64_t family = AF_UNIX + 1; family < AF_NETLINK; ++family) {
      RETURN_IF_ERROR(refuse(socket, argument(0, SCMP_CMP_EQ, family)));
    }
    // Of netlink, audit and the connector: not routes, not the firewall.
    const scmp_arg_cmp netlink = argument(0, SCMP_CMP_EQ, AF_NETLINK);
    RETURN_IF_ERROR(refuse(socket, netlink, argument(2, SCMP_CMP_LT, NETLINK_AUDIT)));
    RETURN_IF_ERROR(refuse(socket, netlink, argument(2, SCMP_CMP_GT, NETLINK_CONNECTOR)));
    for (uint64_t protocol = NETLINK_AUDIT + 1; protocol < NETLINK_CONNECTOR; ++protocol) {
      RETURN_IF_ERROR(refuse(socket, netlink, argument(2, SCMP_CMP_EQ, protocol)));
    }
    // A user namespace would bring capabilities back. clone3(2) hides its flags in memory, so that
    // it is not there at all; the C library then uses clone(2).
    RETURN_IF_ERROR(
        refuse(SCMP_SYS(clone), argument(0, SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)));
    if (seccomp_rule_add(context_, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0) {
      return internal("building the seccomp filter");
    }
    const int result = seccomp_load(context_);
    return result == 0 ? ok() : from_errno(-result, "loading the seccomp filter");
  }

 private:
  template <typename... Conditions>
  Status refuse(int number, Conditions... conditions) {
    const int result = seccomp_rule_add(context_, SCMP_ACT_ERRNO(EPERM), number,
                                        sizeof...(conditions), conditions...);
    return result == 0 ? ok() : from_errno(-result, "building the seccomp filter");
  }
  scmp_filter_ctx context_;
};

Attempt attempt(std::string what, int result) {
  Attempt made{std::move(what), result < 0, result < 0 ? std::strerror(errno) : "it worked"};
  return made;
}

// Executes a shell in a child that this sandbox confines as it does us.
Attempt try_shell(const char* shell) {
  const std::string what = std::string("executing ") + shell;
  const pid_t child = fork();
  if (child < 0) return attempt(what, -1);
  if (child == 0) {
    execl(shell, "sh", "-c", "exit 0", nullptr);
    _exit(errno == EACCES || errno == EPERM ? 126 : 125);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 126) return {what, true, std::strerror(EACCES)};
  return {what, false, "ended with " + std::to_string(code)};
}

}  // namespace

Status check_identity(bool confined) {
  if (geteuid() == 0 || getuid() == 0) {
    return denied(std::string("spoor-agent must not run as uid 0, which is root even without "
                              "capabilities; ") + kHowToStart);
  }
  capng_clear(CAPNG_SELECT_ALL);
  if (capng_get_caps_process() != 0) return internal("cannot read this process's capabilities");
  std::string missing;
  const auto look_for = [&](unsigned capability) {
    if (capng_have_capability(CAPNG_PERMITTED, capability)) return;
    missing += (missing.empty() ? "" : ", ") + std::string(capng_capability_to_name(capability));
  };
  for (const unsigned capability : kKept) look_for(capability);
  for (const unsigned capability : kOfWitness) {
    if (!confined) look_for(capability);
  }
  if (missing.empty()) return ok();
  return denied("spoor-agent lacks the capabilities " + missing + "; " + kHowToStart);
}

void hold_back_witness_capabilities() {
  if (geteuid() == 0 || capng_get_caps_process() != 0) return;
  for (const unsigned capability : kOfWitness) {
    capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, capability);
  }
  (void)capng_apply(CAPNG_SELECT_CAPS);  // who may not even this has none of them
}

Status limit_capabilities() {
  capng_clear(CAPNG_SELECT_CAPS);
  for (const unsigned capability : kKept) {
    const bool on_this_thread = capability == CAP_AUDIT_CONTROL || capability == CAP_AUDIT_READ;
    const int sets = CAPNG_PERMITTED | CAPNG_INHERITABLE | (on_this_thread ? CAPNG_EFFECTIVE : 0);
    capng_update(CAPNG_ADD, static_cast<capng_type_t>(sets), capability);
  }
  if (capng_apply(CAPNG_SELECT_CAPS) != 0) return internal("cannot limit the capabilities");
  for (const unsigned capability : kKept) {
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      return from_errno(errno, "keeping a capability for the re-exec");
    }
  }
  return ok();
}

Status raise_net_admin() {
  if (capng_get_caps_process() != 0) return internal("cannot read this process's capabilities");
  if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_NET_ADMIN) != 0 ||
      capng_apply(CAPNG_SELECT_CAPS) != 0) {
    return denied("using CAP_NET_ADMIN again, which this process may");
  }
  return ok();
}

bool is_confined() {
  const UniqueFd root(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return !root.is_open() && errno == EACCES;
}

Confinement confinement_of(const Config& config, const std::string& config_path) {
  Confinement confinement;
  confinement.read = {"/etc", "/proc", "/sys/devices/system/cpu", "/usr/share/zoneinfo",
                      config_path.substr(0, config_path.rfind('/') + 1), config.commit_folder,
                      config.machine_id_file};
  confinement.read.insert(confinement.read.end(), config.rules_folders.begin(),
                          config.rules_folders.end());
  // Enrolment may leave it after us.
  confinement.read.push_back(folder_of(config.trust_file));
  confinement.read.push_back(folder_of(config.checkpoint_key));
  // A log is rotated in its folder, and a journal may be made after us.
  for (const std::string& file : config.logs.files) {
    std::vector<std::string>& read = confinement.read;
    const std::string folder = folder_of(file);
    if (std::find(read.begin(), read.end(), folder) == read.end()) read.push_back(folder);
  }
  if (config.logs.journal != "off") {
    confinement.read.insert(confinement.read.end(), {"/run/log", "/var/log/journal"});
  }
  confinement.read.insert(confinement.read.end(), config.redact_folders.begin(),
                          config.redact_folders.end());
  confinement.write = {config.spool_folder, config.state_folder};
  return confinement;
}

Status confine(const Confinement& confinement) {
  const rlimit no_core{0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return from_errno(errno, "giving up core dumps and new privileges");
  }
  RETURN_IF_ERROR(confine_files(confinement));
  return SeccompFilter().load();
}

Result<std::string> own_binary() {
  std::array<char, 4096> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0 || static_cast<size_t>(size) == path.size()) {
    return from_errno(errno, "finding our own binary");
  }
  std::string text(path.data(), static_cast<size_t>(size));
  constexpr std::string_view kReplaced = " (deleted)";  // an upgrade put a new file in its place
  if (text.ends_with(kReplaced)) text.resize(text.size() - kReplaced.size());
  return text;
}

std::vector<Attempt> try_forbidden() {
  constexpr const char* kPlanted = "/etc/cron.d/spoor-sandbox-check";
  const auto try_open = [](const char* path, int flags) {
    return open(path, flags | O_CLOEXEC, 0600);
  };
  const auto try_socket = [](int family, int type, int protocol = 0) {
    return socket(family, type | SOCK_CLOEXEC, protocol);
  };
  std::vector<Attempt> made;
  made.push_back(attempt("reading /etc/shadow", try_open("/etc/shadow", O_RDONLY)));
  made.push_back(attempt("writing " + std::string(kPlanted),
                         try_open(kPlanted, O_WRONLY | O_CREAT)));
  made.push_back(attempt("opening an INET socket", try_socket(AF_INET, SOCK_STREAM)));
  made.push_back(attempt("opening an INET6 socket", try_socket(AF_INET6, SOCK_DGRAM)));
  made.push_back(attempt("opening a packet socket", try_socket(AF_PACKET, SOCK_RAW)));
  made.push_back(attempt("opening a socket to the routing table",
                         try_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)));
  made.push_back(attempt("reading /usr/bin/env, a file outside its folders",
                         try_open("/usr/bin/env", O_RDONLY)));
  std::array<char, 16> link;
  const std::string parent = "/proc/" + std::to_string(getppid()) + "/exe";
  made.push_back(attempt("seeing what its parent runs",
                         static_cast<int>(readlink(parent.c_str(), link.data(), link.size()))));
  made.push_back(try_shell("/bin/sh"));
  made.push_back(attempt("making an executable file in memory",
                         static_cast<int>(syscall(SYS_memfd_create, "spoor", 0))));
  made.push_back(attempt("making a user namespace", unshare(CLONE_NEWUSER)));
  return made;
}

}  // namespace spoor::agent
