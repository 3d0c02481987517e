// The streams of a sealed segment's index as it is made: of entries one after the other, or of
// other segments' indexes. Whose they are, how far each epoch came, where they stood lately.
// Fills the agents and streams of an index that outlives it. One thread.
#pragma once

#include <map>
#include <string>

#include "collector/log/seal_index.h"

namespace spoor::collector {

class SealedStreams {
 public:
  explicit SealedStreams(SealIndex& index) : index_(index) {}

  // Gives the agent's number.
  uint32_t add(const std::string& agent, const StreamHead& head);
  // What another index says of a stream behind what was added of it. Of many epochs the first and
  // the last stay.
  void add(const std::string& agent, const SealedStream& stream);

 private:
  uint32_t agent_of(const std::string& name);
  SealedStream& stream_of(const Id& id);

  SealIndex& index_;
  std::map<std::string, uint32_t> agents_;
  std::map<Id, size_t> streams_;
};

}  // namespace spoor::collector
