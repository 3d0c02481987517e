// The key that a host's TLS certificate is for: ECDSA over P-256. TLS 1.3 obliges every
// implementation to take it (RFC 8446, 9.1), which is not so of Ed25519, and a signature costs a
// hundredth of RSA's. It never leaves this host: only a request for a certificate (PKCS#10) does.
// Values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/result.h"

struct evp_pkey_st;

namespace spoor::uplink {

class TlsKey {
 public:
  static Result<TlsKey> generate();
  // The first private key in `pem`, unencrypted PKCS#8; `invalid` for anything but P-256.
  static Result<TlsKey> from_pem(std::string_view pem);

  // Keep files of it at mode 0600.
  Result<std::string> to_pem() const;
  // PKCS#10 in DER, signed with this key. It names nobody: the collector gives the name.
  Result<std::string> request() const;
  // Whether the certificate, the first in `pem`, is for this key.
  bool fits(std::string_view pem) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit TlsKey(evp_pkey_st* key) : key_(key) {}

  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace spoor::uplink
