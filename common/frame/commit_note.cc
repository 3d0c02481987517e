#include "common/frame/commit_note.h"

#include <algorithm>

#include "common/key_lines.h"

namespace spoor {
namespace {

constexpr std::array<std::string_view, 3> kWishes = {"none", "new_epoch", "new_streams"};

}  // namespace

std::string commit_signing_bytes(const CommitNote& note) {
  std::string bytes = "spoor commit 1";
  bytes += '\0';
  bytes += as_text(note.log_id);
  append_le(bytes, note.log_generation);
  bytes += as_text(note.stream);
  append_le(bytes, note.epoch);
  append_le(bytes, note.sequence);
  bytes += as_text(note.chain);
  append_le(bytes, note.time_ns);
  append_le(bytes, static_cast<uint8_t>(note.wish));
  if (note.wish != CommitWish::none) bytes += as_text(note.machine_id);
  return bytes;
}

std::string encode_commit_note(const CommitNote& note) {
  std::string text = "spoor-commit 1\n";
  text += "log " + to_hex(note.log_id) + '\n';
  text += "generation " + std::to_string(note.log_generation) + '\n';
  text += "stream " + to_hex(note.stream) + '\n';
  text += "epoch " + std::to_string(note.epoch) + '\n';
  text += "sequence " + std::to_string(note.sequence) + '\n';
  text += "chain " + to_hex(note.chain) + '\n';
  text += "time " + std::to_string(note.time_ns) + '\n';
  text +=
      "signature " + (note.signature.empty() ? "none" : to_hex(as_bytes(note.signature))) + '\n';
  text += "wish " + std::string(kWishes[static_cast<size_t>(note.wish)]) + '\n';
  if (note.wish != CommitWish::none) text += "machine " + to_hex(note.machine_id) + '\n';
  return text;
}

Result<CommitNote> decode_commit_note(std::string_view text) {
  if (text.size() > kCommitNoteBytesMax) return invalid("a commit note over 512 bytes");
  CommitNote note;
  KeyLines lines(text, "a commit note");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-commit"));
  if (version != "1") return invalid("a commit note of another version");
  RETURN_IF_ERROR(lines.take_hex("log", note.log_id));
  RETURN_IF_ERROR(lines.take_number("generation", note.log_generation));
  RETURN_IF_ERROR(lines.take_hex("stream", note.stream));
  RETURN_IF_ERROR(lines.take_number("epoch", note.epoch));
  RETURN_IF_ERROR(lines.take_number("sequence", note.sequence));
  RETURN_IF_ERROR(lines.take_hex("chain", note.chain));
  RETURN_IF_ERROR(lines.take_number("time", note.time_ns));
  ASSIGN_OR_RETURN(const std::string_view signature, lines.take("signature"));
  if (signature != "none") {
    ASSIGN_OR_RETURN(note.signature, from_hex(signature));
    if (note.signature.size() != 64) return lines.bad("signature");
  }
  ASSIGN_OR_RETURN(const std::string_view wish, lines.take("wish"));
  const auto known = std::find(kWishes.begin(), kWishes.end(), wish);
  if (known == kWishes.end()) return lines.bad("wish");
  note.wish = static_cast<CommitWish>(known - kWishes.begin());
  if (note.wish != CommitWish::none) RETURN_IF_ERROR(lines.take_hex("machine", note.machine_id));
  RETURN_IF_ERROR(lines.end());
  return note;
}

}  // namespace spoor
