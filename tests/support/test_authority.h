// A certificate authority for tests, and what it issues: any names, any times, good or not.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "common/check.h"

namespace spoor {

// A certificate with its key, as PEM.
struct TestCertificate {
  std::string certificate;
  std::string key;
};

class TestAuthority {
 public:
  TestAuthority() {
    key_.reset(EVP_EC_gen("P-256"));
    const X509Ptr made = make(key_.get(), "Test root", "critical,CA:TRUE", "", "", -1000, 1000);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    CHECK(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
    root_.reset(X509_dup(made.get()));
  }
  std::string certificate() const { return pem_of(root_.get()); }

  // `names`: a subjectAltName as OpenSSL's configuration has it; `use`: an extendedKeyUsage. Times
  // are seconds from now.
  TestCertificate issue(const std::string& common_name, const std::string& names,
                        const std::string& use = "clientAuth", long from_s = -1000,
                        long until_s = 1000) const {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const X509Ptr made =
        make(key.get(), common_name, "critical,CA:FALSE", names, use, from_s, until_s);
    X509_set_issuer_name(made.get(), X509_get_subject_name(root_.get()));
    CHECK(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
    return {pem_of(made.get()), pem_of(key.get())};
  }
  // An agent's, bound to a machine whose id has this byte 16 times.
  TestCertificate agent(const std::string& name, const std::string& machine_hex) const {
    return issue(name, "URI:spoor:machine:" + machine_hex);
  }

 private:
  struct FreeX509 {
    void operator()(X509* x) const { X509_free(x); }
  };
  struct FreeKey {
    void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  };
  using X509Ptr = std::unique_ptr<X509, FreeX509>;

  static X509Ptr make(EVP_PKEY* key, const std::string& common_name, const std::string& basic,
                      const std::string& names, const std::string& use, long from_s,
                      long until_s) {
    X509Ptr x(X509_new());
    X509_set_version(x.get(), X509_VERSION_3);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(BN_new(), BN_free);
    BN_rand(serial.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x.get()));
    X509_gmtime_adj(X509_getm_notBefore(x.get()), from_s);
    X509_gmtime_adj(X509_getm_notAfter(x.get()), until_s);
    X509_set_pubkey(x.get(), key);
    if (!common_name.empty())
      X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                                 -1, 0);
    extend(x.get(), NID_basic_constraints, basic);
    extend(x.get(), NID_subject_alt_name, names);
    extend(x.get(), NID_ext_key_usage, use);
    return x;
  }
  static void extend(X509* x, int kind, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    CHECK(extension != nullptr);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string out(text, static_cast<size_t>(size));
    BIO_free(bio);
    return out;
  }
  static std::string pem_of(X509* x) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x);
    return text_of(bio);
  }
  static std::string pem_of(EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
  }

  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  X509Ptr root_;
};

}  // namespace spoor
