// What the numbers of a record stand for, by the headers of the kernel that wrote it: a syscall's
// flags, signals and errors differ from one architecture to the next. Where a table of ours is not
// valid for the record's architecture, the answer is empty rather than wrong. Arch 0, a record that
// names none, is taken for one of the common ones. Thread-safe: the tables are constant.
#pragma once

#include <cstdint>
#include <string>

namespace spoor::agent {

// Kinds of numbers, by what names them.
enum class Constant : uint8_t {
  errno_number, signal, open_flags, file_mode, access_mode, mmap_protection, mmap_flags,
  clone_flags, namespace_flags, mount_flags, umount_flags, unlink_flags, at_directory,
  socket_family, socket_type, ip_protocol, socket_call, netfilter_family,
  ptrace_request, prctl_option, seccomp_operation, seccomp_action, bpf_command,
  capability, capability_set, uring_operation, resolve_flags, rule_list, multicast_group,
  fanotify_response, promiscuous, result, memfd_flags, module_flags, resource, personality,
  id,
};

// "EACCES", "O_WRONLY|O_CREAT", "net_admin"; empty where there is nothing to say or nobody knows.
// Flags that have no name are added in hexadecimal.
std::string constant_name(Constant kind, uint32_t arch, uint64_t value);

}  // namespace spoor::agent
