// What the collector itself has to tell (a start, a full disk, a conflict) as events of a stream of
// its own, under the name `collector`, in the same log as all others and through the same writer.
//
// Events wait here until they are on disk: while the disk refuses, at most kJournalEventsMax of
// them; how many found no place is told afterwards. The stream's id comes from the log's; each run
// of the collector is an epoch, which goes on where the log ended.
//
// Thread-safe, but seal() and written(), which are the log writer's.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "collector/limits.h"
#include "collector/model.h"
#include "common/clock.h"
#include "common/frame/writer.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

class Journal {
 public:
  // `at_end`: where the stream ends in the log; nullptr when it is not there yet. `clock` outlives
  // the journal.
  Journal(const Id& log, const StreamHead* at_end, const Clock& clock);
  // The stream's id in that log.
  static Id stream_of(const Id& log);

  // Called after each add(), without a lock held: the writer has something to do.
  void on_added(std::function<void()> added) { added_ = std::move(added); }
  // Keeps the event; its order, time and origin are set here. Any thread.
  void add(v1::Event event);
  bool is_empty() const;

  // What waits, as one entry for the log; nullopt when nothing does. Until written() says that it
  // is on disk the next call gives the same events again.
  std::optional<NewEntry> seal();
  void written();

 private:
  void keep(v1::Event event, Instant now);

  const Clock& clock_;
  std::function<void()> added_;
  mutable std::mutex mutex_;
  std::deque<v1::Event> events_;
  uint64_t order_ = 0;
  uint64_t dropped_ = 0;
  // The writer's.
  StreamHead head_;         // in the log
  StreamHead sealed_head_;  // behind what seal() gave last
  size_t sealed_ = 0;       // events in it
  const uint64_t epoch_;
  const Id nonce_;
};

}  // namespace spoor::collector
