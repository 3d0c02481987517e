#include "agent/commands/subcommand.h"

#include "common/log.h"

namespace spoor::agent {

int fail(const Status& status) {
  log_error("{}", status.message());
  return kFailed;
}

}  // namespace spoor::agent
