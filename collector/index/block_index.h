// The index on disk: blocks of events that never change again, a catalogue of them in SQLite, and
// the newest events in memory (docs/index.md, "The catalogue"). It answers as MemoryIndex does, but
// for what docs/index.md leaves to the log, and begins where it was sealed last.
//
//   apply ─► tail ─ seal ─► FOLDER/blocks/N.blk, synced ─► one transaction of FOLDER/index.db
//                                                          its commit, and a new tail: one step
//
// A question sees the catalogue's state and the tail of one moment, between two such steps.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "collector/index/block_cache.h"
#include "collector/index/catalogue.h"
#include "collector/index/catalogue_reader.h"
#include "collector/index/fair_history.h"
#include "collector/index/index.h"
#include "collector/index/index_tail.h"
#include "collector/index/limits.h"
#include "common/files.h"

namespace spoor::collector {

class BlockIndex final : public Index {
 public:
  struct Bounds {
    size_t tail_rows = kIndexTailRowsMax;
    size_t reader_bytes = kBlockReadersBytesMax;
  };

  // What is in the folder, which is made. `corrupt` where that is damaged, or of another log;
  // `denied`: it is a newer version's. Nobody else may have it open.
  static Result<std::unique_ptr<BlockIndex>> open(Files& files, const std::string& folder,
                                                  const LogName& log, Bounds bounds);
  static Result<std::unique_ptr<BlockIndex>> open(Files& files, const std::string& folder,
                                                  const LogName& log) {
    return open(files, folder, log, Bounds());
  }
  ~BlockIndex() override;

  Status apply(std::span<const IndexedEvent> events, Position from, Position to,
               std::span<const StreamMark> marks = {}) override;
  // What was applied is on disk. apply() does so when the tail is full. The thread that applies.
  Status seal();

  Position position() const override;
  std::vector<StreamMark> marks() const override { return marks_; }
  Status damage() const override;
  Result<std::vector<SessionSummary>> sessions(std::optional<After> after,
                                               size_t limit) const override;
  Result<std::vector<SessionRow>> sessions_by_uid(const Id& session_uid) const override;
  Result<std::vector<SessionRow>> sessions_named(const std::string& agent,
                                                 uint32_t ses) const override;
  Result<std::vector<SessionRow>> user_managers(const SessionRow& login) const override;
  Result<SessionEvents> session_events(const SessionKey& key) const override;
  Result<FoundUnits> search(const Query& query, const Newest& wanted, const Outside& outside,
                            const IsCancelled& is_cancelled) const override;
  Result<Shortfall> count(const Query& query, Histogram& histogram, const Outside& outside,
                          const IsCancelled& is_cancelled) const override;
  std::vector<IndexedEvent> own_events() const override;
  std::vector<IndexedEvent> failed_logins() const override;
  uint64_t events_total() const override;

 private:
  class Question;
  struct History {
    FairHistory events{kOwnEventsMax};
    uint64_t first_new = 0;          // number of the first that is not sealed
    std::vector<uint64_t> left_out;  // of those that are
  };
  struct WrittenBlocks {
    size_t rows = 0;  // of the tail, when they were written
    std::vector<uint64_t> numbers;
    std::vector<uint64_t> bytes;
    BlockHalves halves;
  };

  BlockIndex(Files& files, std::string folder, Bounds bounds, Catalogue catalogue,
             const Catalogue::Known& known);
  std::string blocks_folder() const { return folder_ + "/blocks"; }
  Status compare_files(const std::vector<SealedBlock>& blocks);

  Result<std::vector<std::optional<int64_t>>> sealed_first(
      std::span<const IndexedEvent> events);
  void add(const IndexTail::Added& added, std::optional<int64_t> sealed_first_ns);
  Status write_blocks();
  void add_history(HistoryKind kind, const History& history, Seal& seal) const;
  Status try_seal();
  void note_if_damaged(const Status& status) const;
  void note_lost_rows(const Status& status) const;

  // A question of all tables, with the index's own word on keys.
  template <typename Found, typename Ask>
  Result<Found> ask_all(const Query& query, const Outside& outside,
                        const IsCancelled& is_cancelled, const Ask& ask) const;
  template <typename Found, typename Ask>
  Result<Found> ask(const Ask& question) const;
  template <typename SealedKeys, typename TailKeys>
  Result<std::vector<SessionRow>> rows_of(const SealedKeys& sealed,
                                          const TailKeys& in_tail) const;

  Files& files_;
  const std::string folder_;
  const Bounds bounds_;
  const std::vector<StreamMark> marks_;

  // Of the thread that applies.
  Catalogue catalogue_;
  uint64_t next_block_ = 1;
  WrittenBlocks written_;
  Position sealed_;

  mutable CatalogueReaders readers_;
  mutable BlockCache cache_;

  mutable std::shared_mutex mutex_;
  Position position_;
  uint64_t events_total_ = 0;
  uint64_t seals_ = 0;
  std::unique_ptr<IndexTail> tail_;
  History own_, failed_logins_;

  mutable std::mutex damage_mutex_;
  mutable Status damage_;  // of the catalogue, or else of a block
  mutable bool has_marked_ = false;
};

}  // namespace spoor::collector
