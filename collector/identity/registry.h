// Who the agents are: names, machines, labels, certificates, keys, and what was revoked. The
// collector's view, kept in state.db; the CA has its own list of what it issued (authority.h).
//
// A command line may write to the same file while the collector runs (`agents revoke`): refresh()
// sees that. Every change is on disk when the call returns. Thread-safe; standing() takes no disk.
// Times are seconds since 1970 UTC.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "collector/identity/authority.h"
#include "collector/model.h"
#include "collector/state/database.h"
#include "common/ed25519.h"

namespace spoor::collector {

struct AgentRecord {
  std::string name;
  Id machine_id{};
  Labels labels;
  int64_t enrolled_s = 0;
  std::string enrolled_from;      // address
  int64_t certificate_until_s = 0;  // of the newest one
  int64_t revoked_s = 0;          // 0: not
  std::string revoke_reason;
};

struct Revocation {
  std::string serial;
  std::string agent;
  int64_t time_s = 0;
  std::string reason;
  std::string by;
};

// What was known of an agent when it was heard last.
struct KeptFacts {
  std::string agent;
  int64_t seen_ns = 0;            // collector's clock
  int64_t clock_offset_ns = 0;
  uint64_t counter = 0;
  uint64_t lost = 0;
  uint64_t frames_behind = 0;
  std::string version;
};

// For how long a key has signed an agent's checkpoints.
struct CheckpointKey {
  int64_t from_s = 0;   // the enrolment
  int64_t until_s = 0;  // the next one; 0: there was none
};

// A stream that went on under another name than its frames so far have in the log.
struct RenamedStream {
  std::string agent;
  uint64_t epoch = 0;  // where the stream stood in the log then
  uint64_t sequence = 0;
  // Whether the log, which is there with it, has nothing of it from after that.
  bool is_newer_than(const StreamHead& in_log) const;
};

// How far checkpoints in the log were looked at (checkpoint_judge.h).
struct CheckpointLooks {
  uint64_t until = 0;  // the log's entry
  // By stream, since when the newest key counts by which one of it was signed.
  std::map<Id, int64_t> key_from_s;
};

class Registry {
 public:
  static Result<std::unique_ptr<Registry>> open(const std::string& path);

  enum class Standing : uint8_t {
    good,
    revoked,
    unknown,  // signed by our CA and not in this list: this file is older than the certificate
  };
  // Of a certificate, by its serial in hex.
  Standing standing(const std::string& serial) const;
  // Of an agent whose certificate is unknown: whether its name was revoked.
  bool is_revoked(const std::string& agent) const;
  // Whether this machine had the name until it was revoked, and nobody else was given it since.
  bool was_name_of(const std::string& former, const Id& machine_id) const;
  bool is_enrolled(const std::string& agent) const;
  // Of the keys with which the agent, or its machine under another name, was enrolled.
  std::optional<CheckpointKey> checkpoint_key(const std::string& agent, const PublicKey& key) const;

  Result<std::vector<std::string>> revoked_agents_of(const Id& machine_id);

  struct Enrolled {
    Id machine_id{};
    std::string address;
    std::string checkpoint_key;  // 32 bytes
  };
  Status enrolled(const Granted& granted, const Enrolled& host, int64_t now_s);
  // `denied` when the agent has been revoked meanwhile.
  Status renewed(const Granted& granted, const Id& machine_id, int64_t now_s);
  // How many the agent was given after that time.
  Result<int64_t> certificates_since(const std::string& agent, int64_t since_s);
  // Every certificate of the agent. `not_found`: none of that name, or revoked already.
  Result<std::vector<Revocation>> revoke(const std::string& agent, const std::string& reason,
                                         const std::string& by, int64_t now_s);

  // In the order of their names. All of them are read: changes() says whether that is worth it.
  Result<std::vector<AgentRecord>> agents();
  // Grows with each change of that list.
  uint64_t changes() const { return changes_; }
  // Reads what another process has changed, if it did.
  Status refresh();
  // Revocations of which no event was made yet; and: it was.
  Result<std::vector<Revocation>> untold();
  Status told(const Revocation& revocation);
  // For who asks after a restart, before the agent has spoken again.
  Status keep_facts(const std::vector<KeptFacts>& facts);
  Result<std::vector<KeptFacts>> kept_facts();
  // The streams with these heads in the log go on as this agent's; and: all that ever did.
  Status keep_renamed(const std::string& agent, const std::vector<StreamHead>& heads);
  Result<std::map<Id, RenamedStream>> renamed();
  // Those of `news` beside what was kept.
  Status keep_looks(const CheckpointLooks& news);
  Result<CheckpointLooks> kept_looks();
  // A number that outlives the process: how far something was read. 0 at first.
  Result<int64_t> position(const std::string& name);
  Status set_position(const std::string& name, int64_t number);

 private:
  struct KnownAgent {
    Id machine_id{};
    bool is_revoked = false;
  };
  struct KnownKey {
    std::string agent;
    Id machine_id{};
    CheckpointKey life;
  };

  explicit Registry(Database database) : database_(std::move(database)) {}
  Status load();
  Status load_if_changed();
  Status add_checkpoint_key(const Granted& granted, const Enrolled& host, int64_t now_s);
  Status add_certificate(const Granted& granted, const std::string& agent, int64_t now_s);

  std::mutex mutex_;  // the database's
  Database database_;
  std::atomic<uint64_t> changes_ = 0;
  mutable std::shared_mutex known_mutex_;
  std::map<std::string, bool> serials_;  // true: revoked
  std::map<std::string, KnownAgent> agents_;
  std::multimap<std::string, KnownKey> checkpoint_keys_;  // by their 32 bytes
};

}  // namespace spoor::collector
