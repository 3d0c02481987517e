#include "collector/index/open_commands.h"

#include "collector/limits.h"

namespace spoor::collector {

std::vector<OpenCommands::End> OpenCommands::start(Process process) {
  const auto ended = ends_.find(process);
  if (ended == ends_.end()) {
    running_.insert(process);
    return {};
  }
  const End end = ended->second;
  ends_.erase(ended);
  return {end};
}

std::vector<OpenCommands::End> OpenCommands::end(Process process, End end) {
  if (running_.erase(process) > 0) return {end};
  // A process of another session, or one that never ran a command: most never find theirs.
  if (ends_.size() < kOpenEndsMax) ends_.emplace(process, end);
  return {};
}

std::vector<OpenCommands::End> OpenCommands::add(const OpenCommands& other) {
  std::vector<End> known;
  for (const Process& process : other.running_) {
    for (const End& matched : start(process)) known.push_back(matched);
  }
  for (const auto& [process, ended] : other.ends_) {
    for (const End& matched : end(process, ended)) known.push_back(matched);
  }
  return known;
}

}  // namespace spoor::collector
