#include "collector/identity/ca_setup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "collector/identity/authority.h"
#include "collector/identity/certificate.h"
#include "common/files.h"

namespace spoor::collector {
namespace {

constexpr size_t kPemBytesMax = 64u << 10;
constexpr mode_t kSecret = 0600;
constexpr mode_t kPublic = 0644;

// The folder above must be there.
Status make_private_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return ok();
  return from_errno(errno, "creating " + folder);
}

Status give(const std::string& path, FileOwner owner) {
  if (::lchown(path.c_str(), owner.uid, owner.gid) == 0) return ok();
  return from_errno(errno, "giving " + path + " away");
}

// What lies in it, whose it is, and its name outlive a power cut.
Status sync_whole(const std::string& folder) {
  RETURN_IF_ERROR(PosixFiles().sync_folder(folder));
  return sync_folder_of(folder);
}

struct Issuing {
  TlsKey key;
  std::vector<Certificate> chain;  // the root at last

  std::string chain_pem() const {
    std::string out;
    for (const Certificate& certificate : chain) out += certificate.to_pem();
    return out;
  }
};

Result<Issuing> read_issuing(const std::string& key_pem, const std::string& chain_pem) {
  // The same checks as when the CA starts, before anything is written.
  RETURN_IF_ERROR(Authority::open(":memory:", key_pem, chain_pem).status());
  ASSIGN_OR_RETURN(TlsKey key, TlsKey::from_pem(key_pem));
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, Certificate::chain_from_pem(chain_pem));
  return Issuing{std::move(key), std::move(chain)};
}

Result<Issuing> make_issuing_and_root(const CaSetup& setup, int64_t now_s) {
  ASSIGN_OR_RETURN(const TlsKey root_key, TlsKey::generate());
  ASSIGN_OR_RETURN(TlsKey key, TlsKey::generate());
  // Two roots of two collectors must not look alike in a list.
  const std::string mark = to_hex(random_id()).substr(0, 8);
  const int64_t from_s = now_s - kBackdateS;
  ASSIGN_OR_RETURN(Certificate root,
                   make_root(root_key, "Spoor root " + mark, {from_s, now_s + kRootLifeS}));
  ASSIGN_OR_RETURN(Certificate issuing,
                   make_issuing(key, "Spoor issuing " + mark, {from_s, now_s + kIssuingLifeS},
                                {root, root_key}));
  ASSIGN_OR_RETURN(const std::string pem, root_key.to_pem());
  if (::access(setup.root_key_path.c_str(), F_OK) == 0)
    return denied(setup.root_key_path + " is there already: a root key is never overwritten. If no "
                  "CA came of it (`init` was killed), remove it");
  RETURN_IF_ERROR(write_private_file(setup.root_key_path, pem));
  std::vector<Certificate> chain;
  chain.push_back(std::move(issuing));
  chain.push_back(std::move(root));
  return Issuing{std::move(key), std::move(chain)};
}

Status put_server(const CaSetup& setup, const Issuing& issuing, const Certificate& certificate,
                  const TlsKey& key) {
  ASSIGN_OR_RETURN(const std::string key_pem, key.to_pem());
  std::string chain = certificate.to_pem();
  // The root goes along: enrolment looks in what the server shows for the root whose fingerprint
  // it was told.
  chain += issuing.chain_pem();
  RETURN_IF_ERROR(make_private_folder(setup.server_folder));
  const std::string& folder = setup.server_folder;
  const FileOwner& owner = setup.server_owner;
  RETURN_IF_ERROR(write_private_file(folder + "/server.key", key_pem, kSecret, owner));
  RETURN_IF_ERROR(write_private_file(folder + "/server.pem", chain, kPublic, owner));
  // With the issuing CA of today: a host that comes back after its predecessor's end brings that
  // one's certificate, and is then told to renew, not that its CA is over.
  const std::string authorities = issuing.chain.back().to_pem() + issuing.chain.front().to_pem();
  RETURN_IF_ERROR(write_private_file(folder + "/authorities.pem", authorities, kPublic, owner));
  RETURN_IF_ERROR(give(folder, owner));
  return sync_whole(folder);
}

// Under another name first, so that it is there whole or not at all.
Status put_authority(const CaSetup& setup, const Issuing& issuing) {
  const std::string fresh = setup.ca_folder + ".new";
  RETURN_IF_ERROR(make_private_folder(fresh));
  ASSIGN_OR_RETURN(const std::string key_pem, issuing.key.to_pem());
  const std::string chain = issuing.chain_pem();
  RETURN_IF_ERROR(write_private_file(fresh + "/issuing.key", key_pem, kSecret, setup.ca_owner));
  RETURN_IF_ERROR(write_private_file(fresh + "/issuing.pem", chain, kPublic, setup.ca_owner));
  RETURN_IF_ERROR(Authority::open(fresh + "/ca.db", key_pem, chain).status());
  RETURN_IF_ERROR(give(fresh + "/ca.db", setup.ca_owner));
  RETURN_IF_ERROR(give(fresh, setup.ca_owner));
  RETURN_IF_ERROR(sync_whole(fresh));
  if (::rename(fresh.c_str(), setup.ca_folder.c_str()) != 0)
    return from_errno(errno, "putting " + setup.ca_folder + " in its place (it must be empty)");
  return sync_folder_of(setup.ca_folder);
}

Result<CaFacts> make_server_of(const CaSetup& setup, const Issuing& issuing, int64_t now_s) {
  ASSIGN_OR_RETURN(const TlsKey key, TlsKey::generate());
  const int64_t until_s =
      std::min(now_s + kServerLifeS, issuing.chain.front().not_after_s());
  ASSIGN_OR_RETURN(const Certificate certificate,
                   make_server(key, setup.names, {now_s - kBackdateS, until_s},
                               {issuing.chain.front(), issuing.key}));
  RETURN_IF_ERROR(put_server(setup, issuing, certificate, key));
  CaFacts facts;
  facts.root_fingerprint = issuing.chain.back().fingerprint();
  facts.issuing_until_s = issuing.chain.front().not_after_s();
  facts.server_until_s = until_s;
  facts.server_names = setup.names;
  return facts;
}

Result<CaFacts> put_in_place(const CaSetup& setup, const Issuing& issuing, int64_t now_s) {
  ASSIGN_OR_RETURN(CaFacts facts, make_server_of(setup, issuing, now_s));
  RETURN_IF_ERROR(put_authority(setup, issuing));
  return facts;
}

// What is wrong with the names is to be said before a root key is written.
Status check_names(const std::vector<std::string>& names, int64_t now_s) {
  ASSIGN_OR_RETURN(const TlsKey key, TlsKey::generate());
  const Validity valid = {now_s, now_s + 1};
  ASSIGN_OR_RETURN(const Certificate root, make_root(key, "none", valid));
  return make_server(key, names, valid, {root, key}).status();
}

}  // namespace

Result<CaFacts> set_up_ca(const CaSetup& setup, int64_t now_s) {
  if (::access((setup.ca_folder + "/issuing.key").c_str(), F_OK) == 0) {
    return denied("there is a CA in " + setup.ca_folder + " already: hosts were enrolled with it. "
                  "`spoor-collector init --renew-server` renews the server's certificate");
  }
  RETURN_IF_ERROR(check_names(setup.names, now_s));
  const bool is_given = !setup.issuing_chain_pem.empty();
  ASSIGN_OR_RETURN(const Issuing issuing,
                   is_given ? read_issuing(setup.issuing_key_pem, setup.issuing_chain_pem)
                            : make_issuing_and_root(setup, now_s));
  auto facts = put_in_place(setup, issuing, now_s);
  if (facts.is_ok()) facts->made_root = !is_given;
  // No CA came of it, and the next try makes another.
  else if (!is_given) ::unlink(setup.root_key_path.c_str());
  return facts;
}

Result<CaFacts> renew_server(const CaSetup& setup, int64_t now_s) {
  PosixFiles files;
  ASSIGN_OR_RETURN(const std::string key,
                   read_file(files, setup.ca_folder + "/issuing.key", kPemBytesMax));
  ASSIGN_OR_RETURN(const std::string chain,
                   read_file(files, setup.ca_folder + "/issuing.pem", kPemBytesMax));
  ASSIGN_OR_RETURN(const Issuing issuing, read_issuing(key, chain));
  if (!setup.names.empty()) return make_server_of(setup, issuing, now_s);
  // Hosts look for the names by which they were enrolled.
  CaSetup same = setup;
  const std::string path = setup.server_folder + "/server.pem";
  ASSIGN_OR_RETURN(const std::string server, read_file(files, path, kPemBytesMax));
  ASSIGN_OR_RETURN(const Certificate present, Certificate::from_pem(server));
  same.names = present.host_names();
  return make_server_of(same, issuing, now_s);
}

}  // namespace spoor::collector
