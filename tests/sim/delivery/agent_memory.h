// What an agent has of its spool in memory, copied: a virtual machine that is copied while it runs
// takes it along, and two agents go on in one epoch, under one nonce, from one point. No start of a
// program leads there. One thread.
#pragma once

#include <memory>

#include "agent/spool/spool.h"

namespace spoor::sim {

struct AgentMemory {
  // `files` holds a copy of the spool's disk, which works. No frame waits that no file speaks of.
  static std::unique_ptr<agent::Spool> copy(const agent::Spool& spool, Files& files,
                                            const Clock& clock);

 private:
  static void copy_lane(const agent::Lane& from, agent::Lane& to);
};

}  // namespace spoor::sim
