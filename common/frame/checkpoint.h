// What a checkpoint frame says: how far the writer's streams had come, under the writer's own
// signature. Whoever has stolen a disk or the log's key can rewrite chains, and not these.
// docs/frame.md has the bytes. Pure functions and values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/ed25519.h"
#include "common/frame/format.h"
#include "common/frame/writer.h"

namespace spoor {

struct Checkpoint {
  struct Stream {
    Id id{};
    ChainHead head;  // epoch 0: the stream is empty
  };
  int64_t time_ns = 0;  // by the writer's clock, since 1970 UTC
  PublicKey key{};      // the writer's
  std::array<Stream, kEventClasses> streams;  // by class number - 1; before the checkpoint itself
  Signature signature{};
};

inline constexpr size_t kCheckpointSize = 8 + 32 + kEventClasses * 64 + 64;

// The entry of the frame, signed by `key`, which it names.
Result<std::string> seal_checkpoint(Checkpoint checkpoint, const SigningKey& key);
// `corrupt` for another size. Says nothing about the signature.
Result<Checkpoint> decode_checkpoint(std::string_view entry);
// Whether the key that it names has signed it. Whose key that is, is known elsewhere.
bool is_signed(const Checkpoint& checkpoint);

}  // namespace spoor
