// Gathers facts into frames, one open frame a class, and seals each when it is full or old enough.
// From here on events are bytes: nobody encodes them again. Capture thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "agent/encode/event_proto.h"
#include "agent/model.h"
#include "common/ed25519.h"
#include "common/frame/section_packer.h"
#include "common/frame/writer.h"

namespace spoor::agent {

// What a writer needs to know of its streams, as the spool says when it opens.
struct WriterPlace {
  uint64_t epoch = 1;
  Id nonce{};
  struct Stream {
    Id id{};
    ChainHead head;  // the last frame on disk, of this or an earlier epoch
  };
  std::array<Stream, kEventClasses> streams;  // by class number - 1
};

// A sealed frame and how many audit serials are accounted for by it: those of its events, and those
// that its losses count.
struct EncodedFrame {
  SealedFrame frame;
  uint64_t serials = 0;
};

// How long a frame stays open at least: it closes at the next tick, of which there is one every
// 25 ms. A short window costs bytes, since few events share one compression; a long one costs
// latency.
struct FrameWindows {
  int64_t access_ns = 40 * kNsPerMs;
  int64_t command_ns = 250 * kNsPerMs;
  // Of commands, once there are many.
  int64_t busy_command_ns = 20 * kNsPerMs;
  size_t busy_command_events = 64;
  int64_t other_ns = 1'000 * kNsPerMs;
};

class Encoder {
 public:
  Encoder(const Host& host, const WriterPlace& place, std::function<void(EncodedFrame&&)> sink);
  ~Encoder();

  void set_windows(const FrameWindows& windows) { windows_ = windows; }
  // `now` starts a frame's window: a fact may be older than that.
  void add(const Fact& fact, Instant now);
  // Seals what is due.
  void tick(Instant now);
  // Seals everything.
  void flush();
  // Signs how far the streams have come, if one has come further since it was last asked: a frame
  // of the access stream. What is open is in none of it.
  void checkpoint(const SigningKey& key, Instant now);
  // The least audit serial in an open frame (serials wrap: least by modular order).
  std::optional<uint32_t> least_open_serial() const;

 private:
  struct OpenFrame;
  void seal(OpenFrame& open);
  FrameWriter::Place place_of(const OpenFrame& open) const;
  int64_t window_ns(EventClass event_class, size_t entries) const;

  EventProto proto_;
  SectionPacker packer_;
  uint64_t epoch_;
  Id nonce_;
  std::function<void(EncodedFrame&&)> sink_;
  std::array<std::unique_ptr<OpenFrame>, kEventClasses> open_;
  FrameWindows windows_;
  bool sealed_since_checkpoint_ = false;
};

}  // namespace spoor::agent
