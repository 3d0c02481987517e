// Looks at the checkpoints that agents sign (docs/frame.md), as the follower comes upon them in the
// log: by a key with which the agent was enrolled, at a time at which that was its key, of the very
// place where it stands. What does not hold is told; the frame is in the log, and stays there.
//
// An agent writes one a minute. Of a stream that has more of them in the log only so many are
// looked at, a burst and then one a second of the time in which they came; a checkpoint says all
// that those before it said. What a run before has looked at is not looked at again: by which key
// each stream went on is kept (Registry::keep_looks). Used by one thread, but for take_news().
#pragma once

#include <functional>
#include <map>
#include <mutex>
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

  // `registry` outlives it. `before`: what a run before has looked at.
  CheckpointJudge(const Registry& registry, CheckpointLooks before, OnBad on_bad)
      : registry_(registry), on_bad_(std::move(on_bad)), looked_until_(before.until),
        key_from_s_(std::move(before.key_from_s)) {
    news_.until = before.until;
  }

  // `checkpoint` is one of that entry's frames.
  void look(const LogEntry& entry, const Frame& checkpoint);
  // What is new since it was taken; to be kept. Any thread.
  CheckpointLooks take_news();

 private:
  bool is_due(const Id& stream, int64_t received_ns);
  std::string fault_of(const LogEntry& entry, const Frame& frame);
  std::string fault_of_key(const std::string& agent, const Checkpoint& checkpoint,
                           const Id& stream);

  const Registry& registry_;
  const OnBad on_bad_;
  uint64_t looked_until_;
  std::map<Id, int64_t> free_at_ns_;  // when all that a stream was looked at is forgiven
  std::map<Id, int64_t> key_from_s_;  // of the newest key by which a stream was signed
  std::mutex mutex_;
  CheckpointLooks news_;
};

}  // namespace spoor::collector
