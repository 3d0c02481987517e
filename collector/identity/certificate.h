// X.509 certificates (RFC 5280): reading one, and making the four kinds that Spoor has. What is
// made is fixed here, so that no caller can ask for more than a kind allows:
//
//   root     CA, one CA below it          signs the issuing CA, and lies in a safe otherwise
//   issuing  CA, none below it            signs servers and agents
//   server   serverAuth, its DNS names and addresses
//   agent    clientAuth, CN = the agent's name, SAN URI spoor:machine:<32 hex digits>
//
// Every serial is 16 random bytes whose two highest bits are 01, so that it is positive (RFC 5280,
// 4.1.2.2). Times are seconds since 1970 UTC. Values; any thread, one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/identity/tls_key.h"
#include "common/bytes.h"
#include "common/result.h"

struct x509_st;

namespace spoor::collector {

class Certificate {
 public:
  // The first one of the text. `invalid` for anything else.
  static Result<Certificate> from_pem(std::string_view pem);
  // All of them, in order, at most 8; `invalid` for none or more.
  static Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);
  static Result<Certificate> from_der(std::string_view der);

  std::string to_pem() const;
  // SHA-256 over the DER: `sha256:` and 64 hex digits, as enrolment compares it.
  std::string fingerprint() const;
  // Lower-case hex.
  std::string serial() const;
  // The CN; empty: there is none, or several, or it holds more than plain printable ASCII.
  std::string common_name() const;
  // What SAN says of DNS names and addresses, as make_server() takes them.
  std::vector<std::string> host_names() const;
  // What SAN URI says; nullopt: none, several, or no machine.
  std::optional<Id> machine_id() const;
  int64_t not_before_s() const;
  int64_t not_after_s() const;
  bool is_ca() const;
  // The certificate may stand for a client.
  bool is_client() const;
  // Signature and names fit; says nothing of times.
  bool is_issued_by(const Certificate& issuer) const;
  // The key is the one in it.
  bool has_key(const TlsKey& key) const;

  x509_st* get() const { return certificate_.get(); }

 private:
  friend class CertificateMaker;
  struct Free {
    void operator()(x509_st* certificate) const;
  };
  explicit Certificate(x509_st* certificate) : certificate_(certificate) {}
  std::unique_ptr<x509_st, Free> certificate_;
};

struct Validity {
  int64_t not_before_s = 0;
  int64_t not_after_s = 0;
};

// Who signs: a certificate and its key, which fit.
struct Issuer {
  const Certificate& certificate;
  const TlsKey& key;
};

Result<Certificate> make_root(const TlsKey& key, const std::string& common_name,
                              Validity validity);
Result<Certificate> make_issuing(const TlsKey& key, const std::string& common_name,
                                 Validity validity, const Issuer& root);
// What a server may be called: a DNS name, an IPv4 or IPv6 address. `invalid` says so.
Status check_server_name(const std::string& name);
// `names`: at least one.
Result<Certificate> make_server(const TlsKey& key, const std::vector<std::string>& names,
                                Validity validity, const Issuer& issuing);
// `request_der`: PKCS#10 (RFC 2986), of which the key alone is read, once its signature shows that
// the asker holds it. `invalid` for another kind of key.
Result<Certificate> make_agent(std::string_view request_der, const std::string& name,
                               const Id& machine_id, Validity validity, const Issuer& issuing);

}  // namespace spoor::collector
