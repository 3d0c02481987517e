// The border between privilege and network: sealed frames on disk, one folder a class, for the
// uplink to read. Append-only segments; a segment goes when the collector has committed all of it.
//
//   FOLDER/streams                     the four stream ids, made once
//   FOLDER/epoch                       number and nonce of the writer's epoch
//   FOLDER/mark                        the loss ledger's mark (agent/correlate/loss_ledger.h)
//   FOLDER/<class>/<epoch>-<first sequence>.seg
//
// Invariants: the chain of a stream is unbroken on disk; what could not be written is a tombstone,
// never a hole. Opening cuts a torn tail and begins a new epoch. One thread at a time.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/files.h"
#include "common/folder_lock.h"
#include "common/frame/commit_note.h"
#include "common/frame/format.h"
#include "common/frame/writer.h"

namespace spoor::agent {

struct SpoolConfig {
  std::string folder;
  uint64_t bytes_max = 1ull << 30;
  uint64_t segment_bytes = 8ull << 20;
  // A committed segment is kept this long while the spool is under half full: it is the collector's
  // insurance, and bounds what a false commit can do.
  int64_t keep_committed_ns = 24ll * 3600 * kNsPerSecond;
};

class Spool {
 public:
  struct Stream {
    Id id{};
    ChainHead head;  // the last frame on disk
  };

  // Recovers what is there and begins a new epoch, durable before this returns. `lock` keeps other
  // writers out while the spool lives; tests on a disk in memory have none.
  static Result<std::unique_ptr<Spool>> open(Files& files, const Clock& clock, SpoolConfig config,
                                             std::optional<FolderLock> lock = std::nullopt);
  ~Spool();

  uint64_t epoch() const { return epoch_; }
  const Id& nonce() const { return nonce_; }
  const Stream& stream(EventClass c) const { return lanes_[static_cast<size_t>(c) - 1].stream; }
  // Bytes of all segments.
  uint64_t bytes() const;

  // Takes the next frame of its stream. A frame without block (the queue was full), or one that the
  // disk does not take, becomes part of a tombstone that is written as soon as that works; so this
  // fails (`full`, `unavailable`) without breaking the chain, and the caller goes on.
  Status append(const SealedFrame& frame);
  // Replaces the ledger's mark. Not synced: it matters after a crash of the process, not of the
  // host, since serials begin anew at boot.
  Status write_mark(std::string_view mark);
  // Frames that no file speaks of yet: their tombstone waits for room.
  bool has_missing() const;
  // Writes waiting tombstones, and syncs what is due: `access` at once, the rest after a second or
  // a MiB; everything if `all`.
  Status sync(bool all);
  // Marks frames as committed. Believed only where our own chain has the same value at that point:
  // else `denied`, and nothing goes.
  Status commit(EventClass c, const CommitNote& note);
  // Removes committed segments that are due.
  void reclaim();

  // Each block of a stream that ends after that frame, the oldest first.
  Status read_after(EventClass c, uint64_t epoch, uint64_t sequence,
                    const std::function<void(ByteView block)>& visit) const;
  // The mark of the run before, if there is one.
  Result<std::string> previous_mark();

 private:
  struct Segment {
    std::string name;
    uint64_t bytes = 0;
    uint64_t last_epoch = 0, last_sequence = 0;
    int64_t closed_ns = 0;  // realtime; 0: still open
  };
  struct Missing;  // frames that could not be written: the tombstone to be
  struct Lane {
    Lane();
    Lane(Lane&&) noexcept;
    ~Lane();
    EventClass event_class = EventClass::access;
    std::string folder;
    Stream stream;
    std::deque<Segment> segments;  // oldest first; the last may be open
    std::unique_ptr<File> file;    // of the last segment
    uint64_t unsynced = 0;
    int64_t unsynced_since_ns = 0;
    uint64_t committed_epoch = 0, committed_sequence = 0;
    std::unique_ptr<Missing> missing;
    // Where the last frames ended, oldest first: commits speak of these, and need no disk.
    std::deque<ChainHead> recent;
  };

  Spool(Files& files, const Clock& clock, SpoolConfig config);
  Status recover_streams();
  Status recover_epoch();
  Status recover_lane(Lane& lane);
  Result<bool> recover_segment(Lane& lane, Segment& segment);
  bool make_room(const Lane& lane, uint64_t bytes);
  Status write_block(Lane& lane, const std::string& block, uint64_t first_sequence);
  Status open_segment(Lane& lane, uint64_t first_sequence);
  void close_segment(Lane& lane);
  Status write_missing(Lane& lane);
  void note_missing(Lane& lane, const SealedFrame& frame, Tombstone::Cause cause);
  void advance(Lane& lane, const ChainHead& head);
  Result<bool> own_chain_has(const Lane& lane, const CommitNote& note);

  Files& files_;
  const Clock& clock_;
  SpoolConfig config_;
  uint64_t epoch_ = 0;
  Id nonce_{};
  std::array<Lane, kEventClasses> lanes_;
  std::unique_ptr<File> mark_;
  std::optional<FolderLock> lock_;
};

}  // namespace spoor::agent
