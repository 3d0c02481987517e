// Puts the agent's half of an enrolment in its place, as root: whom the agent believes, and the key
// that signs its checkpoints. Two files of one user and a folder of another cannot be replaced in
// one step, so these are laid ready beside their places first, under names that end with `.new`.
// Then the identity takes its place, which decides, and then they do. Whoever is killed on the way
// leaves what lies ready; settle(), which begins the next enrolment, finishes that, or takes it
// back. One thread of one process at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/uplink/identity.h"
#include "agent/uplink/lowered_process.h"

namespace spoor::uplink {

// Where the agent looks for them.
struct TrustFiles {
  std::string trust = "/etc/spoor/trust";
  std::string checkpoint_key = "/etc/spoor/checkpoint.pem";
};

class TrustPlacing {
 public:
  enum class Settled { nothing, finished, taken_back };

  explicit TrustPlacing(TrustFiles files) : files_(std::move(files)) {}

  // `trust` for all to read, the key for `agent` alone. `place_identity` does so, or fails and
  // changes nothing: then neither does this.
  Status place(const Enrolment& enrolment, const std::string& checkpoint_pem, const Account& agent,
               const std::function<Status()>& place_identity) const;
  // Something lies ready.
  bool is_open() const;
  // `placed`: what this host is enrolled as.
  Result<Settled> settle(const std::optional<Enrolment>& placed) const;

 private:
  Status lay_ready(const std::string& trust, const std::string& key, const Account& agent) const;
  Status finish() const;
  void take_back() const;
  std::string ready_trust() const { return files_.trust + ".new"; }
  std::string ready_key() const { return files_.checkpoint_key + ".new"; }

  TrustFiles files_;
};

std::string encode_trust(const Id& log_id, const PublicKey& log_key);

}  // namespace spoor::uplink
