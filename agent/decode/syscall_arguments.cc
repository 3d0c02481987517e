#include "agent/decode/syscall_arguments.h"

#include <algorithm>
#include <iterator>

#include "agent/decode/constants.h"

namespace spoor::agent {
namespace {

struct Argument {
  std::string_view syscall;
  uint32_t index;
  Constant kind;
};
constexpr bool before(const Argument& a, const Argument& b) {
  return a.syscall != b.syscall ? a.syscall < b.syscall : a.index < b.index;
}

// Sorted.
constexpr Argument kArguments[] = {
    {"access", 1, Constant::access_mode}, {"bpf", 0, Constant::bpf_command},
    {"chmod", 1, Constant::file_mode}, {"chown", 1, Constant::id}, {"chown", 2, Constant::id},
    {"clone", 0, Constant::clone_flags}, {"creat", 1, Constant::file_mode},
    {"execveat", 0, Constant::at_directory}, {"faccessat", 0, Constant::at_directory},
    {"faccessat", 2, Constant::access_mode}, {"faccessat2", 0, Constant::at_directory},
    {"faccessat2", 2, Constant::access_mode}, {"fchmod", 1, Constant::file_mode},
    {"fchmodat", 0, Constant::at_directory}, {"fchmodat", 2, Constant::file_mode},
    {"fchmodat2", 0, Constant::at_directory}, {"fchmodat2", 2, Constant::file_mode},
    {"fchown", 1, Constant::id}, {"fchown", 2, Constant::id},
    {"fchownat", 0, Constant::at_directory}, {"fchownat", 2, Constant::id},
    {"fchownat", 3, Constant::id}, {"finit_module", 2, Constant::module_flags},
    {"kill", 1, Constant::signal}, {"lchown", 1, Constant::id}, {"lchown", 2, Constant::id},
    {"linkat", 0, Constant::at_directory}, {"linkat", 2, Constant::at_directory},
    {"memfd_create", 1, Constant::memfd_flags}, {"mkdir", 1, Constant::file_mode},
    {"mkdirat", 0, Constant::at_directory}, {"mkdirat", 2, Constant::file_mode},
    {"mknod", 1, Constant::file_mode}, {"mknodat", 0, Constant::at_directory},
    {"mknodat", 2, Constant::file_mode}, {"mmap", 2, Constant::mmap_protection},
    {"mmap", 3, Constant::mmap_flags}, {"mmap2", 2, Constant::mmap_protection},
    {"mmap2", 3, Constant::mmap_flags}, {"mount", 3, Constant::mount_flags},
    {"move_mount", 0, Constant::at_directory}, {"move_mount", 2, Constant::at_directory},
    {"mprotect", 2, Constant::mmap_protection}, {"mq_open", 1, Constant::open_flags},
    {"name_to_handle_at", 0, Constant::at_directory}, {"newfstatat", 0, Constant::at_directory},
    {"open", 1, Constant::open_flags}, {"open", 2, Constant::file_mode},
    {"open_by_handle_at", 2, Constant::open_flags}, {"open_tree", 0, Constant::at_directory},
    {"openat", 0, Constant::at_directory}, {"openat", 2, Constant::open_flags},
    {"openat", 3, Constant::file_mode}, {"openat2", 0, Constant::at_directory},
    {"personality", 0, Constant::personality}, {"pidfd_send_signal", 1, Constant::signal},
    {"pkey_mprotect", 2, Constant::mmap_protection}, {"prctl", 0, Constant::prctl_option},
    {"prlimit64", 1, Constant::resource}, {"ptrace", 0, Constant::ptrace_request},
    {"readlinkat", 0, Constant::at_directory}, {"renameat", 0, Constant::at_directory},
    {"renameat", 2, Constant::at_directory}, {"renameat2", 0, Constant::at_directory},
    {"renameat2", 2, Constant::at_directory}, {"rt_sigqueueinfo", 1, Constant::signal},
    {"rt_tgsigqueueinfo", 2, Constant::signal}, {"seccomp", 0, Constant::seccomp_operation},
    {"setfsgid", 0, Constant::id}, {"setfsgid32", 0, Constant::id}, {"setfsuid", 0, Constant::id},
    {"setfsuid32", 0, Constant::id}, {"setgid", 0, Constant::id}, {"setgid32", 0, Constant::id},
    {"setns", 1, Constant::namespace_flags}, {"setregid", 0, Constant::id},
    {"setregid", 1, Constant::id}, {"setregid32", 0, Constant::id},
    {"setregid32", 1, Constant::id}, {"setresgid", 0, Constant::id},
    {"setresgid", 1, Constant::id}, {"setresgid", 2, Constant::id},
    {"setresgid32", 0, Constant::id}, {"setresgid32", 1, Constant::id},
    {"setresgid32", 2, Constant::id}, {"setresuid", 0, Constant::id},
    {"setresuid", 1, Constant::id}, {"setresuid", 2, Constant::id},
    {"setresuid32", 0, Constant::id}, {"setresuid32", 1, Constant::id},
    {"setresuid32", 2, Constant::id}, {"setreuid", 0, Constant::id},
    {"setreuid", 1, Constant::id}, {"setreuid32", 0, Constant::id},
    {"setreuid32", 1, Constant::id}, {"setrlimit", 0, Constant::resource},
    {"setuid", 0, Constant::id}, {"setuid32", 0, Constant::id},
    {"socket", 0, Constant::socket_family}, {"socket", 1, Constant::socket_type},
    {"socket", 2, Constant::ip_protocol}, {"socketcall", 0, Constant::socket_call},
    {"socketpair", 0, Constant::socket_family}, {"socketpair", 1, Constant::socket_type},
    {"statx", 0, Constant::at_directory}, {"symlinkat", 1, Constant::at_directory},
    {"tgkill", 2, Constant::signal}, {"tkill", 1, Constant::signal},
    {"umask", 0, Constant::file_mode}, {"umount2", 1, Constant::umount_flags},
    {"unlinkat", 0, Constant::at_directory}, {"unlinkat", 2, Constant::unlink_flags},
    {"unshare", 0, Constant::namespace_flags}, {"utimensat", 0, Constant::at_directory},
};
static_assert(std::is_sorted(std::begin(kArguments), std::end(kArguments), before));

constexpr uint32_t kMachine = 0xFFFF, kS390 = 22, kI386 = 3;

// Where an architecture's call is not what its name says.
bool is_other_call(uint32_t arch, std::string_view syscall, uint32_t index) {
  const uint32_t machine = arch & kMachine;
  // Their mmap takes a pointer to a structure of the arguments; mmap2 is the call we know.
  if (syscall == "mmap") return machine == kS390 || machine == kI386;
  return syscall == "clone" && index == 0 && machine == kS390;
}

// open(2) reads a mode only where it may create; a protocol has a name only in the families of the
// internet, and 0 is whichever suits the type.
bool says_nothing(const Argument& argument, std::span<const uint64_t, 4> args) {
  constexpr uint64_t kMayCreate = 0x40 | 0x400000;  // O_CREAT, O_TMPFILE
  constexpr uint64_t kInet = 2, kInet6 = 10;
  const uint64_t value = args[argument.index];
  if (argument.kind == Constant::ip_protocol) {
    return value == 0 || (args[0] != kInet && args[0] != kInet6);
  }
  return argument.kind == Constant::file_mode && argument.syscall.starts_with("open") &&
         (args[argument.index - 1] & kMayCreate) == 0;
}

// Arguments are recorded as `long`: the upper half of an `int` is what was in the register.
uint64_t as_int(Constant kind, uint64_t value) {
  const bool is_long = kind == Constant::clone_flags || kind == Constant::mount_flags;
  return is_long ? value : static_cast<uint32_t>(value);
}

}  // namespace

std::string argument_meaning(uint32_t arch, std::string_view syscall, uint32_t index,
                             std::span<const uint64_t, 4> args) {
  const uint64_t value = args[index];
  if (syscall == "clone" && index == 1 && (arch & kMachine) == kS390) {
    return constant_name(Constant::clone_flags, arch, value);  // the stack comes first
  }
  const Argument wanted{syscall, index, Constant::id};
  const auto* const found = std::lower_bound(std::begin(kArguments), std::end(kArguments), wanted,
                                             before);
  if (found == std::end(kArguments) || before(wanted, *found)) return "";
  if (is_other_call(arch, syscall, index) || says_nothing(*found, args)) return "";
  return constant_name(found->kind, arch, as_int(found->kind, value));
}

}  // namespace spoor::agent
