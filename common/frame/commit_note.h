// The narrow way back over the border: what the uplink leaves in one small file a stream, for the
// agent to read. Text of `key value` lines, at most 512 bytes, so that a person can read it too:
//
//   spoor-commit 1
//   log 0123…               the collector's log id, 32 hex digits
//   generation 1
//   stream 4567…
//   epoch 3
//   sequence 4711           everything up to here is on the collector's disk
//   chain 89ab…             the chain value there, 64 hex digits
//   time 1700000000000000000
//   signature none          Ed25519 by the log's key in hex, or none over a Unix socket
//   wish none               what the collector asks for: none, new_epoch or new_streams
//   machine cdef…           with a wish: the machine that it was told to, 32 hex digits
//
// A log never takes back what it says of a generation; a greater generation may say less, since the
// log came back older than it was. The signature is over commit_signing_bytes(). The format tells
// nothing about trust: the agent checks the signature, and compares the chain value with its own.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/result.h"

namespace spoor {

inline constexpr size_t kCommitNoteBytesMax = 512;

// What the log asks of the writer, beside telling where it stands. The note's point and chain value
// are then where the writer's own stream has to go on from.
enum class CommitWish : uint8_t {
  none = 0,
  new_epoch = 1,    // the streams went apart (a fork, a host rolled back): go on in a new epoch
  new_streams = 2,  // another host uses this identity (a clone): go on with streams of your own
};

struct CommitNote {
  Id log_id{};
  uint64_t log_generation = 0;
  Id stream{};
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  Hash chain{};
  int64_t time_ns = 0;
  std::string signature;  // raw bytes; empty: unsigned
  CommitWish wish = CommitWish::none;
  Id machine_id{};  // with a wish: the one that it is for. A stranger is told wishes, too
};

// What a log signs: every field but the signature, fixed in length and order, little endian, behind
// a text that no other signature of ours begins with; the machine with a wish alone.
std::string commit_signing_bytes(const CommitNote& note);

std::string encode_commit_note(const CommitNote& note);
// `invalid` for anything but exactly these lines in this order.
Result<CommitNote> decode_commit_note(std::string_view text);

}  // namespace spoor
