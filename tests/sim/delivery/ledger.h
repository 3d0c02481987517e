// The simulation's own memory of what is true: every frame that a host sealed, every entry that the
// log took, every point that was promised; and the judgement of each against the others. It reads
// the log's own files, and believes nothing that the programs under test say of themselves.
// One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/log/cursor.h"
#include "common/frame/reader.h"
#include "common/frame/writer.h"
#include "spoor/v1/event.pb.h"
#include "tests/sim/delivery/tally.h"

namespace spoor::sim {

class Ledger {
 public:
  explicit Ledger(Tally& tally) : tally_(tally) { tally_.expect(kToldAgain); }

  // What went wrong first; empty: nothing yet.
  const std::string& failure() const { return failure_; }
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
  }

  // ---- what hosts do
  void sealed(const SealedFrame& frame);
  // A spool was opened: of this stream all up to `head` is there, and nothing behind it will ever
  // come. `at_least`: what had been synced before; nullopt: bits were flipped, or the like.
  void reopened(const Id& stream, const ChainHead& head, const std::optional<ChainHead>& at_least);
  void new_epoch(const Id& stream, uint64_t epoch);
  // It tells once more of what it set aside: it did not come to know that it was told.
  void told_again() { tally_.count(kToldAgain); }
  // A bit of what the spool has of it was flipped.
  void damaged(const Id& stream) { damaged_.insert(stream); }
  bool was_damaged(const Id& stream) const { return damaged_.contains(stream); }
  // The power failed, or a sync did: there may be a hole in what was not synced.
  void unsynced(const Id& stream) { unsynced_.insert(stream); }
  bool may_have_holes(const Id& stream) const { return unsynced_.contains(stream); }
  // Two hosts write it from here on, or one that has forgotten what it wrote: there is more than
  // one history of it, and the log holds one.
  void contested(const Id& stream) { contested_.insert(stream); }
  // The log has asked for a new epoch: what its agent goes on from is the log's point.
  void asked(const Id& stream) { asked_.insert(stream); }

  // ---- what the log does
  // The log was opened, after a crash or for the first time: all of it is read again.
  void log_opened(collector::Log& log);
  // The log was written: what is new is read.
  void log_grew();
  // An older log is put in its place: promises behind it are void, and only then.
  void log_restored() {
    promised_.clear();
    ++restores_;
  }
  bool was_restored() const { return restores_ > 0; }
  // A host was answered that shows a promise of the log's generation: the log holds it, as far back
  // as it knows for certain.
  void shown(const Id& stream, uint64_t epoch, uint64_t sequence, const Hash& chain);
  // A CommitPoint left the collector.
  void promised(const Id& stream, uint64_t epoch, uint64_t sequence, const Hash& chain);

  // ---- at the end
  // Everything that the spools have had is in the log, or told as lost.
  void account();
  bool log_has(const Id& stream, const ChainHead& head) const;
  // The frame, or a tombstone that speaks of all of it.
  bool log_tells(const FrameHead& frame) const;

 private:
  struct Sealed {
    uint64_t first = 0, last = 0;
    Hash chain{};
    size_t block = 0;  // a hash of its bytes
  };
  struct Epoch {
    std::multimap<uint64_t, Sealed> frames;  // by first sequence
    uint64_t kept = UINT64_MAX;         // of what was sealed, up to here reached the disk for good
  };
  struct Logged {
    uint64_t epoch = 0, first = 0, last = 0;
    Hash chain{};  // behind it
    bool is_skip = false;  // told by the uplink
    bool is_tombstone = false;
  };
  struct Stream {
    std::map<uint64_t, Epoch> epochs;
    std::vector<Logged> log;
  };

  bool is_one_history(const Id& stream) const {
    return !contested_.contains(stream) && !asked_.contains(stream);
  }
  void read();
  void judge(const collector::LogEntry& entry);
  void judge_own(const std::string& block);
  void judge_fork(const v1::StreamConflict& conflict);
  void judge_order(const Id& stream, const FrameHead& frame, const Logged& next);
  void judge_content(const Id& stream, const FrameHead& frame, const std::string& block);
  void judge_tombstone(const Id& stream, const FrameHead& frame, const Tombstone& tombstone);
  bool begins_with_skip(const Id& stream, uint64_t after) const;
  void account_epoch(const Id& stream, uint64_t number, const Epoch& epoch);

  static constexpr const char* kToldAgain = "what was set aside, told again after a crash";

  Tally& tally_;
  std::string failure_;
  std::map<Id, Stream> streams_;
  std::map<Id, ChainHead> promised_;
  std::set<Id> damaged_;
  std::set<Id> unsynced_;
  std::set<Id> contested_;
  std::set<Id> asked_;
  uint64_t restores_ = 0;
  std::set<uint64_t> generations_;  // that the log says it began
  std::optional<collector::LogCursor> cursor_;
};

}  // namespace spoor::sim
