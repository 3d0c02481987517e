// A host that wants a certificate: its key, a request of it, and CAs to ask. Test data.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "collector/identity/certificate.h"

namespace spoor::collector {

inline constexpr int64_t kNowS = 1'700'000'000;
inline constexpr Validity kTenYears = {kNowS - 3600, kNowS + 3650LL * 24 * 3600};

// PKCS#10 in DER over `key`; with names, which nobody is to read.
inline std::string sample_request(evp_pkey_st* key) {
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), X509_REQ_free);
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("root"), -1, -1, 0);
  X509_REQ_set_pubkey(request.get(), key);
  const bool hashes = EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519;
  EXPECT_GT(X509_REQ_sign(request.get(), key, hashes ? EVP_sha256() : nullptr), 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}
inline std::string sample_request() { return sample_request(TlsKey::generate().value().get()); }

inline std::string der_of(const Certificate& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

// Root and issuing CA.
struct SampleCa {
  TlsKey root_key = TlsKey::generate().value();
  Certificate root = make_root(root_key, "Spoor root", kTenYears).value();
  TlsKey key = TlsKey::generate().value();
  Certificate issuing = make_issuing(key, "Spoor issuing", kTenYears, {root, root_key}).value();
  Issuer issuer() const { return {issuing, key}; }
  std::string chain() const { return issuing.to_pem() + root.to_pem(); }
};

}  // namespace spoor::collector
