// What one connection knows of one of its streams, and the judgement on what the agent sends next.
// Pure: no thread, no clock, no network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/limits.h"
#include "collector/model.h"
#include "common/frame/commit_note.h"
#include "common/frame/reader.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

// Why a connection ends, as the uplink is told.
struct Refusal {
  v1::Refuse::Code code = v1::Refuse::CODE_UNSPECIFIED;
  std::string text;
  uint64_t retry_after_ms = 0;
};

// A frame that is in the log, or on its way there.
struct RecentFrame {
  uint64_t epoch = 0;
  uint64_t last_sequence = 0;
  Hash chain{};  // the frame's own, a tombstone's too
};

// The last frames of a stream, newest last, at most kRecentFramesMax.
class RecentFrames {
 public:
  void add(const RecentFrame& frame);
  bool contains(const Hash& chain) const;
  // Whether the frame that held this sequence is among them.
  bool reaches(uint64_t epoch, uint64_t sequence) const;

 private:
  std::vector<RecentFrame> frames_;
};

// An epoch that the spool holds something of.
struct OfferedEpoch {
  uint64_t epoch = 0;
  Id nonce{};
  uint64_t last_sequence = 0;
};

// What Hello says of a stream.
struct StreamOffer {
  Id stream{};
  EventClass event_class = EventClass::access;
  // Present when the spool holds something: what its oldest frame follows.
  std::optional<Hash> chain_before;
  uint64_t previous_epoch = 0;
  uint64_t previous_sequence = 0;
  // Oldest first. The writer's, who judges them; a session has the newest one.
  std::vector<OfferedEpoch> epochs;
  uint64_t newest_epoch() const { return epochs.empty() ? 0 : epochs.back().epoch; }
  // A commit of this log and stream by its own words; the signature was not looked at.
  std::optional<CommitNote> last_commit;
};

struct StreamState {
  StreamOffer offer;
  StreamHead head;     // with what was accepted; epoch 0: nothing of it is known
  StreamHead durable;  // with what is committed
  RecentFrames recent;
  LatePoints points;   // where it stood lately
  uint64_t agent_epoch = 0;  // the greatest of all the agent's streams
  // What the agent is asked for behind Resume.
  CommitWish wish = CommitWish::none;
};

// What to do with a frame or a Skip.
struct Verdict {
  enum class Kind { accept, duplicate, refuse };
  Kind kind = Kind::refuse;
  StreamHead head;    // accept: the stream's head behind it
  Refusal refusal;    // refuse
};

// `tombstone` is given for frames of that kind.
Verdict judge_frame(const FrameHead& frame, const std::optional<Tombstone>& tombstone,
                    const StreamState& stream);

// A Skip as a sealed tombstone block, or why not.
struct SkipVerdict {
  Verdict verdict;
  std::string block;  // accept
  FrameHead frame;    // the tombstone's, once one was sealed
};
SkipVerdict judge_skip(const v1::Skip& skip, const StreamState& stream);

// The tombstone that a block of that kind holds; `corrupt`, or `full` when it is too large.
Result<Tombstone> open_tombstone(ByteView block);

}  // namespace spoor::collector
