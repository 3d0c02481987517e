// The Uplink service over gRPC: carries messages between the network and ShipSession, nothing more.
// Owns the server, its socket and the connections; gRPC's own threads run them.
#pragma once

#include <memory>
#include <string>

#include "collector/receive/ship_session.h"

namespace spoor::collector {

class UplinkServer {
 public:
  // Listens on `address` (`unix:/path`). `intake` and `clock` outlive the server.
  static Result<std::unique_ptr<UplinkServer>> start(const std::string& address, Intake& intake,
                                                     const Clock& clock, LogIdentity log);
  // Tells every connection that the collector is stopping, and ends them. The intake was closed
  // and the writer has finished, so that nothing calls the connections any more.
  ~UplinkServer();

 private:
  struct State;
  explicit UplinkServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spoor::collector
