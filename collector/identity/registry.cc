#include "collector/identity/registry.h"

#include <tuple>

#include "common/quoting.h"

namespace spoor::collector {
namespace {

constexpr const char* kSchema[] = {R"(
  CREATE TABLE agents(
    name TEXT PRIMARY KEY,
    machine TEXT NOT NULL,           -- hex
    labels TEXT NOT NULL,            -- key=value lines
    enrolled_s INTEGER NOT NULL,
    enrolled_from TEXT NOT NULL,     -- address
    token TEXT NOT NULL,             -- its id
    checkpoint_key TEXT NOT NULL,    -- Ed25519, hex
    revoked_s INTEGER NOT NULL DEFAULT 0,
    revoke_reason TEXT NOT NULL DEFAULT ''
  ) STRICT;
  CREATE INDEX agents_machine ON agents(machine);
  CREATE TABLE certificates(
    serial TEXT PRIMARY KEY,         -- hex
    agent TEXT NOT NULL,
    issued_s INTEGER NOT NULL,
    not_after_s INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX certificates_agent ON certificates(agent);
  CREATE TABLE revocations(
    serial TEXT PRIMARY KEY REFERENCES certificates(serial),
    agent TEXT NOT NULL,
    time_s INTEGER NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    told INTEGER NOT NULL DEFAULT 0  -- an event was made of it
  ) STRICT;
  CREATE TABLE streams(
    stream TEXT PRIMARY KEY,         -- hex
    agent TEXT NOT NULL,
    first_s INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE facts(                -- as each agent was heard last
    agent TEXT PRIMARY KEY,
    seen_ns INTEGER NOT NULL,
    clock_offset_ns INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    frames_behind INTEGER NOT NULL,
    version TEXT NOT NULL
  ) STRICT;
  CREATE TABLE positions(
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
  ) STRICT;
)",
                                   R"(
  DROP TABLE streams;
  CREATE TABLE checkpoint_keys(      -- one for each enrolment
    machine TEXT NOT NULL,           -- hex
    key TEXT NOT NULL,               -- Ed25519, hex
    agent TEXT NOT NULL,
    from_s INTEGER NOT NULL,
    until_s INTEGER NOT NULL DEFAULT 0,  -- 0: no other was enrolled since
    PRIMARY KEY(machine, key)
  ) STRICT;
  CREATE INDEX checkpoint_keys_agent ON checkpoint_keys(agent);
  INSERT OR IGNORE INTO checkpoint_keys(machine, key, agent, from_s)
    SELECT machine, checkpoint_key, name, enrolled_s FROM agents WHERE checkpoint_key != '';
  ALTER TABLE agents DROP COLUMN checkpoint_key;
)",
                                   R"(
  CREATE TABLE renamed_streams(      -- that go on under another name than they had in the log
    stream TEXT PRIMARY KEY,         -- hex
    agent TEXT NOT NULL,
    epoch INTEGER NOT NULL,          -- where they stood in the log then
    sequence INTEGER NOT NULL
  ) STRICT;
)",
                                   R"(
  CREATE TABLE checkpoint_streams(
    stream TEXT PRIMARY KEY,         -- hex
    key_from_s INTEGER NOT NULL      -- of the newest key by which one of its checkpoints was signed
  ) STRICT;
)"};
// Up to which of the log's entries checkpoints were looked at.
constexpr const char* kCheckpoints = "checkpoints";

Revocation revocation_of(const DatabaseRow& row) {
  return {row.text(0), row.text(1), row.integer(2), row.text(3), row.text(4)};
}

}  // namespace

bool RenamedStream::is_newer_than(const StreamHead& in_log) const {
  return std::tie(in_log.epoch, in_log.sequence) <= std::tie(epoch, sequence);
}

Result<std::unique_ptr<Registry>> Registry::open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, kSchema));
  std::unique_ptr<Registry> registry(new Registry(std::move(database)));
  RETURN_IF_ERROR(registry->refresh());
  return registry;
}

Registry::Standing Registry::standing(const std::string& serial) const {
  const std::shared_lock lock(known_mutex_);
  const auto found = serials_.find(serial);
  if (found == serials_.end()) return Standing::unknown;
  return found->second ? Standing::revoked : Standing::good;
}

bool Registry::is_revoked(const std::string& agent) const {
  const std::shared_lock lock(known_mutex_);
  const auto found = agents_.find(agent);
  return found != agents_.end() && found->second.is_revoked;
}

bool Registry::was_name_of(const std::string& former, const Id& machine_id) const {
  const std::shared_lock lock(known_mutex_);
  const auto found = agents_.find(former);
  return found != agents_.end() && found->second.is_revoked &&
         found->second.machine_id == machine_id;
}

bool Registry::is_enrolled(const std::string& agent) const {
  const std::shared_lock lock(known_mutex_);
  return agents_.contains(agent);
}

std::optional<CheckpointKey> Registry::checkpoint_key(const std::string& agent,
                                                      const PublicKey& key) const {
  const std::shared_lock lock(known_mutex_);
  const auto known = agents_.find(agent);
  const auto [begin, end] = checkpoint_keys_.equal_range(std::string(as_text(key)));
  for (auto at = begin; at != end; ++at) {
    const bool is_machines =
        known != agents_.end() && known->second.machine_id == at->second.machine_id;
    if (is_machines || at->second.agent == agent) return at->second.life;
  }
  return std::nullopt;
}

Result<std::vector<std::string>> Registry::revoked_agents_of(const Id& machine_id) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT name FROM agents WHERE machine = ? AND revoked_s != 0 ORDER BY name",
      {to_hex(machine_id)}, [&](const DatabaseRow& row) { out.push_back(row.text(0)); }));
  return out;
}

Status Registry::load() {
  std::map<std::string, bool> serials;
  std::map<std::string, KnownAgent> agents;
  RETURN_IF_ERROR(database_.run(
      "SELECT c.serial, r.serial IS NOT NULL FROM certificates c LEFT JOIN revocations r "
      "USING(serial)",
      {}, [&](const DatabaseRow& row) { serials[row.text(0)] = row.integer(1) != 0; }));
  RETURN_IF_ERROR(database_.run(
      "SELECT name, machine, revoked_s FROM agents", {}, [&](const DatabaseRow& row) {
        const auto machine = array_from_hex<16>(row.text(1));
        agents[row.text(0)] = {machine.is_ok() ? *machine : Id{}, row.integer(2) != 0};
      }));
  std::multimap<std::string, KnownKey> keys;
  RETURN_IF_ERROR(database_.run(
      "SELECT key, agent, machine, from_s, until_s FROM checkpoint_keys", {},
      [&](const DatabaseRow& row) {
        const auto key = from_hex(row.text(0));
        const auto machine = array_from_hex<16>(row.text(2));
        if (!key.is_ok() || !machine.is_ok()) return;
        keys.emplace(*key, KnownKey{row.text(1), *machine, {row.integer(3), row.integer(4)}});
      }));
  ++changes_;
  const std::unique_lock lock(known_mutex_);
  serials_.swap(serials);
  agents_.swap(agents);
  checkpoint_keys_.swap(keys);
  return ok();
}

Status Registry::refresh() {
  const std::lock_guard lock(mutex_);
  return load_if_changed();
}

Status Registry::load_if_changed() {
  ASSIGN_OR_RETURN(const bool changed, database_.was_changed_by_others());
  return changed ? load() : ok();
}

Status Registry::add_certificate(const Granted& granted, const std::string& agent, int64_t now_s) {
  return database_.run(
      "INSERT INTO certificates(serial, agent, issued_s, not_after_s) VALUES(?, ?, ?, ?)",
      {granted.serial, agent, now_s, granted.not_after_s});
}

// The one before, of this machine or under this name, ends with it.
Status Registry::add_checkpoint_key(const Granted& granted, const Enrolled& host, int64_t now_s) {
  const std::string machine = to_hex(host.machine_id);
  const std::string key = to_hex(as_bytes(host.checkpoint_key));
  RETURN_IF_ERROR(database_.run(
      "UPDATE checkpoint_keys SET until_s = ? WHERE until_s = 0 AND (machine = ? OR agent = ?)",
      {now_s, machine, granted.agent}));
  return database_.run(
      "INSERT OR REPLACE INTO checkpoint_keys(machine, key, agent, from_s) VALUES(?, ?, ?, ?)",
      {machine, key, granted.agent, now_s});
}

Status Registry::enrolled(const Granted& granted, const Enrolled& host, int64_t now_s) {
  const std::lock_guard lock(mutex_);
  // An operator has just revoked the name that this host had: it comes back at once.
  RETURN_IF_ERROR(load_if_changed());
  const Status done = database_.transaction([&] {
    RETURN_IF_ERROR(database_.run(
        "INSERT OR REPLACE INTO agents(name, machine, labels, enrolled_s, enrolled_from, token) "
        "VALUES(?, ?, ?, ?, ?, ?)",
        {granted.agent, to_hex(host.machine_id), labels_text(granted.labels), now_s, host.address,
         granted.token}));
    RETURN_IF_ERROR(add_checkpoint_key(granted, host, now_s));
    return add_certificate(granted, granted.agent, now_s);
  });
  RETURN_IF_ERROR(done);
  ++changes_;
  const std::unique_lock known(known_mutex_);
  serials_[granted.serial] = false;
  agents_[granted.agent] = {host.machine_id, false};
  std::erase_if(checkpoint_keys_, [&](const auto& entry) {
    return entry.first == host.checkpoint_key && entry.second.machine_id == host.machine_id;
  });
  for (auto& [key, held] : checkpoint_keys_) {
    const bool is_its = held.machine_id == host.machine_id || held.agent == granted.agent;
    if (is_its && held.life.until_s == 0) held.life.until_s = now_s;
  }
  checkpoint_keys_.emplace(host.checkpoint_key,
                           KnownKey{granted.agent, host.machine_id, {now_s, 0}});
  return ok();
}

Status Registry::renewed(const Granted& granted, const Id& machine_id, int64_t now_s) {
  const std::lock_guard lock(mutex_);
  const Status done = database_.transaction([&]() -> Status {
    bool is_revoked = false;
    RETURN_IF_ERROR(database_.run("SELECT revoked_s FROM agents WHERE name = ?", {granted.agent},
                                  [&](const auto& row) { is_revoked = row.integer(0) != 0; }));
    if (is_revoked) return denied("the agent " + granted.agent + " has been revoked");
    // This file may be older than the enrolment: the CA knows the agent all the same.
    RETURN_IF_ERROR(database_.run(
        "INSERT OR IGNORE INTO agents(name, machine, labels, enrolled_s, enrolled_from, token) "
        "VALUES(?, ?, ?, ?, '', '')",
        {granted.agent, to_hex(machine_id), labels_text(granted.labels), now_s}));
    return add_certificate(granted, granted.agent, now_s);
  });
  RETURN_IF_ERROR(done);
  ++changes_;
  const std::unique_lock known(known_mutex_);
  serials_[granted.serial] = false;
  agents_.try_emplace(granted.agent, KnownAgent{machine_id, false});
  return ok();
}

Result<int64_t> Registry::certificates_since(const std::string& agent, int64_t since_s) {
  const std::lock_guard lock(mutex_);
  int64_t count = 0;
  RETURN_IF_ERROR(database_.run(
      "SELECT count(*) FROM certificates WHERE agent = ? AND issued_s > ?", {agent, since_s},
      [&](const DatabaseRow& row) { count = row.integer(0); }));
  return count;
}

Result<std::vector<Revocation>> Registry::revoke(const std::string& agent,
                                                 const std::string& reason, const std::string& by,
                                                 int64_t now_s) {
  const std::lock_guard lock(mutex_);
  std::vector<Revocation> out;
  const Status done = database_.transaction([&]() -> Status {
    RETURN_IF_ERROR(database_.run(
        "UPDATE agents SET revoked_s = ?, revoke_reason = ? WHERE name = ? AND revoked_s = 0",
        {now_s, reason, agent}));
    if (database_.changed() == 0) {
      return not_found("no agent that is not revoked already is called " + visible(agent) +
                       ": `spoor agents` names them");
    }
    RETURN_IF_ERROR(database_.run(
        "INSERT INTO revocations(serial, agent, time_s, reason, made_by) "
        "SELECT serial, agent, ?, ?, ? FROM certificates WHERE agent = ? AND serial NOT IN "
        "(SELECT serial FROM revocations)",
        {now_s, reason, by, agent}));
    return database_.run(
        "SELECT serial, agent, time_s, reason, made_by FROM revocations WHERE agent = ? AND "
        "time_s = ? ORDER BY serial",
        {agent, now_s}, [&](const DatabaseRow& row) { out.push_back(revocation_of(row)); });
  });
  RETURN_IF_ERROR(done);
  RETURN_IF_ERROR(load());
  return out;
}

Result<std::vector<AgentRecord>> Registry::agents() {
  const std::lock_guard lock(mutex_);
  std::vector<AgentRecord> out;
  Status damaged;
  RETURN_IF_ERROR(database_.run(
      "SELECT name, machine, labels, enrolled_s, enrolled_from, revoked_s, revoke_reason, "
      "(SELECT max(not_after_s) FROM certificates WHERE agent = name) FROM agents ORDER BY name",
      {}, [&](const DatabaseRow& row) {
        const auto machine = array_from_hex<16>(row.text(1));
        const auto labels = labels_from_text(row.text(2));
        if (!machine.is_ok() || !labels.is_ok()) {
          damaged = corrupt("state.db: the agent " + visible(row.text(0)));
          return;
        }
        out.push_back({row.text(0), *machine, *labels, row.integer(3), row.text(4),
                       row.integer(7), row.integer(5), row.text(6)});
      }));
  RETURN_IF_ERROR(damaged);
  return out;
}

Result<std::vector<Revocation>> Registry::untold() {
  const std::lock_guard lock(mutex_);
  std::vector<Revocation> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT serial, agent, time_s, reason, made_by FROM revocations WHERE told = 0 "
      "ORDER BY time_s, serial",
      {}, [&](const DatabaseRow& row) { out.push_back(revocation_of(row)); }));
  return out;
}

Status Registry::told(const Revocation& revocation) {
  const std::lock_guard lock(mutex_);
  return database_.run("UPDATE revocations SET told = 1 WHERE serial = ?", {revocation.serial});
}

Status Registry::keep_facts(const std::vector<KeptFacts>& facts) {
  const std::lock_guard lock(mutex_);
  return database_.transaction([&]() -> Status {
    for (const KeptFacts& one : facts) {
      RETURN_IF_ERROR(database_.run(
          "INSERT OR REPLACE INTO facts(agent, seen_ns, clock_offset_ns, counter, lost, "
          "frames_behind, version) VALUES(?, ?, ?, ?, ?, ?, ?)",
          {one.agent, one.seen_ns, one.clock_offset_ns, static_cast<int64_t>(one.counter),
           static_cast<int64_t>(one.lost), static_cast<int64_t>(one.frames_behind),
           one.version}));
    }
    return ok();
  });
}

Result<std::vector<KeptFacts>> Registry::kept_facts() {
  const std::lock_guard lock(mutex_);
  std::vector<KeptFacts> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT agent, seen_ns, clock_offset_ns, counter, lost, frames_behind, version FROM facts",
      {}, [&](const DatabaseRow& row) {
        out.push_back({row.text(0), row.integer(1), row.integer(2),
                       static_cast<uint64_t>(row.integer(3)),
                       static_cast<uint64_t>(row.integer(4)),
                       static_cast<uint64_t>(row.integer(5)), row.text(6)});
      }));
  return out;
}

Status Registry::keep_renamed(const std::string& agent, const std::vector<StreamHead>& heads) {
  const std::lock_guard lock(mutex_);
  return database_.transaction([&]() -> Status {
    for (const StreamHead& head : heads) {
      RETURN_IF_ERROR(database_.run(
          "INSERT OR REPLACE INTO renamed_streams(stream, agent, epoch, sequence) "
          "VALUES(?, ?, ?, ?)",
          {to_hex(head.stream), agent, static_cast<int64_t>(head.epoch),
           static_cast<int64_t>(head.sequence)}));
    }
    return ok();
  });
}

Result<std::map<Id, RenamedStream>> Registry::renamed() {
  const std::lock_guard lock(mutex_);
  std::map<Id, RenamedStream> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT stream, agent, epoch, sequence FROM renamed_streams", {}, [&](const auto& row) {
        const auto stream = array_from_hex<16>(row.text(0));
        if (!stream.is_ok()) return;
        out[*stream] = {row.text(1), static_cast<uint64_t>(row.integer(2)),
                        static_cast<uint64_t>(row.integer(3))};
      }));
  return out;
}

Status Registry::keep_looks(const CheckpointLooks& news) {
  const std::lock_guard lock(mutex_);
  return database_.transaction([&]() -> Status {
    for (const auto& [stream, from_s] : news.key_from_s) {
      RETURN_IF_ERROR(database_.run(
          "INSERT OR REPLACE INTO checkpoint_streams(stream, key_from_s) VALUES(?, ?)",
          {to_hex(stream), from_s}));
    }
    return database_.run("INSERT OR REPLACE INTO positions(name, number) VALUES(?, ?)",
                         {kCheckpoints, static_cast<int64_t>(news.until)});
  });
}

Result<CheckpointLooks> Registry::kept_looks() {
  ASSIGN_OR_RETURN(const int64_t until, position(kCheckpoints));
  CheckpointLooks out{static_cast<uint64_t>(until), {}};
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(database_.run("SELECT stream, key_from_s FROM checkpoint_streams", {},
                                [&](const auto& row) {
                                  const auto stream = array_from_hex<16>(row.text(0));
                                  if (stream.is_ok()) out.key_from_s[*stream] = row.integer(1);
                                }));
  return out;
}

Result<int64_t> Registry::position(const std::string& name) {
  const std::lock_guard lock(mutex_);
  int64_t number = 0;
  RETURN_IF_ERROR(database_.run("SELECT number FROM positions WHERE name = ?", {name},
                                [&](const DatabaseRow& row) { number = row.integer(0); }));
  return number;
}

Status Registry::set_position(const std::string& name, int64_t number) {
  const std::lock_guard lock(mutex_);
  return database_.run("INSERT OR REPLACE INTO positions(name, number) VALUES(?, ?)",
                       {name, number});
}

}  // namespace spoor::collector
