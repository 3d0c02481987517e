#include "agent/uplink/commands/subcommand.h"

#include <cerrno>
#include <cstdio>

#include "common/files.h"
#include "common/time_format.h"

namespace spoor::uplink {
namespace {

constexpr size_t kPasswdBytesMax = 16u << 20;

}  // namespace

Status print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? ok() : from_errno(errno, "standard output");
}

int fail(const Status& status) {
  std::fprintf(stderr, "spoor-uplink: %s\n", status.message().c_str());
  return kFailed;
}

Result<Account> account_of(const std::string& name) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const std::string passwd, read_file(files, "/etc/passwd", kPasswdBytesMax));
  return find_account(name, passwd);
}

std::string moment(int64_t realtime_ns) {
  const LocalTime time = local_time(realtime_ns);
  return time.date + " " + time.clock + " " + time.offset;
}

}  // namespace spoor::uplink
