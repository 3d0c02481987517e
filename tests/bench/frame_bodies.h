// What the generators of delivery ship: frames of events that recordings (tests/golden/records)
// gave when they went through the agent's own stages. Events are mixed over all recordings by a
// fixed seed, so that frames differ and each run ships the same bytes.
//
// Sealing costs more than receiving. A body is sealed once; a frame of it differs in its place in
// the stream alone, and is proven by its own chain value and CRC like any other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/frame/writer.h"

namespace spoor::bench {

// One sealed block; what lies behind its frame's head is shared by all frames made of it.
struct FrameBody {
  SealedFrame frame;
  Salt salt{};
  size_t events = 0;
  size_t text_bytes = 0;  // of the kernel's records; what those of an event share, once
};

class FrameBodies {
 public:
  // `count` bodies of `events` events each, or as many as a frame takes. Aborts where a recording
  // cannot be read.
  FrameBodies(const std::string& folder, size_t count, size_t events);

  const FrameBody& at(size_t number) const { return bodies_[number % bodies_.size()]; }
  const std::vector<FrameBody>& all() const { return bodies_; }

 private:
  std::vector<FrameBody> bodies_;
};

// A stream of class `command` that makes its frames from bodies: frame k is always the same.
class FrameStream {
 public:
  FrameStream(const FrameBodies& bodies, uint64_t seed);

  // A block on its way: its own head, and a body that lives as long as the bodies do.
  struct Block {
    std::string head;
    std::string_view body;
    uint64_t last_sequence = 0;
    size_t events = 0;
    size_t size() const { return head.size() + body.size(); }
  };
  Block next();
  // Goes on behind the frame that ended with `sequence`; 0: from the beginning. False where no
  // frame ends there, or with another chain value.
  bool rewind(uint64_t sequence, const Hash& chain);

  const Id& id() const { return id_; }
  const Id& nonce() const { return nonce_; }
  // Of the last frame made.
  uint64_t sequence() const { return sequence_; }

 private:
  struct Mark {
    uint64_t frame = 0, sequence = 0;
    Hash chain{};
  };

  const FrameBodies* bodies_;
  Id id_{}, nonce_{};
  uint64_t seed_ = 0;
  uint64_t frame_ = 0, sequence_ = 0;
  Hash chain_{};
  std::vector<Mark> marks_;  // where frames ended, at most kMarksMax of them
};

}  // namespace spoor::bench
