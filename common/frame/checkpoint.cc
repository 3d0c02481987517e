#include "common/frame/checkpoint.h"

#include <algorithm>

namespace spoor {
namespace {

// What is signed begins with a text that no other signature of ours begins with.
constexpr std::string_view kPurpose("spoor checkpoint 1\0", 19);

std::string encode_unsigned(const Checkpoint& checkpoint) {
  std::string out;
  append_le(out, checkpoint.time_ns);
  out += as_text(checkpoint.key);
  for (const Checkpoint::Stream& stream : checkpoint.streams) {
    out += as_text(stream.id);
    append_le(out, stream.head.epoch);
    append_le(out, stream.head.sequence);
    out += as_text(stream.head.chain);
  }
  return out;
}

std::string signing_bytes(const Checkpoint& checkpoint) {
  return std::string(kPurpose) + encode_unsigned(checkpoint);
}

template <size_t N>
const uint8_t* take(const uint8_t* from, std::array<uint8_t, N>& into) {
  std::copy(from, from + N, into.begin());
  return from + N;
}

}  // namespace

Result<std::string> seal_checkpoint(Checkpoint checkpoint, const SigningKey& key) {
  checkpoint.key = key.public_key();
  const std::string bytes = signing_bytes(checkpoint);
  ASSIGN_OR_RETURN(const Signature signature, key.sign(as_bytes(bytes)));
  return encode_unsigned(checkpoint) + std::string(as_text(signature));
}

Result<Checkpoint> decode_checkpoint(std::string_view entry) {
  if (entry.size() != kCheckpointSize) return corrupt("checkpoint: wrong size");
  Checkpoint out;
  const uint8_t* at = as_bytes(entry).data();
  out.time_ns = load_le<int64_t>(at);
  at = take(at + 8, out.key);
  for (Checkpoint::Stream& stream : out.streams) {
    at = take(at, stream.id);
    stream.head.epoch = load_le<uint64_t>(at);
    stream.head.sequence = load_le<uint64_t>(at + 8);
    at = take(at + 16, stream.head.chain);
  }
  take(at, out.signature);
  return out;
}

bool is_signed(const Checkpoint& checkpoint) {
  const std::string bytes = signing_bytes(checkpoint);
  return is_signed_by(checkpoint.key, as_bytes(bytes), checkpoint.signature);
}

}  // namespace spoor
