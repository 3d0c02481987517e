// The border between privilege and network: sealed frames on disk, one folder a class, for the
// uplink to read. Append-only segments; a segment goes when the collector has committed all of it,
// or becomes a tombstone when there is no room. docs/spool.md tells the rules.
//
//   FOLDER/streams                     the four stream ids, made once; frames name theirs, too
//   FOLDER/epoch                       number and nonce of the writer's epoch
//   FOLDER/believed                    whose commits count (agent/spool/commit_belief.h)
//   FOLDER/mark                        the loss ledger's mark (agent/correlate/loss_ledger.h)
//   FOLDER/<class>/<epoch>-<first sequence>.seg
//   FOLDER/<class>/wish, fork          what the log asked for (agent/spool/fork.h)
//   FOLDER/forked/                     what the log can never take, for people
//                                      (agent/spool/forked_segments.h)
//
// Invariants: the chain of a stream is unbroken on disk; what could not be written or kept is a
// tombstone, never a hole. Opening cuts a torn tail and begins a new epoch. One thread at a time.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/spool/commit_belief.h"
#include "agent/spool/eviction.h"
#include "agent/spool/fork.h"
#include "agent/spool/forked_segments.h"
#include "agent/spool/lane.h"
#include "agent/spool/login_room.h"
#include "common/agent_status.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/folder_lock.h"
#include "common/frame/commit_note.h"
#include "common/frame/format.h"
#include "common/frame/writer.h"

namespace spoor::sim {
struct AgentMemory;
}

namespace spoor::agent {

struct SpoolConfig {
  std::string folder;
  uint64_t bytes_max = 1ull << 30;
  uint64_t segment_bytes = 8ull << 20;
  int64_t keep_committed_ns = 24ll * 3600 * kNsPerSecond;
  int64_t age_max_ns = std::numeric_limits<int64_t>::max();
};

class Spool {
 public:
  struct Stream {
    Id id{};
    ChainHead head;  // the last frame on disk
  };

  // Recovers what is there and begins a new epoch, durable before this returns (unless the disk is
  // full). `lock` keeps other writers out while the spool lives; tests on a disk in memory have
  // none.
  static Result<std::unique_ptr<Spool>> open(Files& files, const Clock& clock, SpoolConfig config,
                                             std::optional<FolderLock> lock = std::nullopt);

  uint64_t epoch() const { return epoch_; }
  const Id& nonce() const { return nonce_; }
  // Our epoch is on disk. A full one may have to wait for it; until then nothing is shipped.
  bool has_begun() const { return is_epoch_written_; }
  Stream stream(EventClass c) const { return {lane(c).stream(), lane(c).head()}; }
  // Bytes of all segments, also of those that were set aside and not committed.
  uint64_t bytes() const { return eviction_.bytes(); }
  uint64_t bytes_set_aside() const { return forked_.bytes(); }
  uint64_t bytes_max() const { return config_.bytes_max; }

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
  // It would have nothing to do.
  bool is_settled() const;
  // Marks frames as committed, where the note is of the log that is trusted, of its newest
  // generation, and our own chain has the same value at that point; else `denied`, and nothing
  // goes. A greater generation may say less than was said: what is beyond is uncommitted again.
  // What the note wishes is written down to be followed by the next start: once.
  Status commit(EventClass c, const CommitNote& note,
                const std::optional<Trust>& trust = std::nullopt);
  // A wish waits for that.
  bool wants_restart() const { return wants_restart_; }
  // What was lost when wishes were followed, and is in no event yet, as far as is known.
  std::vector<std::pair<EventClass, ForkLoss>> untold_losses() const;
  // They are in events that are on disk.
  Status losses_told();

  // Removes committed segments that are due, evicts what is too old, and mends the file of stream
  // ids, which the uplink reads. What keeps it from that, and what was damaged, shows in
  // take_state().
  void reclaim();
  // Events given up in this run, by eviction or since they could not be written, that were not
  // committed.
  uint64_t events_lost() const { return eviction_.events_lost() + events_missed_; }

  // How writing went since the last call: `full` where it took giving up what is not committed.
  SpoolState take_state();

  // Each block of a stream that ends after that frame, the oldest first.
  Status read_after(EventClass c, uint64_t epoch, uint64_t sequence,
                    const std::function<void(ByteView block)>& visit) const {
    return lane(c).read_after(epoch, sequence, visit);
  }
  // The mark of the run before, if there is one.
  Result<std::string> previous_mark();

 private:
  friend struct sim::AgentMemory;  // a machine that is copied while it runs
  Spool(Files& files, const Clock& clock, SpoolConfig config);
  using Ids = std::array<Id, kEventClasses>;
  using Found = std::array<LaneFound, kEventClasses>;
  Ids recover_ids(const Found& found);
  Status keep_ids();
  Status recover_lanes();
  Status recover_epoch();
  Status write_epoch();
  struct Plan {
    bool is_anew = false;  // all streams begin anew
    std::array<bool, kEventClasses> waits{};
  };
  Result<Plan> plan_forks(const Ids& ids, const Found& found);
  Status follow_wishes(Ids& ids, Found& found);
  bool is_untold(size_t i) const;
  Status ask(Lane& lane, const CommitNote& note);
  Status write_frame(Lane& lane, const SealedFrame& frame);
  Lane& lane(EventClass c) { return lanes_[static_cast<size_t>(c) - 1]; }
  const Lane& lane(EventClass c) const { return lanes_[static_cast<size_t>(c) - 1]; }

  Files& files_;
  const Clock& clock_;
  SpoolConfig config_;
  uint64_t epoch_ = 0;
  bool is_epoch_written_ = false;
  Id nonce_{};
  std::array<Lane, kEventClasses> lanes_;
  ForkedSegments forked_;
  LoginRoom room_;
  Eviction eviction_;
  std::optional<CommitBelief> belief_;  // from open() on
  std::array<std::optional<Fork>, kEventClasses> forks_;
  bool wants_restart_ = false;
  uint64_t events_missed_ = 0;
  SpoolState state_ = SpoolState::ok;
  std::unique_ptr<File> mark_;
  std::optional<FolderLock> lock_;
};

}  // namespace spoor::agent
