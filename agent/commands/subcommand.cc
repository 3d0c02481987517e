#include "agent/commands/subcommand.h"

#include <cerrno>
#include <cstdio>

#include "common/log.h"

namespace spoor::agent {

Status print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? ok() : from_errno(errno, "standard output");
}

int fail(const Status& status) {
  log_error("{}", status.message());
  return kFailed;
}

}  // namespace spoor::agent
