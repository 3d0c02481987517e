#include "agent/source/log_generations.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "agent/limits.h"
#include "common/clock.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

void take_stat(const struct stat& from, LogGeneration& to) {
  to.device = from.st_dev;
  to.inode = from.st_ino;
  to.size = static_cast<uint64_t>(from.st_size);
  to.modified_ns = from.st_mtim.tv_sec * kNsPerSecond + from.st_mtim.tv_nsec;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Behind the log's name: `.1`, `-20261121`, `-2026-11-21_0300`. Everything else is somebody's copy,
// or compressed.
bool is_rotation(std::string_view suffix) {
  return suffix.size() > 1 && (suffix[0] == '.' || suffix[0] == '-') && is_digit(suffix[1]) &&
         std::all_of(suffix.begin() + 1, suffix.end(),
                     [](char c) { return is_digit(c) || c == '-' || c == '_'; });
}
bool is_number(std::string_view suffix) {
  return suffix.size() <= 5 && std::all_of(suffix.begin() + 1, suffix.end(), is_digit);
}

// Of two suffixes: numbers count backwards, dates forwards. A host that has both has changed from
// numbers to dates.
bool is_older(std::string_view a, std::string_view b) {
  const bool a_counts = is_number(a), b_counts = is_number(b);
  if (a_counts != b_counts) return a_counts;
  if (!a_counts) return a < b;
  if (a.size() != b.size()) return a.size() > b.size();
  return a > b;
}

}  // namespace

bool describe_log(int fd, LogGeneration& file) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return false;
  take_stat(info, file);
  return true;
}

UniqueFd open_log(const std::string& path, LogGeneration& opened) {
  // Not to wait for a pipe's other end, should it be one.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat info{};
  if (!fd.is_open() || ::fstat(fd.get(), &info) != 0) return UniqueFd();
  if (!S_ISREG(info.st_mode)) {
    fd.reset();
    errno = EINVAL;
    return fd;
  }
  opened.path = path;
  take_stat(info, opened);
  return fd;
}

std::vector<LogGeneration> log_generations(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash == 0 ? 1 : slash);
  const std::string name = path.substr(slash + 1);
  PosixFiles files;
  const auto listed = files.list(folder);
  if (!listed.is_ok()) return {};
  std::vector<std::string> suffixes;
  for (const std::string& each : *listed) {
    if (!each.starts_with(name)) continue;
    if (std::string suffix = each.substr(name.size()); is_rotation(suffix)) {
      suffixes.push_back(std::move(suffix));
    }
  }
  std::sort(suffixes.begin(), suffixes.end(), is_older);
  if (suffixes.size() > kLogGenerationsMax) {
    suffixes.erase(suffixes.begin(), suffixes.end() - kLogGenerationsMax);
  }
  suffixes.emplace_back();  // the log itself

  std::vector<LogGeneration> newest_first;
  for (size_t i = suffixes.size(); i-- > 0;) {
    LogGeneration file;
    struct stat info{};
    file.path = path + suffixes[i];
    if (::stat(file.path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    take_stat(info, file);
    std::erase_if(newest_first, [&](const LogGeneration& other) {
      return other.device == file.device && other.inode == file.inode;
    });
    newest_first.push_back(std::move(file));
  }
  std::reverse(newest_first.begin(), newest_first.end());
  return newest_first;
}

}  // namespace spoor::agent
