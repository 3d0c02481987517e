// What spoor-collector-ca decides: who gets a certificate, with which name and labels. Holds the
// issuing key, and in ca.db the tokens (their hashes, with pattern, labels, end and uses), who was
// given which name, every serial that was issued, and a journal of what was done with tokens.
//
// A use of a token is on disk before anything is signed; a crash in between costs a use, never
// gives one. A name belongs to one machine, and a machine has one name, until the registry says
// that the agent was revoked. Times are seconds since 1970 UTC, given by the caller. One thread;
// several processes (the daemon, `spoor-collector token`) may have the same ca.db open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collector/identity/agent_name.h"
#include "collector/identity/certificate.h"
#include "collector/state/database.h"

namespace spoor::collector {

inline constexpr int64_t kDayS = 24 * 3600;
inline constexpr int64_t kCertificateLifeS = 90 * kDayS;
// An expired certificate may still be renewed for so long: a host that was switched off.
inline constexpr int64_t kRenewLateS = 180 * kDayS;
// Hosts whose clock is late must take a new certificate for valid.
inline constexpr int64_t kBackdateS = 3600;

// The tokens of ca.db: what the command line does with them.
struct TokenWish {
  std::string pattern;
  Labels labels;
  int64_t life_s = 0;
  int64_t uses = 0;
};
struct TokenRow {
  std::string id;  // the beginning of its hash
  TokenWish wish;
  int64_t created_s = 0;
  int64_t expires_s = 0;
  int64_t used = 0;
  bool revoked = false;
  std::string by;
};
struct JournalRow {
  int64_t number = 0;
  int64_t time_s = 0;
  std::string operation;
  std::string token;
  std::string by;
  Labels attributes;
};

class Tokens {
 public:
  static Result<Tokens> open(const std::string& path);

  // The token itself, which is nowhere afterwards.
  Result<std::string> create(const TokenWish& wish, const std::string& by, int64_t now_s);
  Result<std::vector<TokenRow>> list();
  // `not_found`: no token with that id.
  Status revoke(const std::string& id, const std::string& by, int64_t now_s);
  // At most `kJournalRowsMax`, oldest first.
  Result<std::vector<JournalRow>> journal(int64_t after);

 private:
  friend class Authority;
  explicit Tokens(Database database) : database_(std::move(database)) {}
  Status note(const std::string& operation, const std::string& token, const std::string& by,
              int64_t now_s, const Labels& attributes);
  Database database_;
};

struct EnrolWish {
  std::string token;
  std::string request_der;
  Id machine_id{};
  std::string host;
  std::vector<std::string> revoked_agents;  // whose name or machine may be given anew
};
struct RenewWish {
  std::string certificate_der;
  std::string request_der;
  Id machine_id{};
};
struct Granted {
  std::string agent;
  Labels labels;
  std::string certificate_chain;
  std::string root;
  std::string serial;
  int64_t not_after_s = 0;
  std::string token;  // its id
};

// Why a renewal is refused after kCertificatesPerDayMax.
std::string too_many_certificates(const std::string& agent);

class Authority {
 public:
  // `chain_pem`: the issuing certificate and those above it, the root at last. `invalid` when key
  // and certificate do not fit, or one is no CA's.
  static Result<Authority> open(const std::string& database_path, const std::string& key_pem,
                                const std::string& chain_pem);

  // `denied`, with what to do, for a token that does not do or a name that is not free; `invalid`
  // for a request that is none; else the disk's codes.
  Result<Granted> enrol(const EnrolWish& wish, int64_t now_s);
  Result<Granted> renew(const RenewWish& wish, int64_t now_s);
  Tokens& tokens() { return tokens_; }

 private:
  Authority(Tokens tokens, TlsKey key, std::vector<Certificate> chain)
      : tokens_(std::move(tokens)), key_(std::move(key)), chain_(std::move(chain)) {}
  Result<TokenRow> take_use(const EnrolWish& wish, int64_t now_s);
  Status take_name(const EnrolWish& wish);
  Status check_pace(const std::string& name, int64_t now_s);
  Result<Granted> sign(const std::string& request_der, const std::string& agent,
                       const Id& machine_id, int64_t now_s);
  Status keep(const Granted& granted, const std::string& replaced, int64_t now_s);
  Database& database() { return tokens_.database_; }

  Tokens tokens_;
  TlsKey key_;
  std::vector<Certificate> chain_;
};

}  // namespace spoor::collector
