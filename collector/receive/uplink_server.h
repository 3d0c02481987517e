// The Uplink service over gRPC: carries messages between the network and ShipSession, nothing more.
// Owns the server, its doors and the connections; gRPC's own threads run them.
//
// Behind the Unix socket whoever may open it is believed. Over TLS (1.3 only) the certificate says
// who speaks; a call without one reaches the requests that know what to do then (enrolment).
// What connections may take that gRPC has no bounds for is bounded by visitors.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/receive/peer_identity.h"
#include "collector/receive/request_calls.h"
#include "collector/receive/ship_session.h"

namespace spoor::collector {

// A TLS door. All texts are PEM.
struct TlsDoor {
  std::string address;      // HOST:PORT
  std::string certificate;  // the server's, and what leads to its root
  std::string key;
  std::string authorities;  // whose signature under an agent's certificate counts
  // Why a certificate that is otherwise good is not heard; nullopt: it is. Any thread.
  std::function<std::optional<Refusal>(const PeerIdentity&)> judge;
  // A host was refused: `what` is `connect` where its certificate was the reason, and `ship` where
  // it was what it said, or that it said nothing. The agent's name may be empty: then nobody knows
  // it. Any thread.
  std::function<void(const std::string& what, const std::string& agent, const std::string& address,
                     const std::string& why)> on_refused;
};

struct UplinkDoors {
  std::string socket;                  // unix:/path; empty: none
  std::vector<TlsDoor> tls;            // at most one
  RequestMethods requests;             // on the same doors; what they use outlives the server
};

class UplinkServer {
 public:
  // At least one door. `intake` and `clock` outlive the server.
  static Result<std::unique_ptr<UplinkServer>> start(const UplinkDoors& doors, Intake& intake,
                                                     const Clock& clock, LogIdentity log,
                                                     ShipSession::KeepStatus keep_status = {});
  // Makes this program's TLS 1.3 only, whose servers use this key (PEM), and without tickets for
  // sessions that are resumed: no agent does, and two of them were a seventh of what a handshake
  // cost. Once, before any thread and any use of TLS: gRPC 1.51 has no setting for the one but an
  // environment variable, and none for the other.
  static Status set_up_tls(const std::string& key);
  // The port of the TLS door; 0: none.
  int tls_port() const;
  // Ends the calls of this certificate: it was revoked. Any thread.
  void cut(const std::string& serial);
  // Ends the calls that have not said Hello in time, or were refused and go on, or send a message
  // that does not end; to be called each second. Any thread.
  void cut_overdue();
  // Tells every connection that the collector is stopping, and ends them. The intake was closed
  // and the writer has finished, so that nothing calls the connections any more.
  ~UplinkServer();

 private:
  struct State;
  explicit UplinkServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spoor::collector
