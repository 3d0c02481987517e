// What the writer needs of the log that it writes: given from outside, so that the two folders do
// not know one another. Plain data.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/model.h"
#include "common/ed25519.h"
#include "common/result.h"

namespace spoor::collector {

// Which log this is. Without a key commits are unsigned.
struct LogIdentity {
  Id id{};
  uint64_t generation = 1;
  std::shared_ptr<const SigningKey> key = {};
};

// All calls are the writer's. What is absent is not there: a log without ballast, say.
struct LogDoor {
  LogIdentity identity;
  // The generation is this from here on, also after a power cut, once it returns ok.
  std::function<Status(uint64_t generation)> raise_generation;
  // Makes room on a full disk for the collector's own words.
  std::function<void()> give_up_ballast;
  // Ok: there is space again, and the ballast is back.
  std::function<Status()> restore_ballast;
  // Agents' frames can be taken, or can not any more.
  std::function<void(bool is_writable)> on_writable;
  // Another host speaks as this agent, too.
  std::function<void(const std::string& agent)> on_clone;
  // Whether this machine had that name until it was taken from it, and nobody has it now.
  std::function<bool(const std::string& former, const Id& machine_id)> was_name_of;
  // The streams, which stand there in the log, are this agent's from here on, also after a power
  // cut, once it returns ok.
  std::function<Status(const std::string& agent, const std::vector<StreamHead>& heads)> keep_name;
  // How long commits of a quiet agent may wait for one another; 0: not at all.
  int64_t join_commits_ns = 0;
};

}  // namespace spoor::collector
