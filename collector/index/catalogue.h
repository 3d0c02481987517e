// The catalogue of the index's blocks, in SQLite: what is on disk beside the rows themselves, and
// how far the log has been read. A seal is one transaction, and with it the position moves: so a
// crash leaves what was before, or what is behind it. docs/index.md says what stands where.
//
// This is the writer's side; catalogue_reader.h is for questions. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/index/half_catalogue.h"
#include "collector/index/session_part.h"
#include "collector/model.h"
#include "collector/state/database.h"

namespace spoor::collector {

// Of which log an index is.
struct LogName {
  Id id{};
  uint64_t generation = 0;
  bool operator==(const LogName&) const = default;
};

struct SealedBlock {
  uint64_t number = 0;  // of its file
  EventClass event_class = EventClass::access;
  uint64_t rows = 0, bytes = 0;
  uint64_t least_ms = 0, greatest_ms = 0;
  uint64_t first_entry = 0, last_entry = 0;
};

// What a session did since the last seal.
struct SealedPart {
  SessionKey key;
  const SessionPart* part = nullptr;
  std::vector<RowRange> rows;
  const std::set<uint32_t>* logins = nullptr;  // of which it says to be the user manager's
  std::optional<int64_t> sealed_first_ns;      // by the seals before; nullopt: it is in none
};

// Histories of events (fair_history.h).
enum class HistoryKind : uint8_t { own = 1, failed_logins = 2 };
struct HistoryEvent {
  HistoryKind kind = HistoryKind::own;
  uint64_t number = 0;
  std::string whose;
  IndexedEvent event;
};

// All that a seal brings.
struct Seal {
  Position position;
  uint64_t events_total = 0;
  std::vector<SealedBlock> blocks;
  std::vector<SealedPart> parts;
  std::vector<IndexedEvent> losses;
  std::map<std::string, EpochBoots> boots;  // by agent
  std::vector<HistoryEvent> history;
  std::vector<std::pair<HistoryKind, uint64_t>> left_out;  // of the history that was there
  std::vector<StreamMark> marks;
  BlockHalves halves;  // of commands, that are not in one block
};

class Catalogue {
 public:
  // With the codes of Database::open; `corrupt` where it is of another log.
  static Result<Catalogue> open(const std::string& path, const LogName& log);

  struct Known {
    Position position;
    uint64_t seals = 0, events_total = 0;
    std::vector<SealedBlock> blocks;
    std::vector<HistoryEvent> history;
    std::vector<StreamMark> marks;
  };
  Result<Known> known();
  // By the seals; nullopt: none has the session.
  Result<std::optional<int64_t>> first_ns_of(const SessionKey& key);
  // `before_commit`: what is told by then is either there when this returns, or not at all.
  Status write(uint64_t seal_number, const Seal& seal, const std::function<void()>& before_commit);
  // Brings what was written into the file itself; costs time, and nobody waits for it.
  Status tidy_up();

 private:
  explicit Catalogue(Database database) : database_(std::move(database)) {}
  Status check_log(const LogName& log);
  Status write_blocks(uint64_t seal_number, const Seal& seal);
  Status write_part(uint64_t seal_number, const SealedPart& part);
  Status write_rest(const Seal& seal);

  Database database_;
};

// SQLite's numbers have a sign: these are in the order of ours.
constexpr int64_t ordered(uint64_t number) {
  return static_cast<int64_t>(number ^ uint64_t{1} << 63);
}
constexpr uint64_t from_ordered(int64_t number) {
  return static_cast<uint64_t>(number) ^ uint64_t{1} << 63;
}
// Later times first, whatever their sign.
constexpr int64_t newest_first(int64_t time_ns) { return ~time_ns; }

}  // namespace spoor::collector
