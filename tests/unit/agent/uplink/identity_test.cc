#include "agent/uplink/identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/uplink/tls_key.h"
#include "common/files.h"
#include "tests/support/temp_folder.h"
#include "tests/support/toy_ca.h"

namespace spoor::uplink {
namespace {

Id machine() { return *array_from_hex<16>("00112233445566778899aabbccddeeff"); }

HostIdentity make_identity(const ToyCa& ca, ToyLeaf leaf = {}, const Id& id = machine()) {
  const auto key = TlsKey::generate();
  leaf.request = *key->request();
  leaf.alternative = "URI:spoor:machine:" + to_hex(id);
  HostIdentity identity;
  identity.enrolment.agent = "web1";
  identity.enrolment.log_id.fill(7);
  identity.enrolment.log_key.fill(8);
  identity.enrolment.collector = "c.example:4460";
  identity.key = *key->to_pem();
  identity.chain = ca.issue(leaf).chain;
  identity.root = ca.root();
  identity.certificate = *read_certificate(identity.chain);
  return identity;
}

size_t entries(const std::string& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    (void)entry;
    ++count;
  }
  return count;
}

TEST(IdentityTest, EnrolmentIsReadAsItWasWritten) {
  Enrolment e;
  e.agent = "web1.example";
  e.log_id.fill(0xab);
  e.log_key.fill(0xcd);
  e.collector = "[::1]:4460";
  const std::string text = encode_enrolment(e);
  const auto read = decode_enrolment(text);
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  EXPECT_EQ(encode_enrolment(*read), text);
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(decode_enrolment(text.substr(0, size)).code(), Code::invalid) << size;
  }
  EXPECT_EQ(decode_enrolment(text + "more x\n").code(), Code::invalid);
  EXPECT_EQ(decode_enrolment(text + std::string(2000, '\n')).code(), Code::invalid);
}

TEST(IdentityTest, EnrolmentWithAnotherMeaningIsNone) {
  const std::string log = "log " + std::string(32, 'a') + "\nlog-key " + std::string(64, 'b');
  const auto text = [&](const std::string& version, const std::string& agent,
                        const std::string& collector) {
    return "spoor-enrolment " + version + "\nagent " + agent + "\n" + log + "\ncollector " +
           collector + "\n";
  };
  EXPECT_TRUE(decode_enrolment(text("1", "a", "b:1")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("2", "a", "b:1")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("1", "", "b:1")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("1", "a b", "b:1")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("1", std::string(65, 'a'), "b:1")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("1", "a", "unix:/b")).is_ok());
  EXPECT_FALSE(decode_enrolment(text("1", "a", "b")).is_ok());
}

TEST(IdentityTest, IsKeptAndFoundAgain) {
  const TempFolder folder;
  const ToyCa ca;
  const IdentityFiles files(folder / "identity");
  EXPECT_FALSE(files.is_there());
  EXPECT_EQ(files.load().code(), Code::not_found);
  const HostIdentity identity = make_identity(ca);
  ASSERT_TRUE(files.replace(identity).is_ok());
  EXPECT_TRUE(files.is_there());
  const auto loaded = files.load();
  ASSERT_TRUE(loaded.is_ok()) << loaded.status().message();
  EXPECT_EQ(loaded->key, identity.key);
  EXPECT_EQ(loaded->chain, identity.chain);
  EXPECT_EQ(loaded->root, identity.root);
  EXPECT_EQ(loaded->certificate.serial, identity.certificate.serial);
  EXPECT_EQ(encode_enrolment(loaded->enrolment), encode_enrolment(identity.enrolment));
  struct stat st {};
  ASSERT_EQ(stat((folder / "identity").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0700u);
  ASSERT_EQ(stat((folder / "identity/identity.pem").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0600u);
}

TEST(IdentityTest, AnotherTakesItsPlaceWhole) {
  const TempFolder folder;
  const ToyCa ca, other;
  const IdentityFiles files(folder / "identity");
  ASSERT_TRUE(files.replace(make_identity(ca)).is_ok());
  ASSERT_TRUE(files.replace(make_identity(other)).is_ok());
  EXPECT_EQ(files.load()->root, other.root());
  EXPECT_EQ(entries(folder / ""), 1u) << "what was before is gone";
}

TEST(IdentityTest, FailureLeavesWhatWasThere) {
  const TempFolder folder;
  const ToyCa ca;
  const IdentityFiles files(folder / "none/identity");
  EXPECT_FALSE(files.replace(make_identity(ca)).is_ok());
  EXPECT_EQ(entries(folder / ""), 0u);
}

TEST(IdentityTest, RenewalChangesKeyAndCertificateTogether) {
  const TempFolder folder;
  const ToyCa ca;
  const IdentityFiles files(folder / "identity");
  ASSERT_TRUE(files.replace(make_identity(ca)).is_ok());
  const HostIdentity next = make_identity(ca);
  ASSERT_TRUE(files.renew(next.key, next.chain).is_ok());
  const auto loaded = files.load();
  ASSERT_TRUE(loaded.is_ok());
  EXPECT_EQ(loaded->key, next.key);
  EXPECT_EQ(loaded->chain, next.chain);
}

TEST(IdentityTest, BrokenFilesAreProblemsInWords) {
  const TempFolder folder;
  const ToyCa ca;
  const IdentityFiles files(folder / "identity");
  const HostIdentity good = make_identity(ca);
  const std::string path = folder / "identity/identity.pem";
  const auto code = [&](const std::string& pem) {
    EXPECT_TRUE(files.replace(good).is_ok());
    std::ofstream(path, std::ios::trunc) << pem;
    return files.load().code();
  };
  EXPECT_EQ(code(good.key + good.chain), Code::ok);
  EXPECT_EQ(code(""), Code::invalid);
  EXPECT_EQ(code(good.key), Code::invalid);
  EXPECT_EQ(code(good.chain), Code::invalid);
  EXPECT_EQ(code(make_identity(ca).key + good.chain), Code::invalid);
  EXPECT_EQ(code(good.key + std::string(100'000, '\n') + good.chain), Code::full);
  ASSERT_TRUE(files.replace(good).is_ok());
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(files.load().code(), Code::denied);
  ASSERT_TRUE(files.replace(good).is_ok());
  std::ofstream(folder / "identity/enrolment", std::ios::trunc) << "agent web1\n";
  EXPECT_EQ(files.load().code(), Code::invalid);
}

TEST(IdentityTest, CheckFindsWhatDoesNotBelongTogether) {
  const ToyCa ca, other;
  const HostIdentity good = make_identity(ca);
  EXPECT_TRUE(check_identity(good, machine()).is_ok());
  HostIdentity wrong = good;
  wrong.key = make_identity(ca).key;
  EXPECT_EQ(check_identity(wrong, machine()).code(), Code::invalid);
  wrong = good;
  wrong.root = other.root();
  EXPECT_EQ(check_identity(wrong, machine()).code(), Code::invalid);
  wrong = good;
  wrong.enrolment.agent = "web2";
  EXPECT_EQ(check_identity(wrong, machine()).code(), Code::invalid);
  Id another{};
  EXPECT_EQ(check_identity(good, another).code(), Code::invalid);
  ToyLeaf server;
  server.usage = "serverAuth";
  EXPECT_EQ(check_identity(make_identity(ca, server), machine()).code(), Code::invalid);
  // The collector's clock decides what has expired.
  ToyLeaf expired;
  expired.until_s = -1;
  EXPECT_TRUE(check_identity(make_identity(ca, expired), machine()).is_ok());
}

}  // namespace
}  // namespace spoor::uplink
