#include "collector/commands/subcommand.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/clock.h"
#include "common/files.h"

namespace spoor::collector {

Status print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? ok() : from_errno(errno, "standard output");
}

int fail(const Status& status) {
  std::fprintf(stderr, "spoor-collector: %s\n", status.message().c_str());
  return kFailed;
}

int finish(const Status& status) { return status.is_ok() ? 0 : fail(status); }

Status become_owner_of(const std::string& folder) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) {
    if (errno == ENOENT) return not_found(folder + " is missing: run `spoor-collector init` first");
    if (errno == EACCES) return denied(folder + " is not yours to open: try as root");
    return from_errno(errno, "looking at " + folder);
  }
  if (::geteuid() == info.st_uid) return ok();
  if (::geteuid() != 0)
    return denied(folder + " belongs to uid " + std::to_string(info.st_uid) + ": try as root");
  if (::setgroups(0, nullptr) != 0 || ::setresgid(info.st_gid, info.st_gid, info.st_gid) != 0 ||
      ::setresuid(info.st_uid, info.st_uid, info.st_uid) != 0) {
    return from_errno(errno, "becoming uid " + std::to_string(info.st_uid));
  }
  return ok();
}

std::string who_runs_this() {
  std::string out = "uid " + std::to_string(::getuid());
  PosixFiles files;
  const auto login = read_file(files, "/proc/self/loginuid", 32);
  constexpr std::string_view kUnset = "4294967295";
  if (login.is_ok() && !login->empty() && !login->starts_with(kUnset))
    out += " (logged in as uid " + login->substr(0, login->find('\n')) + ")";
  return out;
}

int64_t now_s() { return SystemClock().now().realtime_ns / kNsPerSecond; }

}  // namespace spoor::collector
