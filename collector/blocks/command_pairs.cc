#include "collector/blocks/command_pairs.h"

namespace spoor::collector {

using Pair = CommandPairs::Pair;

std::optional<Pair> CommandPairs::start(const SessionProcess& process, uint64_t exec, bool failed,
                                        uint32_t row) {
  if (process.pid == 0 || exec == 0) return std::nullopt;
  const auto at = waiting_.try_emplace(process).first;
  Halves& halves = at->second;
  const bool goes_on = failed && halves.started.exec != 0 && !halves.started.failed;
  if (!goes_on) halves.started = {exec, row, failed};
  if (halves.ended.exec != exec) return std::nullopt;
  const Pair out{row, halves.ended.row, failed};
  waiting_.erase(at);
  return out;
}

std::optional<Pair> CommandPairs::end(const SessionProcess& process, uint64_t exec, uint32_t row) {
  if (process.pid == 0 || exec == 0) return std::nullopt;
  const auto at = waiting_.find(process);
  if (at != waiting_.end() && at->second.started.exec == exec) {
    const Pair out{at->second.started.row, row, at->second.started.failed};
    waiting_.erase(at);
    return out;
  }
  if (process.birth == 0) return std::nullopt;
  Half& ended = at != waiting_.end() ? at->second.ended : waiting_[process].ended;
  if (ended.exec == 0) ended = {exec, row};
  return std::nullopt;
}

}  // namespace spoor::collector
