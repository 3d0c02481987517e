// The first look at a collector: before this host trusts anybody, all it has is the root's
// fingerprint, which somebody read out to it. Opens its own sockets, with OpenSSL alone.
#pragma once

#include <string>

#include "agent/uplink/address.h"
#include "common/bytes.h"
#include "common/clock.h"

namespace spoor::uplink {

// The root (PEM) of the collector at `address`, once its chain was found to lead to the root with
// that fingerprint, and to be for that host. It believes nothing else that the collector says.
// `unavailable` where nobody answers with TLS 1.3 within `timeout_ms`, `denied` where the chain is
// not the one looked for: each says what to do. Blocks.
Result<std::string> find_root(const Address& address, const Hash& fingerprint, const Clock& clock,
                              int timeout_ms);

// The same of a chain that is there already: PEM, the server's certificate first.
Result<std::string> root_in(const std::string& chain, const std::string& host,
                            const Hash& fingerprint, int64_t now_ns);

}  // namespace spoor::uplink
