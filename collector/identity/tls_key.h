// A private key for TLS and for signing certificates: ECDSA on P-256 (FIPS 186-5), which every
// TLS 1.3 peer has to know (RFC 8446, 9.1). Who holds it can speak as its owner: files of it have
// mode 0600. A value that moves; any thread, one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/result.h"

struct evp_pkey_st;

namespace spoor::collector {

class TlsKey {
 public:
  static Result<TlsKey> generate();
  // PKCS#8 or SEC 1 in PEM, unencrypted; `invalid` for anything but a P-256 key.
  static Result<TlsKey> from_pem(std::string_view pem);

  Result<std::string> to_pem() const;
  // OpenSSL's own, for the files beside this one; lives as long as the object.
  evp_pkey_st* get() const { return key_.get(); }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit TlsKey(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

// Whether it is an ECDSA key on P-256.
bool is_p256(const evp_pkey_st* key);

}  // namespace spoor::collector
