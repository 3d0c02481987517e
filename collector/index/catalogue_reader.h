// Questions to the catalogue (catalogue.h): a connection of its own, on which what is asked between
// begin() and end() is answered from one state, whatever is sealed meanwhile.
//
// One thread at a time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/index/catalogue.h"
#include "collector/index/index.h"

namespace spoor::collector {

class CatalogueReader {
 public:
  static Result<CatalogueReader> open(const std::string& path);

  // From here on it sees what is sealed by now: so many seals.
  Result<uint64_t> begin();
  void end();

  // Sessions by their place in the list (Index::sessions).
  Result<std::vector<Index::After>> starts(const std::optional<Index::After>& after, size_t limit);
  // Agents that have a session with this uid.
  Result<std::vector<SessionKey>> keys_of(const Id& session_uid);
  // Parts of which may have that number, or say that they are that login's user manager.
  Result<std::vector<SessionKey>> keys_named(const std::string& agent, uint32_t ses);
  Result<std::vector<SessionKey>> managers_of(const std::string& agent, uint32_t ses);

  // The parts of a session one after the other, added up: of each its place, and with
  // `with_summary` all of it. nullopt: none. A part that cannot be read is left out, and counted.
  Result<std::optional<SessionPart>> session(const SessionKey& key, bool with_summary,
                                             Missing& missing);
  // Of epochs of an agent, and of the last one there is.
  Result<EpochBoots> boots(const std::string& agent, uint64_t first_epoch, uint64_t last_epoch);
  // Those that can touch a session of these epochs.
  Result<std::vector<LossPlace>> losses(const std::string& agent, uint64_t first_epoch,
                                        uint64_t last_epoch);
  Result<std::vector<IndexedEvent>> loss_events(const std::string& agent, const SessionPart& part,
                                                Missing& missing);
  // nullopt: its class is not kept any more.
  Result<std::optional<SealedBlock>> block(uint64_t number);
  // All there are.
  Result<std::vector<SealedBlock>> blocks();
  // What of a block's commands is in other blocks; and a sealed half that waits for this one.
  Result<HalvesElsewhere> halves_of(uint64_t block) { return read_halves(database_, block); }
  Result<std::optional<WaitingHalf>> waiting_for(const CommandHalf& half) {
    return collector::waiting_for(database_, half);
  }

 private:
  explicit CatalogueReader(Database database) : database_(std::move(database)) {}
  Result<std::vector<SessionKey>> keys(std::string_view sql, const std::vector<Value>& values);

  Database database_;
};

// Connections that wait. Thread-safe.
class CatalogueReaders {
 public:
  explicit CatalogueReaders(std::string path) : path_(std::move(path)) {}

  Result<std::unique_ptr<CatalogueReader>> take();
  // One that has not failed.
  void give_back(std::unique_ptr<CatalogueReader> reader);

 private:
  const std::string path_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CatalogueReader>> waiting_;  // at most kCatalogueReadersMax
};

}  // namespace spoor::collector
