// Blocks in, events out. Proves every block against its roots; what does not verify, does not
// parse, is too large, was evicted on the host or is missing from the log becomes a Loss event in
// its place. Events are handed on as the bytes that frames have, and parsed for who wants them so.
//
// Keeps, by stream, the last sequence and order it saw, so that a hole shows whatever made it, and
// a frame that is in the log twice counts once. Used by one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "collector/model.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

class Decoder {
 public:
  // Takes a checkpoint, which is no event and whose signature is not looked at here.
  using OnCheckpoint = std::function<void(const LogEntry& entry, const Frame& checkpoint)>;

  // Takes an event, whose bytes are good until it returns. Its order; nothing: these bytes are no
  // event, and it takes a Loss instead.
  using Take = std::function<std::optional<uint64_t>(const FrameEvent& event)>;

  // `marks`: how far streams were decoded before; what comes is behind that.
  explicit Decoder(OnCheckpoint on_checkpoint = {}, std::span<const StreamMark> marks = {});

  // What the entry's block says.
  void decode(const LogEntry& entry, const Take& take);
  // The same, parsed, behind what is in `out`. The memory that it takes there, about. All events of
  // an entry lie in memory that goes with the last of them: who keeps one copies it.
  size_t decode(const LogEntry& entry, std::vector<IndexedEvent>& out);
  // How far that stream was; nullopt: there was nothing of it.
  std::optional<StreamMark> mark_of(const Id& stream) const;

 private:
  // The last frame seen of a stream. epoch 0: none.
  struct Seen {
    uint64_t epoch = 0;
    uint64_t sequence = 0;
    uint64_t order = 0;
  };
  // Whose events they are, and where they go.
  struct Sink {
    const LogEntry& entry;
    const Take& take;
  };

  void decode_frame(const Frame& frame, const Sink& sink);
  void decode_data(const Frame& frame, const Sink& sink);
  static void note_missing_checkpoints(const Frame& frame, const Seen& before, const Sink& sink);
  void decode_tombstone_frame(const Frame& frame, const Seen& before, const Sink& sink);
  // Losses for what should stand between the last frame seen and this one.
  void note_hole(const FrameHeader& header, const Seen& before, const Sink& sink);
  void give_up_block(const LogEntry& entry, const Status& why, const Sink& sink);
  void give_up_frame(const FrameHeader& header, const Sink& sink);
  static void advance(Seen& seen, const FrameHeader& header);

  OnCheckpoint on_checkpoint_;
  std::map<Id, Seen> seen_;
};

}  // namespace spoor::collector
