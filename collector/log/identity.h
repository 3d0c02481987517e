// Which log this is, in two files of its folder:
//
//   identity   id, generation, salt of the entries' headers, public key; text, for people too
//   key        the private Ed25519 key that signs its commits, PKCS#8 PEM, mode 0600
//
// The id and the key are made once and never change; without the key that `identity` names nothing
// is opened, since agents believe no other. The generation grows when the log came back older than
// a commit that it had given (docs/uplink.md). Used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/ed25519.h"
#include "common/files.h"

namespace spoor::collector {

struct StoredIdentity {
  Id id{};
  uint64_t generation = 1;
  uint32_t salt = 0;
  std::optional<PublicKey> key;  // absent: written by a version that did not sign
};

std::string print_identity(const StoredIdentity& identity);
// `corrupt` for anything but what print_identity() prints.
Result<StoredIdentity> parse_identity(std::string_view text);

struct OpenedIdentity {
  StoredIdentity stored;
  std::shared_ptr<const SigningKey> key;
};
// Reads both files, and makes what a new log lacks; a key that lies there already is taken.
// `corrupt` when there are segments and no `identity`, or when the key is not the one it names.
Result<OpenedIdentity> open_identity(Files& files, const std::string& folder, bool has_segments);
// Replaces `identity`, durably.
Status write_identity(Files& files, const std::string& folder, const StoredIdentity& identity);

}  // namespace spoor::collector
