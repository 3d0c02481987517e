// Who this host is to its collector: what enrolment left in a folder of the uplink's own. Three
// files, of which only the first changes later, when the certificate is renewed:
//
//   identity.pem   the TLS key, its certificate, the issuing CA's; mode 0600; replaced in one step,
//                  so that key and certificate always fit
//   root.pem       what collectors are checked against
//   enrolment      `key value` lines: spoor-enrolment 1, agent NAME, log HEX, log-key HEX,
//                  collector HOST:PORT
//
// The folder appears whole: enrolment fills another one and renames it. One thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "agent/uplink/certificate.h"
#include "common/ed25519.h"

namespace spoor::uplink {

struct Enrolment {
  std::string agent;      // the name that the collector gave
  Id log_id{};
  PublicKey log_key{};    // signs the commits of that log
  std::string collector;  // HOST:PORT that answered
};

struct HostIdentity {
  Enrolment enrolment;
  std::string key;    // PEM
  std::string chain;  // PEM: this host's certificate first
  std::string root;   // PEM
  Certificate certificate;
};

std::string encode_enrolment(const Enrolment& enrolment);
// `invalid` for anything but exactly these lines in this order.
Result<Enrolment> decode_enrolment(std::string_view text);

// Whether key, chain and root belong together and to this machine; not whether the time is right,
// since the collector's clock decides that.
Status check_identity(const HostIdentity& identity, const Id& machine_id);

class IdentityFiles {
 public:
  explicit IdentityFiles(std::string folder) : folder_(std::move(folder)) {}

  // `not_found` where this host is not enrolled.
  Result<HostIdentity> load() const;
  // What does not change with a renewal, alone.
  Result<Enrolment> enrolment() const;
  bool is_there() const;
  // All of it, in place of what is there. Keeps nothing of a failure.
  Status replace(const HostIdentity& identity) const;
  // After a renewal: key and certificate alone.
  Status renew(const std::string& key, const std::string& chain) const;
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

}  // namespace spoor::uplink
