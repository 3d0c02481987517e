// What `spoor-collector init` leaves behind: the root, the issuing CA and the server's certificate,
// in the folders of those who need them, each file readable by them alone.
//
//   ca_folder/       of spoor-ca          issuing.key issuing.pem (with the chain) ca.db
//   server_folder/   of spoor-collector   server.key server.pem (with the chain) authorities.pem
//   root_key_path    of who runs it       to be taken off this machine
//
// Made whole or not at all: ca_folder appears last, and what lacks it is made anew. One thread.
#pragma once

#include <string>
#include <vector>

#include "common/private_file.h"

namespace spoor::collector {

inline constexpr int64_t kRootLifeS = 20LL * 365 * 24 * 3600;
inline constexpr int64_t kIssuingLifeS = 5LL * 365 * 24 * 3600;
inline constexpr int64_t kServerLifeS = 397LL * 24 * 3600;

struct CaSetup {
  std::string ca_folder;
  std::string server_folder;
  std::string root_key_path;
  std::vector<std::string> names;  // of the server
  // An issuing CA that is there already, with the certificates above it; both or neither. Then no
  // root is made.
  std::string issuing_chain_pem;
  std::string issuing_key_pem;
  FileOwner ca_owner;  // not given: files stay with who runs it
  FileOwner server_owner;
};

struct CaFacts {
  std::string root_fingerprint;  // sha256:…
  int64_t issuing_until_s = 0;
  int64_t server_until_s = 0;
  std::vector<std::string> server_names;
  bool made_root = false;
};

// `denied` when there is a CA already.
Result<CaFacts> set_up_ca(const CaSetup& setup, int64_t now_s);
// A new certificate and key for the server, by the CA that is there. Only folders, names and
// server_owner are read; without names it keeps those of the certificate that is there. The two
// files change one after the other: the collector is to be stopped.
Result<CaFacts> renew_server(const CaSetup& setup, int64_t now_s);

}  // namespace spoor::collector
