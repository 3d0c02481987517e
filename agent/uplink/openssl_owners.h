// OpenSSL's objects with an owner each: freed once, never shared. Includes OpenSSL, so that only
// .cc files do. No state; any thread.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace spoor::uplink {

template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* owned) const {
    kFree(owned);
  }
};

inline void free_certificates(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }
inline void free_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }

using OwnedBio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using OwnedX509 = std::unique_ptr<X509, FreeBy<X509_free>>;
using OwnedRequest = std::unique_ptr<X509_REQ, FreeBy<X509_REQ_free>>;
using OwnedStore = std::unique_ptr<X509_STORE, FreeBy<X509_STORE_free>>;
using OwnedCheck = std::unique_ptr<X509_STORE_CTX, FreeBy<X509_STORE_CTX_free>>;
using OwnedChain = std::unique_ptr<STACK_OF(X509), FreeBy<free_certificates>>;
using OwnedNames = std::unique_ptr<GENERAL_NAMES, FreeBy<free_names>>;

inline OwnedBio bio_over(std::string_view text) {
  return OwnedBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
// What was written to a BIO_s_mem().
inline std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return size <= 0 ? std::string() : std::string(text, static_cast<size_t>(size));
}
// The first thing that OpenSSL complained of on this thread, which is the cause of what follows it,
// for people; its queue is empty then.
inline std::string openssl_words() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* words = error == 0 ? nullptr : ERR_reason_error_string(error);
  return words == nullptr ? "no reason given" : words;
}

}  // namespace spoor::uplink
