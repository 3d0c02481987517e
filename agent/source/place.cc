#include "agent/source/place.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "agent/container_runtimes.h"
#include "agent/source/cgroup.h"
#include "agent/source/mount_place.h"
#include "agent/source/procfs.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

// Twelve hierarchies of PATH_MAX.
constexpr size_t kGroupsMax = 64u << 10;
// Containers and units that run on a host, a few times over.
constexpr size_t kGroupsKnownMax = 4096;
constexpr size_t kStatusMax = 8u << 10;
// The kernel lists a mount before those that are mounted on it. A host with a thousand containers
// has as many more, which it takes the kernel a millisecond to write.
constexpr size_t kMountsMax = 8u << 10;
// All mounts of a tree, where one of them has to be found.
constexpr size_t kAllMountsMax = 512u << 10;
constexpr std::string_view kDeleted = " (deleted)";  // fs/d_path.c

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  const size_t start = std::min(line.find_first_not_of(" \t"), line.size());
  const size_t end = std::min(line.find_first_of(" \t", start), line.size());
  const std::string_view word = line.substr(start, end - start);
  line.remove_prefix(end);
  return word;
}

// As the kernel's records write a device.
std::string device_text(unsigned major_number, unsigned minor_number) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%02x:%02x", major_number, minor_number);
  return text.data();
}

bool is_among(const std::vector<FileId>& files, const std::string& device, uint64_t inode) {
  return std::any_of(files.begin(), files.end(), [&](const FileId& file) {
    return file.inode == inode && file.device == device;
  });
}

// Whether a path leads here to one of the files.
bool leads_to(const std::string& path, const std::vector<FileId>& files) {
  struct stat here{};
  return !path.empty() && stat(path.c_str(), &here) == 0 &&
         is_among(files, device_text(major(here.st_dev), minor(here.st_dev)), here.st_ino);
}

}  // namespace

std::string_view root_mount(std::string_view mountinfo) {
  std::string_view found;
  while (!mountinfo.empty()) {
    std::string_view line = take_line(mountinfo);
    (void)take_word(line);  // the mount's id
    (void)take_word(line);  // its parent's
    const std::string_view device = take_word(line), root = take_word(line);
    // The last one covers those before it.
    if (take_word(line) == "/") {
      found = {device.data(), static_cast<size_t>(root.data() + root.size() - device.data())};
    }
  }
  return found;
}

bool has_own_pid_namespace(std::string_view status) {
  while (!status.empty()) {
    std::string_view line = take_line(status);
    if (take_word(line) != "NSpid:") continue;
    (void)take_word(line);
    return !take_word(line).empty();
  }
  return false;
}

uint32_t effective_uid(std::string_view status) {
  while (!status.empty()) {
    std::string_view line = take_line(status);
    if (take_word(line) != "Uid:") continue;
    (void)take_word(line);  // the real one
    const std::string_view word = take_word(line);
    uint32_t uid = kUnsetId;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), uid);
    return error == std::errc() && end == word.data() + word.size() ? uid : kUnsetId;
  }
  return kUnsetId;
}

Places::Places(std::string proc_folder, std::string cgroup_folder)
    : proc_folder_(std::move(proc_folder)), cgroup_folder_(std::move(cgroup_folder)) {
  if (const auto mounts = read(1, "mountinfo", kMountsMax)) host_root_ = root_mount(*mounts);
}

std::optional<std::string> Places::read(uint32_t pid, const char* name, size_t size_max) const {
  return read(std::to_string(pid), name, size_max);
}

std::optional<std::string> Places::read(const std::string& process, const char* name,
                                        size_t size_max) const {
  PosixFiles files;
  const auto file = files.open_read(proc_folder_ + "/" + process + "/" + name);
  std::string text;
  if (!file.is_ok() || !(*file)->read_at(0, size_max, text).is_ok()) return std::nullopt;
  // No half line is to be taken for another.
  text.resize(text.rfind('\n') + 1);
  if (text.empty()) return std::nullopt;
  return text;
}

// A group's folder bears the time that it was made at, until somebody changes its owner or mode:
// the first answer stays. A container that is started again has a new folder of the same name.
int64_t Places::started_ns(std::string_view group) const {
  struct stat folder{};
  const bool there =
      !group.empty() && stat((cgroup_folder_ + std::string(group)).c_str(), &folder) == 0;
  const auto known = started_.find(group);
  if (known != started_.end() && (!there || known->second.inode == folder.st_ino)) {
    return known->second.at_ns;
  }
  if (!there) return 0;
  if (started_.size() >= kGroupsKnownMax) started_.clear();
  const int64_t at_ns = folder.st_ctim.tv_sec * kNsPerSecond + folder.st_ctim.tv_nsec;
  started_.insert_or_assign(std::string(group), Started{folder.st_ino, at_ns});
  return at_ns;
}

// Users may name groups, too, below the one that systemd gives them (user@UID.service, Delegate=).
bool Places::is_of_system(std::string_view group) const {
  struct stat all{}, folder{};
  return !group.empty() && stat(cgroup_folder_.c_str(), &all) == 0 &&
         stat((cgroup_folder_ + std::string(group)).c_str(), &folder) == 0 &&
         folder.st_uid == all.st_uid;
}

// Empty: not known, or not the host's own at that path.
std::string Places::program(uint32_t pid) const {
  const auto seen = program_of(pid);
  if (!seen) return {};
  std::string path = seen->path;
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  const auto its = read(pid, "mountinfo", kAllMountsMax);
  const auto ours = read("self", "mountinfo", kAllMountsMax);
  return its && ours && lies_alike(*its, seen->mount, path, *ours) ? path : std::string();
}

ProcessSight Places::of_now(uint32_t pid, bool with_program) const {
  ProcessSight seen;
  const auto groups = read(pid, "cgroup", kGroupsMax);
  const auto status = read(pid, "status", kStatusMax);
  if (!groups || !status) return seen;
  CgroupPlace group = parse_cgroup(*groups);
  const bool own_pids = has_own_pid_namespace(*status);
  const auto mounts = read(pid, "mountinfo", kMountsMax);
  const bool root_known = mounts && !host_root_.empty();
  const bool own_root = root_known && root_mount(*mounts) != host_root_;
  const bool named = !group.runtime.empty() && is_of_system(group.path);
  if (!own_pids && !own_root && !named) group.runtime = group.container = {};
  seen.runtime = group.runtime;
  seen.container = group.container;
  seen.unit = group.unit;
  seen.unit_started_ns = started_ns(group.path);
  seen.uid = effective_uid(*status);
  const std::string comm = read(pid, "comm", kStatusMax).value_or("\n");
  seen.comm = comm.substr(0, comm.size() - 1);
  if (!group.runtime.empty() || own_pids) {
    seen.place = Place::container;
    return seen;
  }
  if (!root_known) return {};
  seen.place = own_root ? Place::container : Place::host;
  if (with_program && seen.place == Place::host) seen.exe = program(pid);
  return seen;
}

// To be asked last: whoever has the pid now and is old enough had it all the while.
bool Places::was_born_by(uint32_t pid, int64_t born_by_ns) const {
  const auto stat = read(pid, "stat", kStatusMax);
  const auto process = stat ? parse_stat(*stat) : std::nullopt;
  return process && process->birth_boottime_ns <= born_by_ns;
}

ProcessSight Places::of(uint32_t pid, int64_t born_by_ns, bool with_program) const {
  ProcessSight seen = of_now(pid, with_program);
  if (seen.place == Place::unknown || !was_born_by(pid, born_by_ns)) return {};
  return seen;
}

std::vector<DirectorySeen> Places::directories(const PlaceQuestion& question) const {
  std::vector<DirectorySeen> known;
  for (const int32_t descriptor : question.descriptors) {
    const auto seen = directory_of(question.pid, descriptor);
    if (!seen || !seen->has_whole_root || seen->path.ends_with(kDeleted)) continue;
    const auto mounts = read(question.pid, "mountinfo", kAllMountsMax);
    const auto mount = mounts ? mount_of_id(*mounts, seen->mount) : std::nullopt;
    if (!mount || !is_at_or_below(seen->path, mount->point)) continue;
    // The file system's device, which is not always stat(2)'s (btrfs).
    std::string device = device_text(mount->device_major, mount->device_minor);
    if (!is_among(question.files, device, seen->inode)) continue;
    known.push_back({descriptor, std::move(device), seen->inode, seen->path});
  }
  if (!known.empty() && !was_born_by(question.pid, question.born_by_ns)) known.clear();
  return known;
}

std::string Places::program_of_found(const ProcessFound& process) const {
  std::string found = program(process.pid);
  if (!found.empty() && !was_born_by(process.pid, process.birth_boottime_ns)) found.clear();
  return found;
}

bool Places::is_runtime(uint32_t pid) const {
  const auto comm = read(pid, "comm", kStatusMax);
  return comm && is_container_runtime(*comm);
}

ProcessSight Places::find(const PlaceQuestion& question) const {
  ProcessSight own = of(question.pid, question.born_by_ns, question.parent_pid == 0);
  if (own.place != Place::unknown || question.parent_pid == 0) return own;
  // Before of(), which says whose name it was.
  const bool runtime = is_runtime(question.parent_pid);
  ProcessSight parent = of(question.parent_pid, question.born_by_ns);
  parent.uid = kUnsetId;
  parent.comm.clear();
  if (parent.place != Place::host) return parent;
  const bool proven = !runtime && leads_to(question.exe, question.files);
  return proven ? parent : ProcessSight();
}

}  // namespace spoor::agent
