// The newest events: those that are not sealed yet. Rows of them, class by class, and what they say
// of sessions, losses and boots. What was sealed before is asked for by whoever puts both together
// (block_index.h).
//
// One thread adds; whoever asks meanwhile holds a lock that keeps it from doing so. add_rows() goes
// on all the same: what it changes is read by nobody else.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "collector/blocks/open_block.h"
#include "collector/index/catalogue.h"
#include "collector/index/index.h"
#include "collector/index/row_maker.h"
#include "collector/index/session_part.h"

namespace spoor::collector {

class IndexTail {
 public:
  // Rows of one class; as many blocks of it as are needed.
  struct Block {
    explicit Block(EventClass of) : rows(of) { about.event_class = of; }
    OpenBlock rows;
    SealedBlock about;  // without number and bytes
  };
  struct RowPlace {
    uint32_t block = 0, row = 0;
  };
  struct Session {
    SessionPart part;
    std::set<uint32_t> logins;
    std::optional<int64_t> sealed_first_ns;
    std::vector<RowPlace> rows;
    // What has its place in the list by us, not by what is sealed.
    bool is_placed_here() const {
      return !sealed_first_ns || part.row.first_ns < *sealed_first_ns;
    }
  };
  // An event with its place, and as its row tells it if it is kept by itself.
  struct Added {
    const IndexedEvent* event = nullptr;
    RowPlace place;
    std::optional<IndexedEvent> kept;
  };

  explicit IndexTail(size_t rows_max) : rows_max_(rows_max) {}

  // Time to seal it.
  bool is_full() const;
  size_t rows() const { return rows_; }

  // The rows of some events; nobody sees them yet, and `mutex` is held only while a block begins.
  std::vector<Added> add_rows(std::span<const IndexedEvent> events, std::shared_mutex& mutex);
  // What an event says beside its row. `sealed_first_ns`: of its session, if it is new here.
  void add(const Added& added, std::optional<int64_t> sealed_first_ns);
  void add(const StreamMark& mark) { marks_[mark.stream] = mark; }

  const std::vector<std::shared_ptr<Block>>& blocks() const { return blocks_; }
  const std::map<SessionKey, Session>& sessions() const { return sessions_; }
  const Session* session(const SessionKey& key) const;
  // Those that have their place by us, behind `after`.
  std::vector<Index::After> starts(const std::optional<Index::After>& after, size_t limit) const;
  std::vector<SessionKey> keys_of(const Id& session_uid) const;
  std::vector<SessionKey> keys_named(const std::string& agent, uint32_t ses) const;
  std::vector<SessionKey> managers_of(const std::string& agent, uint32_t ses) const;
  const EpochBoots& boots(const std::string& agent) const;
  const std::vector<IndexedEvent>& losses(const std::string& agent) const;

  // For the seal, but for position, histories and the blocks' numbers and sizes. Views us.
  Seal seal(const std::vector<uint64_t>& block_numbers) const;

 private:
  bool needs_block(EventClass event_class) const;
  void begin_block(EventClass event_class);
  Added add_row(const IndexedEvent& event);
  void add_to_session(const Added& added, std::optional<int64_t> sealed_first_ns);

  const size_t rows_max_;
  size_t rows_ = 0;
  size_t bytes_ = 0;         // of what is kept beside rows, about
  bool has_second_ = false;  // a class has more than one block
  RowMaker maker_;
  std::string wire_;  // of the event at hand
  std::vector<std::shared_ptr<Block>> blocks_;
  std::array<std::optional<uint32_t>, kEventClasses + 1> open_;  // of each class, of these
  std::map<SessionKey, Session> sessions_;
  std::set<std::pair<int64_t, SessionKey>> by_time_;  // newest_first; those placed here
  std::map<std::string, std::vector<IndexedEvent>> losses_;
  std::map<std::string, EpochBoots> boots_;
  std::map<Id, StreamMark> marks_;
};

}  // namespace spoor::collector
