// One program that ran, or failed to start: CommandStarted and ProcessEnded folded. Plain data.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/model.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

struct Command {
  // The numbers of spoor.v1.Command.End.
  enum class End : uint8_t { unknown, exited, signaled, replaced, failed_start };

  IndexedEvent started;  // its CommandStarted
  uint64_t number = 0;   // in this trail, from 1
  uint64_t parent = 0;   // 0: none in this trail
  uint32_t depth = 0;
  int64_t started_ns = 0;
  int64_t ended_ns = 0;  // 0: not known
  End end = End::unknown;
  uint32_t exit_code = 0;
  uint32_t signal = 0;
  bool core_dumped = false;
  uint32_t uid = 0;      // effective
  bool as_root = false;  // effective uid 0 while the login uid is not
  bool other_user = false;
  std::vector<v1::Incomplete> incomplete;  // of its start and its end
};

// A command as its start tells of it; and how it ended.
Command begun(const IndexedEvent& started);
void end_with(const v1::Event& ended, Command& command);

// Of a command's start: as whom it ran is not who logged in.
bool is_as_other(const v1::Event& started);
bool is_as_root(const v1::Event& started);

}  // namespace spoor::collector
