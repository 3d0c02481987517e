// Enrolment: how a host gets its identity, in steps of which each is all or nothing. With a token
// and a fingerprint, somebody's word, it ends with a certificate, the collector's root, the log's
// key, and a key of the agent's own.
//
//   as the uplink's user   the TLS key is made; the collector is found and asked     obtain()
//   as root                the agent's trust file and checkpoint key are placed      place_trust()
//   as the uplink's user   the identity takes its place                 IdentityFiles::replace()
//
// Until the last step this host is what it was before.
#pragma once

#include <string>
#include <string_view>

#include "agent/uplink/address.h"
#include "agent/uplink/identity.h"
#include "agent/uplink/lowered_process.h"
#include "common/clock.h"
#include "common/private_file.h"

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

// Where the agent finds whom to believe, and the key that signs its checkpoints.
struct TrustFiles {
  std::string trust = "/etc/spoor/trust";
  std::string checkpoint_key = "/etc/spoor/checkpoint.pem";
};

// Writes both or neither, and puts back what was there when it is told to.
class TrustPlacing {
 public:
  explicit TrustPlacing(TrustFiles files) : files_(std::move(files)) {}

  // `trust` for all to read, the key for `agent` alone.
  Status place(const Enrolment& enrolment, const std::string& checkpoint_pem,
               const Account& agent);
  // As it was before place().
  void undo();

 private:
  struct Before {
    bool was_there = false;
    std::string content;
    mode_t mode = 0;
    FileOwner owner;
  };
  static Result<Before> look(const std::string& path);
  static void put_back(const std::string& path, const Before& before);

  TrustFiles files_;
  Before trust_, key_;
  bool looked_ = false;  // so that there is something to put back
};

std::string encode_trust(const Id& log_id, const PublicKey& log_key);

}  // namespace spoor::uplink
