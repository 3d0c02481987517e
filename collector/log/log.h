// The log: the truth, of which everything else is a view. Append-only, one total order.
//
//   folder/identity, folder/key               which log it is (identity.h)
//   folder/access/00000000000000000001.log    segments by class; the number in the name is not
//   folder/command/00000000000000000002.log   above that of the segment's first entry
//   folder/command/00000000000000000001.sealed  one that was sealed since (log_keeper.h)
//
// Invariants: entry numbers grow over all classes, in each file and for good; an entry is shown to
// a reader, and its stream's head told to an agent, only once it is on disk with all before it.
//
// After a crash any file may lack the tail of what was not synced, each a different one, so that
// entry 7 may be gone while 8, in another file, is there. Both are lawful: neither was promised to
// anybody, a stream lives in one file only, so that its frames still follow one another, and what
// is missing is sent again under a new number. Hence the rule of open(): damage that an intact
// entry follows in its file is stepped over; behind the last intact entry the log ends, and what
// stands there is moved beside the segment, as evidence: to `…log.damaged` where a number that was
// synced (`synced through` of any entry says so) is in no file, else to `…log.cut`: a crash leaves
// that. Nothing is appended to any class before: a number that a later entry calls synced must be
// in the log.
//
// One thread appends and syncs; cursors and the const methods are for any thread; one more seals
// what is behind the last segments, in whose place nobody else writes.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "collector/limits.h"
#include "collector/log/identity.h"
#include "collector/log/segment_name.h"
#include "collector/model.h"
#include "common/files.h"

namespace spoor::collector {

class LogCursor;

// A stream's place at the end of the log, and whose it is.
struct KnownStream {
  std::string agent;
  StreamHead head;
  PastEpochs past;
  LatePoints points;  // where it stood lately
};

class Log {
 public:
  // Opens or creates. `files` outlives the log. `corrupt` when segments are there and their
  // identity is not. The folder must be locked by the caller (FolderLock).
  static Result<std::unique_ptr<Log>> open(Files& files, std::string folder,
                                           uint64_t segment_bytes_max = kSegmentBytesMax);

  const Id& id() const { return identity_.id; }
  uint64_t generation() const { return identity_.generation; }  // the writer's thread
  // Signs the log's commits.
  const std::shared_ptr<const SigningKey>& key() const { return key_; }
  // Where the streams stood when the log was opened.
  const std::vector<KnownStream>& opened_with() const { return opened_with_; }

  // Writes entries behind those that wait for sync(). After a failure of either call nothing
  // that was not synced is in the log any more, and the next append may be tried at once; while the
  // disk refuses even to forget, append goes on failing.
  Status append(std::span<const NewEntry> entries);
  // What was appended is on disk and visible once this returns ok.
  Status sync();

  // The log's generation is at least this from here on, durably, once this returns ok.
  Status raise_generation(uint64_t generation);

  Position synced() const;
  // Bytes of its segments on disk. They become fewer where one is sealed.
  uint64_t bytes() const;
  // How many of these are behind `position`: 0 only where nothing is; of the segment in which it
  // lies by its numbers alone.
  uint64_t bytes_behind(Position position) const;
  // What was dropped of the class has numbers below this one; 1: nothing was.
  uint64_t first_kept(EventClass event_class) const;
  // Waits until there are entries behind `position`; false when `stop` was asked for.
  bool wait_beyond(Position position, std::stop_token stop) const;
  // A reader of what is behind `after`. The log outlives it.
  LogCursor read_after(Position after) const;

 private:
  friend class LogCursor;
  friend class LogKeeper;
  friend class LogRecovery;
  friend class LogRetention;

  struct Segment {
    uint64_t first = 0;  // no entry in it has a lower number
    uint64_t bytes = 0;  // synced
    int64_t day = -1;    // UTC day of the first entry; -1: none yet, or not the last segment
    SegmentForm form = SegmentForm::plain;
    bool is_lost = false;      // sealed, and nothing says what it holds
    bool is_dropped = false;   // stands for what was dropped, up to the next segment
    uint64_t plain_bytes = 0;  // sealed while the log was open: what it had before
  };
  // One class's files. `segments` is guarded by mutex_; the rest is the writer's.
  struct ClassFiles {
    std::string folder;
    std::vector<Segment> segments;
    std::unique_ptr<File> file;  // the last segment; null: not open
    uint64_t appended = 0;       // bytes behind the synced ones
    bool new_file = false;       // the folder needs a sync too
    // Where the bytes behind the synced ones go, which are no part of the log; empty: none there.
    std::string tail_goes_to;
    std::string pending;         // bytes of the append under way
  };

  Log(Files& files, std::string folder, uint64_t segment_bytes_max);
  static std::string segment_path(const ClassFiles& files, const Segment& segment);
  ClassFiles& of(EventClass c) { return classes_[static_cast<size_t>(c) - 1]; }
  std::optional<Segment> last_of(const ClassFiles& files) const;
  Status write_pending(ClassFiles& files, int64_t day);
  Status open_segment(ClassFiles& files, int64_t day);
  Status roll_back();
  Status cut_tails();

  Files& disk_;
  const std::string folder_;
  const uint64_t segment_bytes_max_;
  StoredIdentity identity_;
  std::shared_ptr<const SigningKey> key_;
  std::vector<KnownStream> opened_with_;

  uint64_t next_number_ = 1;  // the writer's
  bool must_roll_back_ = false;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any grown_;
  std::array<ClassFiles, kEventClasses> classes_;
  uint64_t synced_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace spoor::collector
