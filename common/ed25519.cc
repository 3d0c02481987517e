#include "common/ed25519.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>

namespace spoor {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using Bio = std::unique_ptr<BIO, FreeBio>;

// The keys of small order, without their sign bit. Under these anybody can write signatures that
// verify, and OpenSSL takes them.
constexpr std::array<std::string_view, 7> kSmallOrder = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

bool has_small_order(PublicKey key) {
  key.back() &= 0x7f;
  const std::string hex = to_hex(key);
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), hex) != kSmallOrder.end();
}

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Status SigningKey::find_public_key() {
  size_t size = public_key_.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &size) != 1 ||
      size != public_key_.size()) {
    return invalid("no Ed25519 key");
  }
  return ok();
}

Result<SigningKey> SigningKey::generate() {
  SigningKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key.key_) return internal("OpenSSL makes no Ed25519 key");
  RETURN_IF_ERROR(key.find_public_key());
  return key;
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase: OpenSSL would ask the terminal for one.
  SigningKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  if (!key.key_ || EVP_PKEY_get_id(key.key_.get()) != EVP_PKEY_ED25519) {
    return invalid("no Ed25519 key in PEM form");
  }
  RETURN_IF_ERROR(key.find_public_key());
  return key;
}

Result<std::string> SigningKey::to_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return internal("OpenSSL writes no PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

Result<Signature> SigningKey::sign(ByteView message) const {
  const Context context(EVP_MD_CTX_new());
  Signature out;
  size_t size = out.size();
  // Ed25519 hashes by itself: no digest, and in one call (EVP_SIGNATURE-ED25519(7)).
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1 ||
      size != out.size()) {
    return internal("OpenSSL does not sign");
  }
  return out;
}

bool is_signed_by(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != Signature().size() || has_small_order(key)) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new());
  return parsed &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, parsed.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace spoor
