// The one writer of the log. Takes what the connections handed over, writes it together, syncs
// once, and only then tells them. Owns the truth about where each stream stands.
//
// Used by one thread; nothing here waits, so that a simulation can drive it.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "collector/receive/intake.h"
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
  };

  // `intake` and `clock` outlive the writer.
  LogWriter(Intake& intake, WriteDurably write, const Clock& clock, std::vector<Known> known);

  // Writes one group of what waits. False when nothing waited.
  bool step();

 private:
  struct Stream {
    std::string agent;
    StreamHead head;
    RecentFrames recent;
  };

  StreamHead head_of(const Id& stream) const;
  void write(std::vector<QueuedItem> blocks);
  void answer(const std::shared_ptr<Peer>& peer, QueuedHello hello);
  bool bind(const QueuedHello& hello, std::string& agent, Refusal& refusal) const;
  void give_up(const std::shared_ptr<Peer>& peer, const Refusal& refusal);

  Intake& intake_;
  WriteDurably write_;
  const Clock& clock_;
  std::map<Id, Stream> streams_;
  bool failing_ = false;  // the last write failed: say it once
};

}  // namespace spoor::collector
