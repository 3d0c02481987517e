// Looks at the checkpoints that agents sign (docs/frame.md), as the follower comes upon them in the
// log: by a key with which the agent was enrolled, at a time at which that was its key, of the very
// place where it stands. What does not hold is told; the frame is in the log, and stays there.
//
// An agent writes one a minute. Of a stream that has more of them in the log only so many are
// looked at, a burst and then one a second of the time in which they came; a checkpoint says all
// that those before it said. What a run before has looked at is not told again; by which key each
// stream went on is learnt from it. Used by one thread, but for looked_until().
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>

#include "collector/identity/registry.h"
#include "collector/model.h"
#include "common/frame/checkpoint.h"
#include "common/frame/reader.h"

namespace spoor::collector {

class CheckpointJudge {
 public:
  // `why` says the same of the same fault.
  using OnBad = std::function<void(const std::string& agent, const std::string& why)>;

  // `registry` outlives it. `looked_until`: the log's entry up to which a run before has looked.
  CheckpointJudge(const Registry& registry, uint64_t looked_until, OnBad on_bad)
      : registry_(registry), begin_(looked_until), on_bad_(std::move(on_bad)),
        looked_until_(looked_until) {}

  // `checkpoint` is one of that entry's frames.
  void look(const LogEntry& entry, const Frame& checkpoint);
  // Any thread.
  uint64_t looked_until() const { return looked_until_; }

 private:
  struct Stream {
    int64_t free_at_ns = 0;          // when all that it was looked at is forgiven
    int64_t key_from_s = 0;          // the newest key's by which it was signed
  };

  void recall(const LogEntry& entry, const Frame& checkpoint, Stream& stream) const;
  static bool is_due(Stream& stream, int64_t received_ns);
  std::string fault_of(const LogEntry& entry, const Frame& frame, Stream& stream) const;
  std::string fault_of_key(const std::string& agent, const Checkpoint& checkpoint,
                           Stream& stream) const;

  const Registry& registry_;
  const uint64_t begin_;
  const OnBad on_bad_;
  std::atomic<uint64_t> looked_until_;
  std::map<Id, Stream> streams_;
};

}  // namespace spoor::collector
