#include "collector/identity/tls_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstring>

namespace spoor::collector {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

}  // namespace

void TlsKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

bool is_p256(const evp_pkey_st* key) {
  char group[32] = "";
  size_t size = 0;
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         (std::strcmp(group, "prime256v1") == 0 || std::strcmp(group, "P-256") == 0);
}

Result<TlsKey> TlsKey::generate() {
  TlsKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key.key_) return internal("OpenSSL makes no P-256 key");
  return key;
}

Result<TlsKey> TlsKey::from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase: OpenSSL would ask the terminal for one.
  TlsKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  if (!is_p256(key.get())) return invalid("no unencrypted ECDSA P-256 key in PEM form");
  return key;
}

Result<std::string> TlsKey::to_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return internal("OpenSSL writes no PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace spoor::collector
