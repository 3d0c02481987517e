#include "agent/correlate/raise_table.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {

PrivilegeChange Raise::change() const {
  PrivilegeChange change;
  change.by = by;
  change.program = program;
  change.from_uid = from_uid;
  change.to_uid = to_uid;
  change.to_gid = to_gid;
  change.capabilities = capabilities;
  change.cause = command;
  change.terminal = terminal;
  change.pid = command.process.pid;
  return change;
}

void RaiseTable::add(Raise raise) {
  if (raises_.size() >= kRaisesMax) raises_.pop_front();
  raises_.push_back(std::move(raise));
}

void RaiseTable::spoke(const ProcessKey& process) {
  std::erase_if(raises_, [&](const Raise& raise) { return raise.command.process == process; });
}

std::optional<Raise> RaiseTable::take_silent(const CommandRef& command) {
  const auto found = std::find_if(raises_.begin(), raises_.end(), [&](const Raise& raise) {
    return raise.command.process == command.process &&
           raise.command.exec_number == command.exec_number;
  });
  if (found == raises_.end()) return std::nullopt;
  Raise raise = std::move(*found);
  raises_.erase(found);
  return raise;
}

}  // namespace spoor::agent
