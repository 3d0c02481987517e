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

// Of the log itself, too, which has none; the oldest first.
Result<std::vector<std::string>> suffixes_of(const std::string& folder, const std::string& name) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const std::vector<std::string> listed, files.list(folder));
  std::vector<std::string> suffixes;
  for (const std::string& each : listed) {
    if (!each.starts_with(name)) continue;
    if (std::string suffix = each.substr(name.size()); is_rotation(suffix)) {
      suffixes.push_back(std::move(suffix));
    }
  }
  std::sort(suffixes.begin(), suffixes.end(), is_older);
  if (suffixes.size() > kLogGenerationsMax) {
    suffixes.erase(suffixes.begin(), suffixes.end() - kLogGenerationsMax);
  }
  suffixes.emplace_back();
  return suffixes;
}

Result<std::vector<LogGeneration>> look(const std::string& path) {
  const size_t slash = path.rfind('/');
  ASSIGN_OR_RETURN(const std::vector<std::string> suffixes,
                   suffixes_of(path.substr(0, slash == 0 ? 1 : slash), path.substr(slash + 1)));
  std::vector<LogGeneration> found;
  for (const std::string& suffix : suffixes) {
    LogGeneration file;
    struct stat info{};
    file.path = path + suffix;
    if (::stat(file.path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    take_stat(info, file);
    found.push_back(std::move(file));
  }
  return found;
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

Result<std::vector<LogGeneration>> log_generations(const std::string& path) {
  constexpr int kLooksMax = 5;
  ASSIGN_OR_RETURN(std::vector<LogGeneration> before, look(path));
  for (int i = 0; i < kLooksMax; ++i) {
    ASSIGN_OR_RETURN(std::vector<LogGeneration> now, look(path));
    const bool agree = std::equal(before.begin(), before.end(), now.begin(), now.end(),
                                  [](const LogGeneration& a, const LogGeneration& b) {
                                    return a.path == b.path && is_same_file(a, b);
                                  });
    before = std::move(now);
    if (agree) return before;
  }
  return unavailable(path + " is being rotated");
}

}  // namespace spoor::agent
