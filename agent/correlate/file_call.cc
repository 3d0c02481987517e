#include "agent/correlate/file_call.h"

#include <algorithm>
#include <iterator>

namespace spoor::agent {
namespace {

using Op = FileAccess::Operation;
constexpr int8_t kCwd = kBaseCwd, kFile = kBaseFile, kNone = kBaseNone, kText = kBaseText;

// Sorted.
constexpr FileCall kCalls[] = {
    {"chmod", Op::mode, kCwd, kNone, 1},
    {"chown", Op::owner, kCwd, kNone, -1, -1, 1},
    {"chown32", Op::owner, kCwd, kNone, -1, -1, 1},
    {"creat", Op::create, kCwd, kNone, 1},
    {"fchmod", Op::mode, kFile, kNone, 1},
    {"fchmodat", Op::mode, 0, kNone, 2},
    {"fchmodat2", Op::mode, 0, kNone, 2},
    {"fchown", Op::owner, kFile, kNone, -1, -1, 1},
    {"fchown32", Op::owner, kFile, kNone, -1, -1, 1},
    {"fchownat", Op::owner, 0, kNone, -1, -1, 2},
    {"file_setattr", Op::attributes, 0},
    {"fremovexattr", Op::attributes, kFile},
    {"fsetxattr", Op::attributes, kFile},
    {"ftruncate", Op::truncate, kFile},
    {"ftruncate64", Op::truncate, kFile},
    {"futimesat", Op::attributes, 0},
    {"lchown", Op::owner, kCwd, kNone, -1, -1, 1},
    {"lchown32", Op::owner, kCwd, kNone, -1, -1, 1},
    {"link", Op::link, kCwd, kCwd},
    {"linkat", Op::link, 0, 2},
    {"lremovexattr", Op::attributes},
    {"lsetxattr", Op::attributes},
    {"mkdir", Op::create, kCwd, kNone, 1},
    {"mkdirat", Op::create, 0, kNone, 2},
    {"mknod", Op::create, kCwd, kNone, 1},
    {"mknodat", Op::create, 0, kNone, 2},
    {"mount", Op::mount},
    {"mount_setattr", Op::mount, 0},
    {"move_mount", Op::mount, 2},
    {"oldumount", Op::mount},
    {"open", Op::read_open, kCwd, kNone, 2, 1},
    {"open_by_handle_at", Op::read_open, kFile, kNone, -1, 2},
    {"open_tree", Op::mount, 0},
    {"openat", Op::read_open, 0, kNone, 3, 2},
    {"openat2", Op::read_open, 0},  // its flags are in a record of their own
    {"pivot_root", Op::mount},
    {"removexattr", Op::attributes},
    {"removexattrat", Op::attributes, 0},
    {"rename", Op::rename, kCwd, kCwd},
    {"renameat", Op::rename, 0, 2},
    {"renameat2", Op::rename, 0, 2},
    {"rmdir", Op::remove},
    {"setxattr", Op::attributes},
    {"setxattrat", Op::attributes, 0},
    {"symlink", Op::link, kText, kCwd},
    {"symlinkat", Op::link, kText, 1},
    {"truncate", Op::truncate},
    {"truncate64", Op::truncate},
    {"umount", Op::mount},
    {"umount2", Op::mount},
    {"unlink", Op::remove},
    {"unlinkat", Op::remove, 0},
    {"utime", Op::attributes},
    {"utimensat", Op::attributes, 0},
    {"utimensat_time64", Op::attributes, 0},
    {"utimes", Op::attributes},
};
constexpr bool before(const FileCall& a, const FileCall& b) { return a.name < b.name; }
static_assert(std::is_sorted(std::begin(kCalls), std::end(kCalls), before));

}  // namespace

const FileCall* file_call(std::string_view name) {
  const FileCall wanted{name};
  const auto* const found = std::lower_bound(std::begin(kCalls), std::end(kCalls), wanted, before);
  return found != std::end(kCalls) && found->name == name ? found : nullptr;
}

}  // namespace spoor::agent
