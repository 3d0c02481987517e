// Whose commits this host believes: one log, by its key. Written by enrolment, as root; the uplink,
// which brings the commits, cannot write it. Text of `key value` lines:
//
//   spoor-trust 1
//   log 0123…               the log's id, 32 hex digits
//   key 89ab…               its Ed25519 key, 64 hex digits
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ed25519.h"
#include "common/frame/commit_note.h"

namespace spoor::agent {

inline constexpr size_t kTrustBytesMax = 512;

struct Trust {
  Id log_id{};
  PublicKey key{};
  Id machine_id{};  // this one; not in the file
};

std::string encode_trust(const Trust& trust);
// `invalid` for anything but exactly these lines in this order.
Result<Trust> decode_trust(std::string_view text);

// `denied` for a note of another log, or without that log's signature over all that it says; and
// for a wish that the log told to another machine, which may have asked for it with our streams.
Status check_signature(const CommitNote& note, const Trust& trust);

// The file of it, whose owner must be `owner_uid` (root) and the only one who can write it.
class TrustFile {
 public:
  // `machine_id`: this machine's.
  TrustFile(std::string path, const Id& machine_id, uint32_t owner_uid = 0)
      : path_(std::move(path)), machine_id_(machine_id), owner_uid_(owner_uid) {}

  // nullopt: there is none, and commits need no signature. A file that cannot be read, or that is
  // not as it should be, is an error: then no commit is to be believed. Never blocks.
  Result<std::optional<Trust>> read() const;

 private:
  std::string path_;
  Id machine_id_;
  uint32_t owner_uid_;
};

}  // namespace spoor::agent
