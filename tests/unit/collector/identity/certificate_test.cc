#include "collector/identity/certificate.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <set>

#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

constexpr Id kMachine = {1, 2, 3};
constexpr Validity kNinetyDays = {kNowS - 3600, kNowS + 90 * 24 * 3600};

// As a peer's OpenSSL judges the chain.
int verdict(const Certificate& leaf, const SampleCa& ca, int purpose, const char* host = nullptr,
            const Certificate* below = nullptr) {
  X509_STORE* const store = X509_STORE_new();
  X509_STORE_add_cert(store, ca.root.get());
  STACK_OF(X509)* const between = sk_X509_new_null();
  sk_X509_push(between, ca.issuing.get());
  if (below != nullptr) sk_X509_push(between, below->get());
  X509_STORE_CTX* const context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf.get(), between);
  X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_time(context, 0, kNowS);
  X509_STORE_CTX_set_purpose(context, purpose);
  if (host != nullptr) X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context), host, 0);
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  sk_X509_free(between);
  X509_STORE_free(store);
  return error;
}

TEST(Certificate, AnAgentsSaysWhoItIsAndNothingOfWhatItsRequestSaid) {
  const SampleCa ca;
  const TlsKey key = TlsKey::generate().value();
  const Certificate made =
      make_agent(sample_request(key.get()), "web1", kMachine, kNinetyDays, ca.issuer()).value();
  EXPECT_EQ(made.common_name(), "web1");
  EXPECT_EQ(made.machine_id(), kMachine);
  EXPECT_EQ(made.not_before_s(), kNinetyDays.not_before_s);
  EXPECT_EQ(made.not_after_s(), kNinetyDays.not_after_s);
  EXPECT_TRUE(made.is_client());
  EXPECT_FALSE(made.is_ca());
  EXPECT_TRUE(made.has_key(key));
  EXPECT_TRUE(made.is_issued_by(ca.issuing));
  EXPECT_FALSE(made.is_issued_by(ca.root));
  EXPECT_FALSE(made.is_issued_by(SampleCa().issuing));
  EXPECT_EQ(verdict(made, ca, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_NE(verdict(made, ca, X509_PURPOSE_SSL_SERVER), X509_V_OK);
}

TEST(Certificate, AServersHasItsNamesAndIsNoClients) {
  const SampleCa ca;
  const Certificate made = make_server(TlsKey::generate().value(),
                                       {"spoor.example.org", "192.0.2.1", "2001:db8::1"},
                                       kNinetyDays, ca.issuer()).value();
  EXPECT_EQ(verdict(made, ca, X509_PURPOSE_SSL_SERVER, "spoor.example.org"), X509_V_OK);
  EXPECT_NE(verdict(made, ca, X509_PURPOSE_SSL_SERVER, "other.example.org"), X509_V_OK);
  EXPECT_NE(verdict(made, ca, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_FALSE(made.is_client());
  EXPECT_FALSE(made.machine_id().has_value());
  EXPECT_EQ(X509_check_ip_asc(made.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(made.get(), "2001:db8::1", 0), 1);
}

// A name goes into a text that OpenSSL takes apart again.
TEST(Certificate, AServersNameIsANameAndNothingElse) {
  const SampleCa ca;
  const TlsKey key = TlsKey::generate().value();
  for (const char* name : {"", "a,DNS:b", "a b", "*.example.org", "a\nb", "-a", "URI:x"}) {
    EXPECT_EQ(make_server(key, {name}, kNinetyDays, ca.issuer()).code(), Code::invalid) << name;
  }
  EXPECT_EQ(make_server(key, {}, kNinetyDays, ca.issuer()).code(), Code::invalid);
}

TEST(Certificate, SerialsArePositiveRandomAndOfFullLength) {
  const SampleCa ca;
  std::set<std::string> seen;
  const std::string request = sample_request();
  for (int i = 0; i < 50; ++i) {
    const Certificate made = make_agent(request, "a", kMachine, kNinetyDays, ca.issuer()).value();
    EXPECT_EQ(made.serial().size(), 32u);
    EXPECT_TRUE(made.serial()[0] >= '4' && made.serial()[0] <= '7') << made.serial();
    seen.insert(made.serial());
  }
  EXPECT_EQ(seen.size(), 50u);
}

TEST(Certificate, ARequestWithoutItsKeyIsRefused) {
  const SampleCa ca;
  const auto make = [&](const std::string& request) {
    return make_agent(request, "web1", kMachine, kNinetyDays, ca.issuer()).code();
  };
  EXPECT_EQ(make(""), Code::invalid);
  EXPECT_EQ(make("no request"), Code::invalid);
  std::string request = sample_request();
  EXPECT_EQ(make(request + "x"), Code::invalid);
  request.back() = static_cast<char>(request.back() ^ 1);
  EXPECT_EQ(make(request), Code::invalid);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> other(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  EXPECT_EQ(make(sample_request(other.get())), Code::invalid);
}

// An issuing CA may not make CAs, nor an agent anything.
TEST(Certificate, TheChainEndsWithTheIssuingOne) {
  const SampleCa ca;
  const TlsKey below_key = TlsKey::generate().value();
  const Certificate below =
      make_issuing(below_key, "Spoor", kTenYears, ca.issuer()).value();
  const Certificate leaf =
      make_agent(sample_request(), "web1", kMachine, kNinetyDays, {below, below_key}).value();
  EXPECT_EQ(verdict(leaf, ca, X509_PURPOSE_SSL_CLIENT, nullptr, &below),
            X509_V_ERR_PATH_LENGTH_EXCEEDED);
  EXPECT_TRUE(ca.root.is_ca());
  EXPECT_TRUE(ca.root.is_issued_by(ca.root));
  EXPECT_TRUE(ca.issuing.is_issued_by(ca.root));
}

TEST(Certificate, ReadsPemAndDer) {
  const SampleCa ca;
  EXPECT_EQ(Certificate::from_pem(ca.chain())->fingerprint(), ca.issuing.fingerprint());
  EXPECT_EQ(Certificate::chain_from_pem(ca.chain())->size(), 2u);
  EXPECT_EQ(Certificate::from_der(der_of(ca.root))->fingerprint(), ca.root.fingerprint());
  EXPECT_EQ(Certificate::from_der(der_of(ca.root) + "x").code(), Code::invalid);
  EXPECT_EQ(Certificate::from_der("").code(), Code::invalid);
  EXPECT_EQ(Certificate::from_pem("").code(), Code::invalid);
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += ca.root.to_pem();
  EXPECT_EQ(Certificate::chain_from_pem(nine).code(), Code::invalid);
  EXPECT_EQ(ca.root.fingerprint().size(), std::string("sha256:").size() + 64);
}

}  // namespace
}  // namespace spoor::collector
