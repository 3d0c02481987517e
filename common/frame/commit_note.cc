#include "common/frame/commit_note.h"

#include <charconv>

namespace spoor {
namespace {

// Takes `key value\n` from the front of the text.
Result<std::string_view> take(std::string_view& text, std::string_view key) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return invalid("a commit note cut short");
  const std::string_view line = text.substr(0, end);
  if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != ' ') {
    return invalid("a commit note without " + std::string(key));
  }
  text.remove_prefix(end + 1);
  return line.substr(key.size() + 1);
}

template <typename T>
Status take_number(std::string_view& text, std::string_view key, T& into) {
  ASSIGN_OR_RETURN(const std::string_view value, take(text, key));
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), into);
  if (error != std::errc() || end != value.data() + value.size()) {
    return invalid("a commit note with a bad " + std::string(key));
  }
  return ok();
}

template <size_t N>
Status take_hex(std::string_view& text, std::string_view key, std::array<uint8_t, N>& into) {
  ASSIGN_OR_RETURN(const std::string_view value, take(text, key));
  ASSIGN_OR_RETURN(into, array_from_hex<N>(value));
  return ok();
}

}  // namespace

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
  text += std::string("new_epoch ") + (note.new_epoch ? "yes" : "no") + '\n';
  return text;
}

Result<CommitNote> decode_commit_note(std::string_view text) {
  if (text.size() > kCommitNoteBytesMax) return invalid("a commit note over 512 bytes");
  CommitNote note;
  ASSIGN_OR_RETURN(const std::string_view version, take(text, "spoor-commit"));
  if (version != "1") return invalid("a commit note of another version");
  RETURN_IF_ERROR(take_hex(text, "log", note.log_id));
  RETURN_IF_ERROR(take_number(text, "generation", note.log_generation));
  RETURN_IF_ERROR(take_hex(text, "stream", note.stream));
  RETURN_IF_ERROR(take_number(text, "epoch", note.epoch));
  RETURN_IF_ERROR(take_number(text, "sequence", note.sequence));
  RETURN_IF_ERROR(take_hex(text, "chain", note.chain));
  RETURN_IF_ERROR(take_number(text, "time", note.time_ns));
  ASSIGN_OR_RETURN(const std::string_view signature, take(text, "signature"));
  if (signature != "none") {
    ASSIGN_OR_RETURN(note.signature, from_hex(signature));
    if (note.signature.size() != 64) return invalid("a commit note with a bad signature");
  }
  ASSIGN_OR_RETURN(const std::string_view new_epoch, take(text, "new_epoch"));
  if (new_epoch != "yes" && new_epoch != "no") return invalid("a commit note with a bad new_epoch");
  note.new_epoch = new_epoch == "yes";
  if (!text.empty()) return invalid("a commit note that goes on after its end");
  return note;
}

}  // namespace spoor
