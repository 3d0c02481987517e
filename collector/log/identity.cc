#include "collector/log/identity.h"

#include "common/key_lines.h"

namespace spoor::collector {

namespace {

constexpr size_t kIdentityBytesMax = 4096;
constexpr size_t kKeyBytesMax = 4096;

std::string identity_path(const std::string& folder) { return folder + "/identity"; }
std::string key_path(const std::string& folder) { return folder + "/key"; }

Result<StoredIdentity> read_lines(std::string_view text) {
  StoredIdentity out;
  KeyLines lines(text, "a log's identity");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor"));
  if (version != "log 1") return invalid("a log's identity of another version");
  RETURN_IF_ERROR(lines.take_hex("id", out.id));
  RETURN_IF_ERROR(lines.take_number("generation", out.generation));
  std::array<uint8_t, 4> salt{};
  RETURN_IF_ERROR(lines.take_hex("salt", salt));
  out.salt = load_le<uint32_t>(salt.data());
  if (lines.end().is_ok()) return out;
  RETURN_IF_ERROR(lines.take_hex("key", out.key.emplace()));
  RETURN_IF_ERROR(lines.end());
  return out;
}

// Made before `identity` names it, so that a crash between the two leaves a key to take.
Result<SigningKey> open_key(Files& files, const std::string& folder, bool may_make) {
  const Result<std::string> pem = read_file(files, key_path(folder), kKeyBytesMax);
  if (pem.is_ok()) return SigningKey::from_pem(*pem);
  if (pem.code() != Code::not_found) return pem.status();
  if (!may_make)
    return corrupt("the file `key` is missing, and agents believe no other key; put it back from "
                   "the backup");
  ASSIGN_OR_RETURN(SigningKey made, SigningKey::generate());
  ASSIGN_OR_RETURN(const std::string text, made.to_pem());
  RETURN_IF_ERROR(write_secret_file(files, key_path(folder), text));
  return made;
}

}  // namespace

std::string print_identity(const StoredIdentity& identity) {
  std::string salt;
  append_le(salt, identity.salt);
  std::string text = "spoor log 1\nid " + to_hex(identity.id) + "\ngeneration " +
                     std::to_string(identity.generation) + "\nsalt " + to_hex(as_bytes(salt)) +
                     "\n";
  if (identity.key) text += "key " + to_hex(*identity.key) + "\n";
  return text;
}

Result<StoredIdentity> parse_identity(std::string_view text) {
  const Result<StoredIdentity> out = read_lines(text);
  // What does not print as it was read has been changed by somebody.
  if (!out.is_ok() || print_identity(*out) != text)
    return corrupt("the file `identity` is not one that this program wrote");
  return *out;
}

Result<OpenedIdentity> open_identity(Files& files, const std::string& folder, bool has_segments) {
  OpenedIdentity out;
  const Result<std::string> text = read_file(files, identity_path(folder), kIdentityBytesMax);
  const bool is_new = text.code() == Code::not_found;
  if (is_new && has_segments)
    return corrupt("there are segments but no file `identity`; put it back from the backup");
  if (is_new) {
    const Id secret = random_id();
    out.stored = {random_id(), 1, load_le<uint32_t>(secret.data()), std::nullopt};
  } else {
    RETURN_IF_ERROR(text.status());
    ASSIGN_OR_RETURN(out.stored, parse_identity(*text));
  }
  ASSIGN_OR_RETURN(SigningKey key, open_key(files, folder, !out.stored.key));
  if (out.stored.key && *out.stored.key != key.public_key())
    return corrupt("the file `key` is not the key that the file `identity` names");
  if (!out.stored.key) {
    out.stored.key = key.public_key();
    RETURN_IF_ERROR(write_identity(files, folder, out.stored));
  }
  out.key = std::make_shared<const SigningKey>(std::move(key));
  return out;
}

Status write_identity(Files& files, const std::string& folder, const StoredIdentity& identity) {
  return write_file(files, identity_path(folder), print_identity(identity));
}

}  // namespace spoor::collector
