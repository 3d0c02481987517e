// The one writer of the log. Takes what the connections handed over, writes it together, syncs
// once, and only then tells them. Owns the truth about where each stream stands, judges where a
// host and the log went apart, and writes the collector's own events.
//
// A disk that is full or refuses stops commits, never data: agents keep their frames and are told
// to come back. Then the ballast goes, so that the collector can say so; nothing is taken before
// there is room for the ballast again.
//
// Used by one thread; nothing here waits, so that a simulation can drive it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "collector/receive/conflict.h"
#include "collector/receive/intake.h"
#include "collector/receive/journal.h"
#include "collector/receive/log_door.h"
#include "collector/receive/stream_allowance.h"
#include "common/clock.h"

namespace spoor::collector {

class LogWriter {
 public:
  // Ok: all entries are on disk. Otherwise: none is in the log, and it may be tried again.
  using WriteDurably = std::function<Status(std::span<const NewEntry>)>;
  // A stream's head in the log at start, and the agent it belongs to.
  struct Known {
    std::string agent;
    StreamHead head;
    PastEpochs past = {};
    LatePoints points = {};
  };

  // `intake`, `clock` and `journal` outlive the writer; without a journal what the collector has to
  // tell is only logged.
  LogWriter(Intake& intake, WriteDurably write, const Clock& clock, std::vector<Known> known,
            LogDoor door = {}, Journal* journal = nullptr);

  // Writes one group of what waits. False when nothing waited, or nothing could be done.
  bool step();
  // How long step() has nothing to do if nobody comes.
  int64_t patience_ns() const;

 private:
  struct Stream {
    std::string agent;
    StreamHead head;
    PastEpochs past;
    LatePoints points;
    RecentFrames recent;
    std::shared_ptr<const Speaker> speaker;  // who wrote last, since the start
    Boots boots;
    ConflictCount conflicts;
    ConflictCount strangers;  // Hellos of others' certificates, which count for themselves
  };
  enum class Disk : uint8_t { writable, full, failing };

  StreamHead head_of(const Id& stream) const;
  void write(std::vector<QueuedItem> blocks);
  void take(std::span<const std::pair<QueuedItem*, RecentFrame>> taken,
            std::span<const NewEntry> entries);
  bool tell_due();
  bool write_own();
  void answer(const std::shared_ptr<Peer>& peer, QueuedHello hello);
  Status follow_name(const QueuedHello& hello);
  bool bind(const QueuedHello& hello, std::string& agent, Refusal& refusal) const;
  bool catch_up_generation(const std::shared_ptr<Peer>& peer, const QueuedHello& hello);
  void tell_rollback(const Speaker& speaker, const CommitNote& note);
  CommitWish judge(Stream& stream, const Speaker& speaker, const StreamOffer& offer);
  CommitWish tell(Stream& stream, const Speaker& speaker, uint64_t newest_epoch,
                  v1::StreamConflict conflict);
  void give_up(const std::shared_ptr<Peer>& peer, const Refusal& refusal);
  void set_disk(Disk disk);
  void note_failure(const Status& why);
  void try_disk();
  void watch_clock();
  void tell(v1::CollectorState::Change change, std::string detail, int64_t count = 0);

  Intake& intake_;
  WriteDurably write_;
  const Clock& clock_;
  LogDoor door_;
  Journal* const journal_;
  std::map<Id, Stream> streams_;
  // Who waits with commits, and until when (boottime): all wait as long, so that the first is due
  // first.
  std::deque<std::pair<int64_t, std::weak_ptr<Peer>>> waiting_;
  StreamAllowance allowance_;
  Disk disk_ = Disk::writable;
  int64_t disk_tried_ns_ = 0;    // boottime
  int64_t came_due_ns_ = 0;      // boottime; nobody who left another log is told of before
  int64_t clock_offset_ns_ = 0;  // realtime less boottime, when last looked at
};

}  // namespace spoor::collector
