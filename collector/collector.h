// The collector, put together: the log and its writer, the follower and its index, and the two
// servers. Makes all threads but gRPC's. Ends in the order that loses nothing: what was accepted is
// on disk and its agents have been told, or can ask again.
#pragma once

#include <memory>

#include "collector/config.h"
#include "common/result.h"

namespace spoor::collector {

class Collector {
 public:
  // Ready when it returns: agents and operators can connect.
  static Result<std::unique_ptr<Collector>> start(const Config& config);
  // Takes nothing more, writes and syncs what is queued, and closes everything but memory.
  void stop();
  ~Collector();

 private:
  struct Parts;
  explicit Collector(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::collector
