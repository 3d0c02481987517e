// Who the agents are: names, machines, labels, certificates, streams, and what was revoked. The
// collector's view, kept in state.db; the CA has its own list of what it issued (authority.h).
//
// A command line may write to the same file while the collector runs (`agents revoke`): refresh()
// sees that. Every change is on disk when the call returns. Thread-safe; standing() takes no disk.
// Times are seconds since 1970 UTC.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "collector/identity/authority.h"
#include "collector/state/database.h"

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

  Result<std::vector<std::string>> revoked_agents_of(const Id& machine_id);

  struct Enrolled {
    Id machine_id{};
    std::string address;
    std::string checkpoint_key;  // 32 bytes
  };
  Status enrolled(const Granted& granted, const Enrolled& host, int64_t now_s);
  // `denied` when the agent has been revoked meanwhile.
  Status renewed(const Granted& granted, const Id& machine_id, int64_t now_s);
  // Every certificate of the agent. `not_found`: none of that name, or revoked already.
  Result<std::vector<Revocation>> revoke(const std::string& agent, const std::string& reason,
                                         const std::string& by, int64_t now_s);
  // The first agent that brings a stream has it; returns whose it is.
  Result<std::string> stream_owner(const Id& stream, const std::string& agent, int64_t now_s);

  // In the order of their names.
  Result<std::vector<AgentRecord>> agents();
  std::optional<std::string> checkpoint_key(const std::string& agent);
  // Reads what another process has changed, if it did.
  Status refresh();
  // Revocations of which no event was made yet; and: it was.
  Result<std::vector<Revocation>> untold();
  Status told(const Revocation& revocation);
  // For who asks after a restart, before the agent has spoken again.
  Status keep_facts(const std::vector<KeptFacts>& facts);
  Result<std::vector<KeptFacts>> kept_facts();
  // A number that outlives the process: how far something was read. 0 at first.
  Result<int64_t> position(const std::string& name);
  Status set_position(const std::string& name, int64_t number);

 private:
  explicit Registry(Database database) : database_(std::move(database)) {}
  Status load();
  Status add_certificate(const Granted& granted, const std::string& agent, int64_t now_s);

  std::mutex mutex_;  // the database's
  Database database_;
  mutable std::shared_mutex known_mutex_;
  std::map<std::string, bool> serials_;  // true: revoked
  std::map<std::string, bool> agents_;
};

}  // namespace spoor::collector
