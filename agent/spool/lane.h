// One stream of the spool on disk: a row of segments, oldest first, of which the last may still
// grow, and behind it what could not be written.
//
// Invariants: the chain is unbroken; what could not be written is a tombstone, in memory until the
// disk takes it, never a hole; what was evicted is a tombstone in its place, durable before the
// frames go. The spool's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/spool/frame_run.h"
#include "common/clock.h"
#include "common/files.h"

namespace spoor::sim {
struct AgentMemory;
}

namespace spoor::agent {

struct Segment {
  std::string name;
  uint64_t bytes = 0;
  FrameRun run;
  int64_t written_ns = 0;  // boottime of the last frame; of a run before us, as far as known
  // Boottime at which this run learnt that all of it is committed; nullopt: it did not.
  std::optional<int64_t> committed_ns = {};
  // All that it holds is one tombstone.
  std::optional<Tombstone::Cause> tombstone = {};
  uint64_t missed = 0;  // events of which only tombstones speak
};

// Where a frame that ended there would be.
enum class PointPlace : uint8_t {
  ours,   // in our chain, with that value
  other,  // our chain has another value there, or no frame that ends there
  gone,   // before what we hold, or within a tombstone: nobody knows any more
  ahead,  // we have not come so far
};

class Lane {
 public:
  Lane(Files& files, const Clock& clock, EventClass event_class, std::string folder,
       uint64_t segment_bytes);
  Lane(Lane&&) noexcept;
  ~Lane();

  // What was found (agent/spool/lane_recovery.h), and who continues it.
  void begin(const Id& stream, std::deque<Segment> segments, const ChainHead& head);
  void begin_epoch(uint64_t epoch) { epoch_ = epoch; }

  EventClass event_class() const { return event_class_; }
  const std::string& folder() const { return folder_; }
  const Id& stream() const { return stream_; }
  const ChainHead& head() const { return head_; }  // of the last frame on disk
  const std::deque<Segment>& segments() const { return segments_; }
  uint64_t bytes() const { return bytes_; }

  // What waits is written first. A failure leaves the chain where it was: the frame is to be
  // missed.
  Status append(const SealedFrame& frame);
  // It will never be on disk; a tombstone says so. A checkpoint, which no tombstone can stand for,
  // waits with its bytes.
  void miss(const SealedFrame& frame, Tombstone::Cause cause);
  bool has_missing() const { return missing_ != nullptr; }
  Status write_missing();
  // Everything, or what is due: `access` at once, the rest after a second or a MiB. A failure stays
  // one until what was not synced has been written once more, which is tried each second.
  Status sync(bool all);
  bool is_synced() const { return unsynced_ == 0 && !must_sync_folder_; }

  // Up to and with the point; its chain value tells a checkpoint from the frame before it.
  void set_committed(const ChainHead& point);
  const ChainHead& committed() const { return committed_; }
  bool is_committed(const Segment& segment) const;
  Result<PointPlace> find(const ChainHead& point) const;

  // The oldest segment goes, if it is committed and not the one that holds the chain's head.
  bool drop_committed();
  // The oldest segment that is more than a tombstone becomes one. How many events were lost by it:
  // none of those that are committed. `not_found`: there is none.
  Result<uint64_t> evict_oldest(Tombstone::Cause cause);
  // The oldest segment that can be evicted; nullptr: none.
  const Segment* oldest_evictable() const;

  // Each block that ends after that frame, the oldest first.
  Status read_after(uint64_t epoch, uint64_t sequence,
                    const std::function<void(ByteView block)>& visit) const;

 private:
  friend struct sim::AgentMemory;  // a machine that is copied while it runs
  struct Missing;
  std::string path_of(const Segment& segment) const { return folder_ + "/" + segment.name; }
  static bool is_evictable(const Segment& segment);
  Status note_given_up(size_t at);
  uint64_t events_lost_with(const Segment& segment) const;
  Status write(const std::string& block, const FrameHeader& header, const Hash& previous_chain,
               const Hash& chain_after, std::optional<Tombstone::Cause> tombstone);
  Status open_segment(uint64_t first_sequence);
  void close_segment();
  bool may_sync() const;
  Status rewrite_segment();

  Files& files_;
  const Clock& clock_;
  EventClass event_class_;
  std::string folder_;
  uint64_t segment_bytes_;
  Id stream_{};
  uint64_t epoch_ = 0;
  ChainHead head_;
  std::deque<Segment> segments_;
  uint64_t bytes_ = 0;          // of all segments
  std::unique_ptr<File> file_;  // of the last segment, while that may grow
  uint64_t unsynced_ = 0;
  int64_t unsynced_since_ns_ = 0;
  // Of the open segment, and when: from then on no sync of this file is believed.
  Status sync_failure_;
  int64_t sync_failed_ns_ = 0;
  bool must_sync_folder_ = false;
  ChainHead committed_;
  std::unique_ptr<Missing> missing_;
  // Where the last frames ended, oldest first: commits speak of these, and need no disk.
  std::deque<ChainHead> recent_;
};

}  // namespace spoor::agent
