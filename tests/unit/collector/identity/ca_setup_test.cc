#include "collector/identity/ca_setup.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "collector/identity/authority.h"
#include "tests/support/disk_calls.h"
#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

class CaSetupTest : public testing::Test {
 protected:
  CaSetupTest() {
    setup_.ca_folder = folder_ / "ca";
    setup_.server_folder = folder_ / "tls";
    setup_.root_key_path = folder_ / "root.key";
    setup_.names = {"spoor.example.org"};
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }

  TempFolder folder_;
  CaSetup setup_;
};

TEST_F(CaSetupTest, TheCaThatItMakesSigns) {
  const auto facts = set_up_ca(setup_, kNowS);
  ASSERT_TRUE(facts.is_ok()) << facts.status().message();
  EXPECT_TRUE(facts->made_root);
  auto authority = Authority::open(folder_ / "ca/ca.db", read(folder_ / "ca/issuing.key"),
                                   read(folder_ / "ca/issuing.pem"));
  ASSERT_TRUE(authority.is_ok()) << authority.status().message();
  const std::string token = authority->tokens().create({"*", {}, 60, 1}, "uid 0", kNowS).value();
  const Granted granted =
      authority->enrol({token, sample_request(), Id{1}, "web1", {}}, kNowS).value();
  EXPECT_EQ(Certificate::from_pem(granted.root)->fingerprint(), facts->root_fingerprint);
  // The root key is the root's, and is nowhere else.
  const TlsKey root_key = TlsKey::from_pem(read(folder_ / "root.key")).value();
  EXPECT_TRUE(Certificate::from_pem(granted.root)->has_key(root_key));
}

TEST_F(CaSetupTest, TheServerShowsItsChainWithTheRoot) {
  const CaFacts facts = set_up_ca(setup_, kNowS).value();
  const auto chain = Certificate::chain_from_pem(read(folder_ / "tls/server.pem")).value();
  ASSERT_EQ(chain.size(), 3u);
  EXPECT_TRUE(chain[0].is_issued_by(chain[1]));
  EXPECT_TRUE(chain[1].is_issued_by(chain[2]));
  EXPECT_EQ(chain[2].fingerprint(), facts.root_fingerprint);
  EXPECT_TRUE(chain[0].has_key(TlsKey::from_pem(read(folder_ / "tls/server.key")).value()));
  EXPECT_EQ(read(folder_ / "tls/authorities.pem"), chain[2].to_pem() + chain[1].to_pem());
}

TEST_F(CaSetupTest, SecretsAreForTheirOwnersAlone) {
  ASSERT_TRUE(set_up_ca(setup_, kNowS).is_ok());
  for (const char* secret : {"root.key", "ca/issuing.key", "ca/ca.db", "tls/server.key"})
    EXPECT_EQ(mode(folder_ / secret), 0600u) << secret;
  EXPECT_EQ(mode(folder_ / "ca"), 0700u);
  EXPECT_EQ(mode(folder_ / "tls"), 0700u);
}

TEST_F(CaSetupTest, EachFileIsItsUsers) {
  SPOOR_NEEDS_ROOT();
  setup_.ca_owner = {64197, 64197};
  setup_.server_owner = {64198, 64198};
  ASSERT_TRUE(set_up_ca(setup_, kNowS).is_ok());
  struct stat info {};
  for (const char* file : {"ca", "ca/issuing.key", "ca/issuing.pem", "ca/ca.db"}) {
    ASSERT_EQ(::stat((folder_ / file).c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 64197u) << file;
  }
  for (const char* file : {"tls", "tls/server.key", "tls/server.pem", "tls/authorities.pem"}) {
    ASSERT_EQ(::stat((folder_ / file).c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 64198u) << file;
  }
  ASSERT_EQ(::stat((folder_ / "root.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0u);
}

TEST_F(CaSetupTest, NotTwice) {
  ASSERT_TRUE(set_up_ca(setup_, kNowS).is_ok());
  const std::string before = read(folder_ / "ca/issuing.pem");
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::denied);
  EXPECT_EQ(read(folder_ / "ca/issuing.pem"), before);
}

// What stopped half way is made anew, but for a root key: that may have been copied already.
TEST_F(CaSetupTest, AnOldRootKeyIsNeverOverwritten) {
  std::ofstream(folder_ / "root.key") << "precious";
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::denied);
  EXPECT_EQ(read(folder_ / "root.key"), "precious");
  std::filesystem::remove(folder_ / "root.key");
  std::filesystem::create_directory(folder_ / "ca");
  std::filesystem::create_directory(folder_ / "ca.new");
  EXPECT_TRUE(set_up_ca(setup_, kNowS).is_ok());
}

// Whoever mends what was wrong, and tries again, has no key of the first try in the way.
TEST_F(CaSetupTest, AFailureTakesItsRootKeyBack) {
  setup_.server_folder = folder_ / "none/tls";
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "root.key"));
  setup_.server_folder = folder_ / "tls";
  std::filesystem::create_directory(folder_ / "ca");
  std::ofstream(folder_ / "ca/notes") << "somebody's";
  EXPECT_FALSE(set_up_ca(setup_, kNowS).is_ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "root.key"));
  std::filesystem::remove(folder_ / "ca/notes");
  EXPECT_TRUE(set_up_ca(setup_, kNowS).is_ok());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "root.key"));
}

// A power cut after `init` said where the root key lies must not take it, nor the CA. Each name is
// new in its folder until that is synced.
TEST_F(CaSetupTest, EveryNameThatItGivesIsKept) {
  std::set<std::string> unsynced;
  std::vector<std::string> named;
  before_disk_call = [&](const std::string& call) {
    const size_t space = call.find(' ');
    const std::string path = call.substr(space + 1);
    if (call.starts_with("sync ")) unsynced.erase(path);
    if (!call.starts_with("rename ") && !call.starts_with("mkdir ")) return;
    unsynced.insert(std::filesystem::path(path).parent_path());
    named.push_back(std::filesystem::path(path).filename());
  };
  const auto facts = set_up_ca(setup_, kNowS);
  before_disk_call = {};
  ASSERT_TRUE(facts.is_ok()) << facts.status().message();
  for (const char* name : {"root.key", "issuing.key", "server.key", "server.pem", "tls", "ca"})
    EXPECT_NE(std::find(named.begin(), named.end(), name), named.end()) << name;
  EXPECT_EQ(unsynced, std::set<std::string>());
}

TEST_F(CaSetupTest, ABadNameLeavesNothing) {
  setup_.names = {"a,b"};
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::invalid);
  setup_.names.clear();
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::invalid);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / ""));
}

TEST_F(CaSetupTest, AnExistingCa) {
  const SampleCa ca;
  setup_.issuing_chain_pem = ca.chain();
  setup_.issuing_key_pem = ca.key.to_pem().value();
  const auto facts = set_up_ca(setup_, kNowS);
  ASSERT_TRUE(facts.is_ok()) << facts.status().message();
  EXPECT_FALSE(facts->made_root);
  EXPECT_EQ(facts->root_fingerprint, ca.root.fingerprint());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "root.key"));
}

TEST_F(CaSetupTest, AnExistingCaThatDoesNotFitLeavesNothing) {
  const SampleCa ca;
  setup_.issuing_chain_pem = ca.chain();
  setup_.issuing_key_pem = ca.root_key.to_pem().value();
  EXPECT_EQ(set_up_ca(setup_, kNowS).code(), Code::invalid);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / ""));
}

TEST_F(CaSetupTest, ARenewedServerHasANewKeyUnderTheSameRoot) {
  const CaFacts first = set_up_ca(setup_, kNowS).value();
  const std::string key = read(folder_ / "tls/server.key");
  setup_.names = {"other.example.org"};
  const CaFacts second = renew_server(setup_, kNowS + 300 * kDayS).value();
  EXPECT_EQ(second.root_fingerprint, first.root_fingerprint);
  EXPECT_EQ(second.server_until_s, kNowS + 300 * kDayS + kServerLifeS);
  EXPECT_NE(read(folder_ / "tls/server.key"), key);
}

// Who renews need not know by which names hosts were enrolled a year ago.
TEST_F(CaSetupTest, ARenewedServerKeepsItsNames) {
  setup_.names = {"spoor.example.org", "192.0.2.10", "2001:db8::10"};
  ASSERT_TRUE(set_up_ca(setup_, kNowS).is_ok());
  const std::vector<std::string> before = std::exchange(setup_.names, {});
  EXPECT_EQ(renew_server(setup_, kNowS + kDayS)->server_names, before);
  const Certificate made = Certificate::from_pem(read(folder_ / "tls/server.pem")).value();
  EXPECT_EQ(made.host_names(), before);
  EXPECT_EQ(made.not_after_s(), kNowS + kDayS + kServerLifeS);
}

}  // namespace
}  // namespace spoor::collector
