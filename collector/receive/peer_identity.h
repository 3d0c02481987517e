// Who a certificate says that its holder is. gRPC hands it over unverified, since enrolment needs
// none and an expired one may be renewed: here it is proven, at the start of each call.
//
// An agent's certificate chains to one of the authorities given, is for TLS clients, and names the
// agent in its common name and the machine it is bound to in one URI, `spoor:machine:<32 hex>`.
// Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "collector/receive/stream_state.h"

struct x509_store_st;

namespace spoor::collector {

struct PeerIdentity {
  std::string agent;
  Id machine_id{};
  std::string serial;  // lower-case hex of its bytes
};

class PeerVerifier {
 public:
  // The certificates (PEM) whose signature counts. `invalid` when there is none.
  static Result<PeerVerifier> trusting(std::string_view authorities);

  // `chain`: what else the peer sent. Refused: CODE_EXPIRED for one that has only expired, else
  // CODE_DENIED, with a text for people.
  std::variant<PeerIdentity, Refusal> verify(std::string_view certificate, std::string_view chain,
                                             int64_t now_ns) const;

 private:
  struct Free {
    void operator()(x509_store_st* store) const;
  };
  explicit PeerVerifier(x509_store_st* store) : store_(store) {}
  std::unique_ptr<x509_store_st, Free> store_;
};

}  // namespace spoor::collector
