#include "collector/identity/authority.h"

#include <algorithm>

#include "collector/limits.h"
#include "common/quoting.h"
#include "common/sha256.h"

namespace spoor::collector {
namespace {

constexpr std::string_view kTokenPrefix = "spoor-token-";
constexpr size_t kTokenIdDigits = 10;

constexpr const char* kSchema[] = {R"(
  CREATE TABLE tokens(
    hash TEXT PRIMARY KEY,           -- SHA-256 of the token, hex
    pattern TEXT NOT NULL,
    labels TEXT NOT NULL,            -- key=value lines
    created_s INTEGER NOT NULL,
    expires_s INTEGER NOT NULL,
    uses_max INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0 CHECK(used <= uses_max),
    revoked_s INTEGER NOT NULL DEFAULT 0,
    made_by TEXT NOT NULL
  ) STRICT;
  CREATE TABLE agents(
    name TEXT PRIMARY KEY,
    machine TEXT NOT NULL UNIQUE,    -- hex
    labels TEXT NOT NULL
  ) STRICT;
  CREATE TABLE issued(
    serial TEXT PRIMARY KEY,         -- hex
    name TEXT NOT NULL,
    machine TEXT NOT NULL,
    token TEXT NOT NULL,             -- its id; empty: a renewal
    issued_s INTEGER NOT NULL,
    not_after_s INTEGER NOT NULL,
    replaces TEXT NOT NULL           -- the serial that was renewed
  ) STRICT;
  CREATE TABLE journal(
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time_s INTEGER NOT NULL,
    operation TEXT NOT NULL,
    token TEXT NOT NULL,
    made_by TEXT NOT NULL,
    attributes TEXT NOT NULL         -- key=value lines
  ) STRICT;
)",
                                   "CREATE INDEX issued_name ON issued(name, issued_s)"};

// 256 random bits: nothing slower than a hash is needed to keep them.
std::string token_hash(const std::string& token) { return to_hex(sha256(as_bytes(token))); }
std::string token_id(const std::string& hash) { return hash.substr(0, kTokenIdDigits); }

Result<Labels> read_labels(const std::string& text) { return labels_from_text(text); }

}  // namespace

// ------------------------------------------------------------------ tokens

Result<Tokens> Tokens::open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, kSchema));
  return Tokens(std::move(database));
}

Status Tokens::note(const std::string& operation, const std::string& token, const std::string& by,
                    int64_t now_s, const Labels& attributes) {
  return database_.run(
      "INSERT INTO journal(time_s, operation, token, made_by, attributes) VALUES(?, ?, ?, ?, ?)",
      {now_s, operation, token, by, labels_text(attributes)});
}

Result<std::string> Tokens::create(const TokenWish& wish, const std::string& by, int64_t now_s) {
  RETURN_IF_ERROR(check_name_pattern(wish.pattern));
  if (wish.life_s < 1 || wish.life_s > kTokenLifeMaxS || wish.uses < 1 ||
      wish.uses > kTokenUsesMax) {
    return invalid("a token lives 1 second to 366 days, for 1 to 1,000,000 uses");
  }
  const std::string token = std::string(kTokenPrefix) + to_hex(random_id()) + to_hex(random_id());
  const std::string hash = token_hash(token);
  const Status done = database_.transaction([&] {
    RETURN_IF_ERROR(database_.run(
        "INSERT INTO tokens(hash, pattern, labels, created_s, expires_s, uses_max, made_by) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)",
        {hash, wish.pattern, labels_text(wish.labels), now_s, now_s + wish.life_s, wish.uses, by}));
    return note("token create", token_id(hash), by, now_s,
                {{"uses", std::to_string(wish.uses)}, {"life_s", std::to_string(wish.life_s)}});
  });
  RETURN_IF_ERROR(done);
  return token;
}

Result<std::vector<TokenRow>> Tokens::list() {
  std::vector<TokenRow> out;
  Status status;
  RETURN_IF_ERROR(database_.run(
      "SELECT hash, pattern, labels, created_s, expires_s, uses_max, used, revoked_s, made_by "
      "FROM tokens ORDER BY created_s, hash",
      {}, [&](const DatabaseRow& row) {
        const auto labels = read_labels(row.text(2));
        if (!labels.is_ok()) {
          status = labels.status();
          return;
        }
        out.push_back({token_id(row.text(0)),
                       {row.text(1), *labels, row.integer(4) - row.integer(3), row.integer(5)},
                       row.integer(3), row.integer(4), row.integer(6), row.integer(7) != 0,
                       row.text(8)});
      }));
  RETURN_IF_ERROR(status);
  return out;
}

Status Tokens::revoke(const std::string& id, const std::string& by, int64_t now_s) {
  const bool is_hex = id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (id.size() != kTokenIdDigits || !is_hex)
    return not_found("no token is called " + visible(id) + ": `token list` names them");
  return database_.transaction([&]() -> Status {
    RETURN_IF_ERROR(database_.run(
        "UPDATE tokens SET revoked_s = ? WHERE hash LIKE ? AND revoked_s = 0", {now_s, id + "%"}));
    if (database_.changed() == 0)
      return not_found("no token that can be used is called " + id +
                       ": `token list` names them");
    return note("token revoke", id, by, now_s, {});
  });
}

Result<std::vector<JournalRow>> Tokens::journal(int64_t after) {
  std::vector<JournalRow> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT number, time_s, operation, token, made_by, attributes FROM journal "
      "WHERE number > ? ORDER BY number LIMIT ?",
      {after, kJournalRowsMax}, [&](const DatabaseRow& row) {
        const auto attributes = read_labels(row.text(5));
        out.push_back({row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4),
                       attributes.is_ok() ? *attributes : Labels()});
      }));
  return out;
}

// ------------------------------------------------------------------ signing

Result<Authority> Authority::open(const std::string& database_path, const std::string& key_pem,
                                  const std::string& chain_pem) {
  ASSIGN_OR_RETURN(TlsKey key, TlsKey::from_pem(key_pem));
  ASSIGN_OR_RETURN(std::vector<Certificate> chain, Certificate::chain_from_pem(chain_pem));
  if (!chain.front().has_key(key)) return invalid("the issuing certificate has another key");
  for (size_t i = 0; i < chain.size(); ++i) {
    if (!chain[i].is_ca()) return invalid("a certificate of the chain is no CA's");
    if (!chain[i].is_issued_by(chain[std::min(i + 1, chain.size() - 1)]))
      return invalid("the chain of certificates does not lead from the issuing one to a root");
  }
  ASSIGN_OR_RETURN(Tokens tokens, Tokens::open(database_path));
  return Authority(std::move(tokens), std::move(key), std::move(chain));
}

// One that is unknown and one that is over look alike to who only guesses.
Result<TokenRow> Authority::take_use(const EnrolWish& wish, int64_t now_s) {
  const std::string hash = token_hash(wish.token);
  TokenRow row;
  std::string labels;
  bool found = false;
  RETURN_IF_ERROR(database().run(
      "SELECT pattern, labels, expires_s, uses_max, used, revoked_s FROM tokens WHERE hash = ?",
      {hash}, [&](const DatabaseRow& r) {
        found = true;
        row.wish = {r.text(0), {}, 0, r.integer(3)};
        labels = r.text(1);
        row.expires_s = r.integer(2);
        row.used = r.integer(4);
        row.revoked = r.integer(5) != 0;
      }));
  if (!found) return denied("this token is not known here: see that it was copied whole");
  row.id = token_id(hash);
  const std::string make = "; make a new one with `spoor-collector token create`";
  if (row.revoked) return denied("the token " + row.id + " was revoked" + make);
  if (now_s >= row.expires_s) return denied("the token " + row.id + " is over" + make);
  if (row.used >= row.wish.uses) return denied("the token " + row.id + " is used up" + make);
  RETURN_IF_ERROR(check_agent_name(wish.host));
  if (!fits_pattern(wish.host, row.wish.pattern)) {
    return denied("this host is called " + wish.host + ", and the token " + row.id +
                  " is for names like " + row.wish.pattern);
  }
  ASSIGN_OR_RETURN(row.wish.labels, read_labels(labels));
  RETURN_IF_ERROR(database().run("UPDATE tokens SET used = used + 1 WHERE hash = ?", {hash}));
  return row;
}

Status Authority::take_name(const EnrolWish& wish) {
  const std::string machine = to_hex(wish.machine_id);
  std::string name_of_machine, machine_of_name;
  RETURN_IF_ERROR(database().run("SELECT name FROM agents WHERE machine = ?", {machine},
                                 [&](const DatabaseRow& row) { name_of_machine = row.text(0); }));
  RETURN_IF_ERROR(database().run("SELECT machine FROM agents WHERE name = ?", {wish.host},
                                 [&](const DatabaseRow& row) { machine_of_name = row.text(0); }));
  const auto is_revoked = [&](const std::string& agent) {
    return std::find(wish.revoked_agents.begin(), wish.revoked_agents.end(), agent) !=
           wish.revoked_agents.end();
  };
  if (!machine_of_name.empty() && machine_of_name != machine && !is_revoked(wish.host)) {
    return denied("another machine is " + wish.host + " here. If this one takes its place: "
                  "`spoor-collector agents revoke " + wish.host +
                  "` on the collector, then enrol again. Else give this host another name");
  }
  if (!name_of_machine.empty() && name_of_machine != wish.host && !is_revoked(name_of_machine)) {
    return denied("this machine id is that of " + name_of_machine +
                  ". If this host is a copy of that one: give it an id of its own "
                  "(rm /etc/machine-id; systemd-machine-id-setup). If it was renamed: "
                  "`spoor-collector agents revoke " + name_of_machine + "` on the collector");
  }
  RETURN_IF_ERROR(database().run("DELETE FROM agents WHERE machine = ? OR name = ?",
                                 {machine, wish.host}));
  return ok();
}

Result<Granted> Authority::sign(const std::string& request_der, const std::string& agent,
                                const Id& machine_id, int64_t now_s) {
  const Certificate& issuing = chain_.front();
  const int64_t not_after_s = std::min(now_s + kCertificateLifeS, issuing.not_after_s());
  if (not_after_s <= now_s)
    return internal("the issuing certificate is over: see docs/identity.md, A new issuing CA");
  const Validity validity = {now_s - kBackdateS, not_after_s};
  ASSIGN_OR_RETURN(const Certificate made, make_agent(request_der, agent, machine_id, validity,
                                                      {issuing, key_}));
  Granted out;
  out.agent = agent;
  out.certificate_chain = made.to_pem();
  // The root is what peers have; those between are what they need.
  for (size_t i = 0; i + 1 < chain_.size(); ++i) out.certificate_chain += chain_[i].to_pem();
  out.root = chain_.back().to_pem();
  out.serial = made.serial();
  out.not_after_s = not_after_s;
  return out;
}

Status Authority::keep(const Granted& granted, const std::string& replaced, int64_t now_s) {
  ASSIGN_OR_RETURN(const Certificate made, Certificate::from_pem(granted.certificate_chain));
  const std::string machine = to_hex(*made.machine_id());
  return database().run(
      "INSERT INTO issued(serial, name, machine, token, issued_s, not_after_s, replaces) "
      "VALUES(?, ?, ?, ?, ?, ?, ?)",
      {granted.serial, granted.agent, machine, granted.token, now_s, granted.not_after_s,
       replaced});
}

Result<Granted> Authority::enrol(const EnrolWish& wish, int64_t now_s) {
  TokenRow token;
  const Status done = database().transaction([&]() -> Status {
    ASSIGN_OR_RETURN(token, take_use(wish, now_s));
    RETURN_IF_ERROR(take_name(wish));
    return database().run("INSERT INTO agents(name, machine, labels) VALUES(?, ?, ?)",
                          {wish.host, to_hex(wish.machine_id), labels_text(token.wish.labels)});
  });
  RETURN_IF_ERROR(done);
  ASSIGN_OR_RETURN(Granted granted, sign(wish.request_der, wish.host, wish.machine_id, now_s));
  granted.labels = token.wish.labels;
  granted.token = token.id;
  RETURN_IF_ERROR(keep(granted, "", now_s));
  return granted;
}

std::string too_many_certificates(const std::string& agent) {
  return visible(agent) + " was given " + std::to_string(kCertificatesPerDayMax) +
         " certificates within a day, and needs one in two months: see what asks for them on that "
         "host, and try again tomorrow";
}

// The collector counts, too; but this is what counts when that is somebody else's.
Status Authority::check_pace(const std::string& name, int64_t now_s) {
  int64_t lately = 0;
  RETURN_IF_ERROR(database().run(
      "SELECT count(*) FROM issued WHERE name = ? AND issued_s > ?", {name, now_s - kDayS},
      [&](const DatabaseRow& row) { lately = row.integer(0); }));
  return lately < kCertificatesPerDayMax ? ok() : denied(too_many_certificates(name));
}

Result<Granted> Authority::renew(const RenewWish& wish, int64_t now_s) {
  ASSIGN_OR_RETURN(const Certificate old, Certificate::from_der(wish.certificate_der));
  if (!old.is_issued_by(chain_.front()) || !old.is_client())
    return denied("this certificate is not one of this collector's: enrol this host");
  if (old.machine_id() != wish.machine_id)
    return denied("this certificate is another machine's: enrol this host");
  if (now_s > old.not_after_s() + kRenewLateS)
    return denied("this certificate was over for more than 180 days: enrol this host again");
  std::string machine, labels;
  bool was_issued = false;
  RETURN_IF_ERROR(database().run("SELECT 1 FROM issued WHERE serial = ?", {old.serial()},
                                 [&](const DatabaseRow&) { was_issued = true; }));
  RETURN_IF_ERROR(database().run("SELECT machine, labels FROM agents WHERE name = ?",
                                 {old.common_name()}, [&](const DatabaseRow& row) {
                                   machine = row.text(0);
                                   labels = row.text(1);
                                 }));
  if (!was_issued) return denied("this certificate is not known here: enrol this host");
  if (machine != to_hex(wish.machine_id)) {
    return denied("the name " + old.common_name() +
                  " has been given to another machine: enrol this host under a name of its own");
  }
  RETURN_IF_ERROR(check_pace(old.common_name(), now_s));
  ASSIGN_OR_RETURN(Granted granted,
                   sign(wish.request_der, old.common_name(), wish.machine_id, now_s));
  ASSIGN_OR_RETURN(granted.labels, read_labels(labels));
  RETURN_IF_ERROR(keep(granted, old.serial(), now_s));
  return granted;
}

}  // namespace spoor::collector
