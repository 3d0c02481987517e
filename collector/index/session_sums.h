// What happened in a session, counted: a sum over its items. The sums of any split of them, in any
// order, added, are the sums of the whole, so that parts may span frames, days and restarts.
//
// A command counts where it started; how it ended counts once both are known. What only a log file
// claims counts nowhere.
// Plain value; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/index/distinct_count.h"
#include "collector/index/open_commands.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

struct SessionSums {
  uint64_t commands = 0;
  uint64_t commands_as_root = 0;
  uint64_t commands_failed = 0;   // exit code, signal, or a start that failed
  uint64_t commands_end_unseen = 0;  // they are gone, and nobody saw how
  uint64_t privilege_changes = 0;
  uint64_t privilege_refused = 0;
  uint64_t file_changes = 0;      // that succeeded
  DistinctCount files_changed;    // names: both of a rename, the new one of a link
  uint64_t connections = 0;       // attempts that name an address
  DistinctCount hosts_contacted;  // their addresses
  uint64_t typed_lines = 0;
  uint64_t disbelieved = 0;
  uint64_t losses = 0;
  uint64_t events_incomplete = 0;
  OpenCommands open;

  uint64_t commands_running() const { return open.running(); }  // no end told
  void add(const v1::Event& event);
  void add(const SessionSums& other);
  bool operator==(const SessionSums&) const = default;

 private:
  void add_start(const v1::Event& event);
  void add_end(const v1::ProcessEnded& ended);
  void count(const std::vector<OpenCommands::End>& ends);
  void add_file(const v1::Event& event);
  void add_network(const v1::Network& network);
};

}  // namespace spoor::collector
