#include "agent/spool/trust.h"

#include "agent/spool/small_file.h"
#include "common/key_lines.h"

namespace spoor::agent {

std::string encode_trust(const Trust& trust) {
  return "spoor-trust 1\nlog " + to_hex(trust.log_id) + "\nkey " + to_hex(trust.key) + "\n";
}

Result<Trust> decode_trust(std::string_view text) {
  if (text.size() > kTrustBytesMax) return invalid("a trust file over 512 bytes");
  Trust trust;
  KeyLines lines(text, "a trust file");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-trust"));
  if (version != "1") return invalid("a trust file of another version");
  RETURN_IF_ERROR(lines.take_hex("log", trust.log_id));
  RETURN_IF_ERROR(lines.take_hex("key", trust.key));
  RETURN_IF_ERROR(lines.end());
  return trust;
}

Status check_signature(const CommitNote& note, const Trust& trust) {
  if (note.log_id != trust.log_id) {
    return denied("a commit of the log " + to_hex(note.log_id) +
                  ", which this host does not trust");
  }
  const std::string bytes = commit_signing_bytes(note);
  if (!is_signed_by(trust.key, as_bytes(bytes), as_bytes(note.signature))) {
    return denied(note.signature.empty() ? "a commit without a signature"
                                         : "a commit whose signature is not the log's");
  }
  if (note.wish == CommitWish::none || note.machine_id == trust.machine_id) return ok();
  return denied("a wish for the machine " + to_hex(note.machine_id) + ", not for this one");
}

Result<std::optional<Trust>> TrustFile::read() const {
  const auto is_safe = [this](const struct stat& info) {
    if (info.st_uid != owner_uid_) {
      return denied("it belongs to uid " + std::to_string(info.st_uid) + ", not to " +
                    std::to_string(owner_uid_));
    }
    const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return others_write ? denied("others than its owner may write it") : ok();
  };
  const auto text = read_small_file(path_, kTrustBytesMax, is_safe);
  if (text.code() == Code::not_found) return std::optional<Trust>();
  if (!text.is_ok()) return text.status();
  auto trust = decode_trust(*text);
  if (!trust.is_ok()) return trust.status().with_context(path_);
  trust->machine_id = machine_id_;
  return std::optional<Trust>(*trust);
}

}  // namespace spoor::agent
