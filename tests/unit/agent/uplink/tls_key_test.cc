#include "agent/uplink/tls_key.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "common/ed25519.h"
#include "tests/support/toy_ca.h"

namespace spoor::uplink {
namespace {

TEST(TlsKeyTest, GoesThroughPemAndBack) {
  const auto key = TlsKey::generate();
  ASSERT_TRUE(key.is_ok());
  const auto pem = key->to_pem();
  ASSERT_TRUE(pem.is_ok());
  const auto back = TlsKey::from_pem("words before it\n" + *pem + "words after it\n");
  ASSERT_TRUE(back.is_ok());
  EXPECT_EQ(*back->to_pem(), *pem);
}

TEST(TlsKeyTest, TwoKeysAreTwo) {
  EXPECT_NE(*TlsKey::generate()->to_pem(), *TlsKey::generate()->to_pem());
}

// A request that its own key signed: whoever reads it knows that the sender has the key.
TEST(TlsKeyTest, RequestIsSignedByTheKeyAndNamesNobody) {
  const auto key = TlsKey::generate();
  const auto der = key->request();
  ASSERT_TRUE(der.is_ok());
  const auto* at = reinterpret_cast<const unsigned char*>(der->data());
  X509_REQ* request = d2i_X509_REQ(nullptr, &at, static_cast<long>(der->size()));
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(at, reinterpret_cast<const unsigned char*>(der->data()) + der->size());
  EXPECT_EQ(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
  EXPECT_EQ(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 0);
  X509_REQ_free(request);
}

TEST(TlsKeyTest, FitsOnlyItsOwnCertificate) {
  const auto key = TlsKey::generate();
  const ToyCa ca;
  const std::string own = ca.issue({.request = *key->request()}).chain;
  EXPECT_TRUE(key->fits(own));
  EXPECT_FALSE(key->fits(ca.issue({}).chain));
  EXPECT_FALSE(key->fits(ca.issuing() + own)) << "only the first certificate counts";
  EXPECT_FALSE(key->fits(""));
  EXPECT_FALSE(key->fits("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

TEST(TlsKeyTest, RefusesWhatIsNoP256Key) {
  const std::string good = *TlsKey::generate()->to_pem();
  std::string torn = good;
  torn.resize(good.size() / 2);
  std::string encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + good.substr(28);
  for (const std::string& pem :
       {std::string(), std::string("words"), torn, encrypted, *SigningKey::generate()->to_pem(),
        ToyCa().root()}) {
    EXPECT_EQ(TlsKey::from_pem(pem).code(), Code::invalid) << pem;
  }
}

}  // namespace
}  // namespace spoor::uplink
