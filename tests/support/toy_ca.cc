#include "tests/support/toy_ca.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/bytes.h"
#include "common/check.h"

namespace spoor {
namespace {

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* owned) const {
    kFree(owned);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, FreeBy<X509_free>>;
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<size_t>(size));
}
std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}
std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

void extend(X509* to, X509* issuer, int kind, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  CHECK(extension != nullptr);
  CHECK(X509_add_ext(to, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// `issuer` null: it signs itself.
Cert sign(const ToyLeaf& leaf, EVP_PKEY* public_key, X509* issuer, EVP_PKEY* signer, bool is_ca) {
  Cert made(X509_new());
  X509* c = made.get();
  CHECK(X509_set_version(c, X509_VERSION_3) == 1);
  const Id serial = random_id();
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size() - 1, nullptr);
  CHECK(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(c)) != nullptr);
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(c), leaf.from_s);
  X509_gmtime_adj(X509_getm_notAfter(c), leaf.until_s);
  X509_NAME* name = X509_get_subject_name(c);
  CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(leaf.name.c_str()), -1,
                                   -1, 0) == 1);
  CHECK(X509_set_issuer_name(c, issuer == nullptr ? name : X509_get_subject_name(issuer)) == 1);
  CHECK(X509_set_pubkey(c, public_key) == 1);
  X509* by = issuer == nullptr ? c : issuer;
  extend(c, by, NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(c, by, NID_key_usage, is_ca ? "critical,keyCertSign" : "critical,digitalSignature");
  extend(c, by, NID_subject_key_identifier, "hash");
  extend(c, by, NID_authority_key_identifier, "keyid:always");
  if (!is_ca) extend(c, by, NID_ext_key_usage, leaf.usage);
  extend(c, by, NID_subject_alt_name, leaf.alternative);
  CHECK(X509_sign(c, signer, EVP_sha256()) > 0);
  return made;
}

Key key_of_request(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  X509_REQ* request = d2i_X509_REQ(nullptr, &bytes, static_cast<long>(der.size()));
  CHECK(request != nullptr);
  Key key(X509_REQ_get_pubkey(request));
  CHECK(X509_REQ_verify(request, key.get()) == 1);
  X509_REQ_free(request);
  return key;
}

}  // namespace

struct ToyCa::Keys {
  Key root_key, issuing_key;
  Cert root, issuing;
};

ToyCa::ToyCa(const std::string& name) : keys_(std::make_unique<Keys>()) {
  Keys& k = *keys_;
  k.root_key.reset(EVP_EC_gen("P-256"));
  k.issuing_key.reset(EVP_EC_gen("P-256"));
  ToyLeaf ca;
  ca.until_s = 3650LL * 86'400;
  ca.from_s = -400LL * 86'400;
  ca.name = name + " root";
  k.root = sign(ca, k.root_key.get(), nullptr, k.root_key.get(), true);
  ca.name = name + " issuing CA";
  k.issuing = sign(ca, k.issuing_key.get(), k.root.get(), k.root_key.get(), true);
  root_ = pem_of(k.root.get());
  issuing_ = pem_of(k.issuing.get());
}
ToyCa::~ToyCa() = default;

ToyCertificate ToyCa::issue(const ToyLeaf& leaf) const {
  const Key key = leaf.request.empty() ? Key(EVP_EC_gen("P-256")) : key_of_request(leaf.request);
  const Cert made =
      sign(leaf, key.get(), keys_->issuing.get(), keys_->issuing_key.get(), false);
  return {pem_of(made.get()) + issuing_, leaf.request.empty() ? pem_of(key.get()) : ""};
}

ToyCertificate ToyCa::self_signed(const ToyLeaf& leaf) const {
  const Key key(EVP_EC_gen("P-256"));
  const Cert made = sign(leaf, key.get(), nullptr, key.get(), false);
  return {pem_of(made.get()), pem_of(key.get())};
}

std::string ToyCa::fingerprint() const {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(X509_digest(keys_->root.get(), EVP_sha256(), bytes, &size) == 1);
  return "sha256:" + to_hex(ByteView(bytes, size));
}

}  // namespace spoor
