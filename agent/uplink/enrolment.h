// Enrolment: how a host gets its identity, in steps of which each is all or nothing. With a token
// and a fingerprint, somebody's word, it ends with a certificate, the collector's root, the log's
// key, and a key of the agent's own.
//
//   as the uplink's user   the TLS key is made; the collector is found and asked     obtain()
//   as root                the agent's trust and checkpoint key are laid ready       TrustPlacing
//   as the uplink's user   the identity takes its place                 IdentityFiles::replace()
//   as root                trust and key take theirs                                 TrustPlacing
//
// Until the identity is in its place this host is what it was before; from then on it is another
// one, and who is killed before the last step is followed by one who does that first.
#pragma once

#include <string>
#include <string_view>

#include "agent/uplink/address.h"
#include "agent/uplink/identity.h"
#include "common/clock.h"

namespace spoor::uplink {

struct EnrolmentOrder {
  Address collector;
  std::string token;
  Hash fingerprint{};  // of the collector's root
  std::string host;    // what this host calls itself
  Id machine_id{};
  PublicKey checkpoint_key{};
};

// An identity and what else is worth telling of it.
struct Obtained {
  HostIdentity identity;
  std::string labels;  // `env=prod role=web`, made fit for a terminal; may be empty
};

// Makes the key, finds the collector, asks it, and checks what it gave. Blocks, a minute at most.
Result<Obtained> obtain(const EnrolmentOrder& order, const Clock& clock);

// To be handed from one process to another. Reading checks everything anew.
std::string encode_obtained(const Obtained& obtained);
Result<Obtained> decode_obtained(std::string_view text, const Id& machine_id);

// The token in a file's or standard input's text: one word; `invalid` without naming it.
Result<std::string> parse_token(std::string_view text);

}  // namespace spoor::uplink
