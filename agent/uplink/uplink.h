// Ships the spool to the collector and brings commits back: composes shipper, network and watch,
// and sleeps between the steps. Runs on the caller's thread; a connection has two more.
#pragma once

#include <memory>

#include "agent/uplink/config.h"
#include "common/result.h"

namespace spoor::uplink {

class Uplink {
 public:
  // Runs until `stop_fd` becomes readable (a signalfd, say); it stays the caller's.
  Uplink(const Config& config, int stop_fd);
  ~Uplink();

  // Connects, ships, and after a failure, whatever it is, begins again with a growing pause.
  Status run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::uplink
