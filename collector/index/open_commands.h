// Processes of a session that have run a command and were not seen to end, and ends whose command
// is not known yet: the two sockets of the kernel have no common order, and a part of a session may
// have the one without the other. Parts can be added, in any order and any split.
//
// Plain value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace spoor::collector {

class OpenCommands {
 public:
  using Process = std::pair<uint32_t, uint64_t>;  // pid, birth
  struct End {
    bool is_bad = false;   // an exit code, or a signal
    bool is_seen = false;  // how it ended is known
    bool operator==(const End&) const = default;
  };

  // Ends of commands that are known, by what was added just now.
  std::vector<End> start(Process process);
  std::vector<End> end(Process process, End end);
  std::vector<End> add(const OpenCommands& other);

  size_t running() const { return running_.size(); }
  const std::set<Process>& processes() const { return running_; }
  const std::map<Process, End>& ends() const { return ends_; }
  bool operator==(const OpenCommands&) const = default;

 private:
  std::set<Process> running_;
  std::map<Process, End> ends_;  // at most kOpenEndsMax
};

}  // namespace spoor::collector
