// The Query service over gRPC, on a socket of its own. Owns the server and its threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/identity/agent_watch.h"
#include "collector/index/index.h"
#include "collector/limits.h"
#include "collector/query/whole_events.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/result.h"

namespace spoor::collector {

// How far the index is behind its log.
struct LagFacts {
  uint64_t bytes_behind = 0;
  int64_t indexed_until_ns = 0;  // receive time of the last entry in the index
  uint64_t log_bytes = 0;
  Id log_id{};
};

class QueryServer {
 public:
  // What the answers are made of. Called by any thread.
  struct Doors {
    // The one that answers; a question keeps its own until it is answered. Never null.
    std::function<std::shared_ptr<const Index>()> index;
    std::function<LagFacts()> lag;
    ReadEvent whole_event;
    std::function<std::vector<AgentView>()> agents;
  };

  // Listens on `address` (`unix:/path`). `clock` outlives the server. A trail that takes longer
  // than `trail_max` is cancelled.
  static Result<std::unique_ptr<QueryServer>> start(const std::string& address, Doors doors,
                                                    const Clock& clock,
                                                    std::chrono::milliseconds trail_max =
                                                        kTrailTimeMax);
  // Ends the calls that run.
  ~QueryServer();

 private:
  struct State;
  explicit QueryServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spoor::collector
