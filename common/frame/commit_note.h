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
//   new_epoch no            yes: the collector asks for a new epoch
//
// The format tells nothing about trust: the agent compares the chain value with its own.
#pragma once

#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/result.h"

namespace spoor {

inline constexpr size_t kCommitNoteBytesMax = 512;

struct CommitNote {
  Id log_id{};
  uint64_t log_generation = 0;
  Id stream{};
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  Hash chain{};
  int64_t time_ns = 0;
  std::string signature;  // raw bytes; empty: unsigned
  bool new_epoch = false;
};

std::string encode_commit_note(const CommitNote& note);
// `invalid` for anything but exactly these lines in this order.
Result<CommitNote> decode_commit_note(std::string_view text);

}  // namespace spoor
