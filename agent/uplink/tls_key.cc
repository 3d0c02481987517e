#include "agent/uplink/tls_key.h"

#include "agent/uplink/openssl_owners.h"

namespace spoor::uplink {
namespace {

constexpr char kCurve[] = "P-256";
constexpr char kGroup[] = "prime256v1";  // OpenSSL's name of the same

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  size_t size = 0;
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::string_view(group, size) == kGroup;
}

}  // namespace

void TlsKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<TlsKey> TlsKey::generate() {
  TlsKey key(EVP_EC_gen(kCurve));
  if (!key.key_) return internal("OpenSSL makes no P-256 key: " + openssl_words());
  return key;
}

Result<TlsKey> TlsKey::from_pem(std::string_view pem) {
  const OwnedBio bio = bio_over(pem);
  // An empty passphrase: OpenSSL would ask the terminal for one.
  TlsKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  ERR_clear_error();
  if (!is_p256(key.key_.get())) return invalid("no P-256 private key in PEM form");
  return key;
}

Result<std::string> TlsKey::to_pem() const {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return internal("OpenSSL writes no PEM: " + openssl_words());
  }
  return text_of(bio.get());
}

Result<std::string> TlsKey::request() const {
  const OwnedRequest request(X509_REQ_new());
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) <= 0) {
    return internal("OpenSSL makes no certificate request: " + openssl_words());
  }
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  if (i2d_X509_REQ_bio(bio.get(), request.get()) != 1) {
    return internal("OpenSSL writes no certificate request: " + openssl_words());
  }
  return text_of(bio.get());
}

bool TlsKey::fits(std::string_view pem) const {
  const OwnedBio bio = bio_over(pem);
  const OwnedX509 certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  const bool fits = certificate && X509_check_private_key(certificate.get(), key_.get()) == 1;
  ERR_clear_error();
  return fits;
}

}  // namespace spoor::uplink
