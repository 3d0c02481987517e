#include "agent/uplink/certificate.h"

#include <gtest/gtest.h>

#include "common/clock.h"
#include "tests/support/toy_ca.h"

namespace spoor::uplink {
namespace {

const std::string kMachine = "00112233445566778899aabbccddeeff";

int64_t now_ns() { return SystemClock().now().realtime_ns; }
ToyLeaf server(const std::string& alternative) {
  return {.name = "collector", .alternative = alternative, .usage = "serverAuth"};
}

TEST(CertificateTest, SaysWhatItSays) {
  const ToyCa ca;
  const std::string pem =
      ca.issue({.name = "web1", .alternative = "DNS:x.example,URI:spoor:machine:" + kMachine,
                .from_s = -60, .until_s = 600})
          .chain;
  const auto read = read_certificate(pem);
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  EXPECT_EQ(read->name, "web1");
  ASSERT_TRUE(read->machine_id.has_value());
  EXPECT_EQ(to_hex(*read->machine_id), kMachine);
  EXPECT_EQ(read->not_after_ns - read->not_before_ns, 660 * kNsPerSecond);
  EXPECT_LE(read->not_before_ns, now_ns() - 59 * kNsPerSecond);
  EXPECT_FALSE(read->serial.empty());
  EXPECT_NE(read->serial.front(), '0');
}

TEST(CertificateTest, MachineIdIsOnlyAWholeOne) {
  const ToyCa ca;
  for (const std::string& alternative :
       {std::string(), std::string("DNS:spoor"), "URI:spoor:machine:" + kMachine.substr(1),
        "URI:spoor:machine:" + kMachine + "00", "URI:xspoor:machine:" + kMachine,
        "DNS:spoor.machine." + kMachine}) {
    const auto read = read_certificate(ca.issue({.alternative = alternative}).chain);
    ASSERT_TRUE(read.is_ok());
    EXPECT_FALSE(read->machine_id.has_value()) << alternative;
  }
}

TEST(CertificateTest, WhatIsNoneIsInvalid) {
  const ToyCa ca;
  const std::string good = ca.issue({}).chain;
  std::string many;
  for (size_t i = 0; i <= kChainMax; ++i) many += ca.root();
  // OpenSSL would ask whoever sits at the terminal for a passphrase.
  const std::string asks = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                           "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                           "AAAA\n-----END CERTIFICATE-----\n";
  for (const std::string& pem :
       {std::string(), std::string("words"), good.substr(0, 200),
        good.substr(0, good.size() - 200), many, asks,
        good + std::string(kPemBytesMax, '\n')}) {
    EXPECT_EQ(read_certificate(pem).code(), Code::invalid) << pem.substr(0, 80);
    EXPECT_EQ(split_chain(pem).code(), Code::invalid);
    EXPECT_EQ(fingerprint_of(pem).code(), Code::invalid);
    EXPECT_EQ(check_chain(pem, ca.root(), Purpose::client, std::nullopt, "").code(),
              Code::invalid);
  }
}

TEST(CertificateTest, ChainIsSplitInItsOrder) {
  const ToyCa ca;
  const std::string chain = ca.issue({}).chain;
  const auto split = split_chain("a word of explanation\n" + chain + ca.root());
  ASSERT_TRUE(split.is_ok());
  ASSERT_EQ(split->size(), 3u);
  EXPECT_EQ((*split)[0] + (*split)[1], chain);
  EXPECT_EQ((*split)[2], ca.root());
}

TEST(CertificateTest, FingerprintIsReadAsItIsPrinted) {
  const ToyCa ca;
  const auto parsed = parse_fingerprint(ca.fingerprint());
  ASSERT_TRUE(parsed.is_ok());
  EXPECT_EQ(*parsed, *fingerprint_of(ca.root()));
  // As openssl x509 -fingerprint prints it.
  std::string colons = "sha256:";
  for (size_t i = 0; i < 64; i += 2) {
    colons += (i > 0 ? ":" : "") + ca.fingerprint().substr(7 + i, 2);
  }
  EXPECT_EQ(*parse_fingerprint(colons), *parsed);
}

TEST(CertificateTest, WhatIsNoFingerprintIsRefused) {
  const std::string digits(64, 'a');
  for (const std::string& text :
       {std::string(), digits, "sha1:" + digits, "sha256:" + digits.substr(2),
        "sha256:" + digits + "aa", "sha256:" + digits.substr(1) + "g", "SHA256:" + digits}) {
    EXPECT_EQ(parse_fingerprint(text).code(), Code::invalid) << text;
  }
}

TEST(CertificateTest, ChainLeadsToItsOwnRootOnly) {
  const ToyCa ca, other;  // with the same names, as somebody would who wants to be taken for it
  const std::string chain = ca.issue({}).chain;
  EXPECT_TRUE(check_chain(chain, ca.root(), Purpose::client, now_ns(), "").is_ok());
  EXPECT_TRUE(check_chain(chain, other.root() + ca.root(), Purpose::client, now_ns(), "").is_ok());
  EXPECT_EQ(check_chain(chain, other.root(), Purpose::client, now_ns(), "").code(), Code::invalid);
  // What the chain brings along is no root, not even where it ends with one.
  EXPECT_EQ(check_chain(other.issue({}).chain + other.root(), ca.root(), Purpose::client, now_ns(),
                        "").code(),
            Code::invalid);
  EXPECT_EQ(check_chain(ca.self_signed({}).chain, ca.root(), Purpose::client, now_ns(), "").code(),
            Code::invalid);
  // An issuing CA is no root: who has only its key must not outlive it.
  EXPECT_EQ(check_chain(chain, ca.issuing(), Purpose::client, now_ns(), "").code(), Code::invalid);
}

// Whatever bit of a certificate is another one, nobody signed that.
TEST(CertificateTest, ChangedCertificateLeadsNowhere) {
  const ToyCa ca;
  const std::string chain = ca.issue({}).chain;
  const size_t begin = chain.find('\n') + 1, end = chain.find("\n-----END") - 8;
  for (size_t at = begin; at < end; at += 3) {
    if (chain[at] == '\n') continue;
    std::string changed = chain;
    changed[at] = chain[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(check_chain(changed, ca.root(), Purpose::client, now_ns(), "").is_ok()) << at;
  }
}

TEST(CertificateTest, OnlyARootSignedItself) {
  const ToyCa ca;
  EXPECT_TRUE(is_self_signed(ca.root()));
  EXPECT_FALSE(is_self_signed(ca.issuing()));
  EXPECT_FALSE(is_self_signed(ca.issue({}).chain));
  EXPECT_FALSE(is_self_signed(""));
}

TEST(CertificateTest, LeafIsNoAuthority) {
  const ToyCa ca;
  const std::string leaf = ca.issue({}).chain;
  EXPECT_EQ(check_chain(ca.self_signed({}).chain + leaf, ca.root(), Purpose::client, now_ns(), "")
                .code(),
            Code::invalid);
}

TEST(CertificateTest, IsGoodForItsTimeItsUseAndItsNames) {
  const ToyCa ca;
  const auto check = [&](const ToyLeaf& leaf, Purpose purpose, const std::string& host) {
    return check_chain(ca.issue(leaf).chain, ca.root(), purpose, now_ns(), host).is_ok();
  };
  const ToyLeaf named = server("DNS:c.example,DNS:*.pool.example,IP:127.0.0.1,IP:::1");
  for (const char* host : {"c.example", "C.Example", "a.pool.example", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(check(named, Purpose::server, host)) << host;
  }
  for (const char* host : {"d.example", "example", "a.b.pool.example", "127.0.0.2", "::2",
                           "collector", "c.example.evil.example"}) {
    EXPECT_FALSE(check(named, Purpose::server, host)) << host;
  }
  EXPECT_FALSE(check(named, Purpose::client, ""));
  ToyLeaf client;
  client.usage = "clientAuth";
  EXPECT_TRUE(check(client, Purpose::client, ""));
  EXPECT_FALSE(check(client, Purpose::server, ""));
  ToyLeaf expired = client, early = client;
  expired.until_s = -1;
  early.from_s = 60;
  EXPECT_FALSE(check(expired, Purpose::client, ""));
  EXPECT_FALSE(check(early, Purpose::client, ""));
  const std::string chain = ca.issue(expired).chain;
  EXPECT_TRUE(check_chain(chain, ca.root(), Purpose::client, std::nullopt, "").is_ok());
}

}  // namespace
}  // namespace spoor::uplink
