#include "agent/spool/commit_belief.h"

#include "agent/spool/spool_text.h"
#include "common/key_lines.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kFileBytesMax = 512;

}  // namespace

std::string encode_believed_log(const BelievedLog& believed) {
  return "spoor-believed 1\nlog " + to_hex(believed.log_id) + "\ngeneration " +
         std::to_string(believed.generation) + "\n";
}

Result<BelievedLog> decode_believed_log(std::string_view text) {
  BelievedLog believed;
  KeyLines lines(text, "what is believed of the log");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-believed"));
  if (version != "1") return invalid("what is believed of the log, in another version");
  RETURN_IF_ERROR(lines.take_hex("log", believed.log_id));
  RETURN_IF_ERROR(lines.take_number("generation", believed.generation));
  RETURN_IF_ERROR(lines.end());
  return believed;
}

CommitBelief CommitBelief::open(Files& files, const std::string& folder) {
  CommitBelief belief(files, folder + "/believed");
  const auto text = read_spool_text(files, belief.path_, kFileBytesMax);
  if (!text) return belief;
  const auto believed = decode_believed_log(*text);
  if (believed.is_ok()) belief.believed_ = *believed;
  else log_error("{}: {}; the next commit says it anew", belief.path_, believed.status().message());
  return belief;
}

Status CommitBelief::check(const CommitNote& note, const std::optional<Trust>& trust) const {
  if (trust) RETURN_IF_ERROR(check_signature(note, *trust));
  const bool is_older = believed_ && believed_->log_id == note.log_id &&
                        note.log_generation < believed_->generation;
  if (!is_older) return ok();
  return denied("a commit of generation " + std::to_string(note.log_generation) +
                " of a log that came back as generation " + std::to_string(believed_->generation));
}

bool CommitBelief::begins_anew(const CommitNote& note) const {
  return !believed_ || believed_->log_id != note.log_id ||
         note.log_generation > believed_->generation;
}

Status CommitBelief::write_again() {
  if (is_written_) return ok();
  RETURN_IF_ERROR(write_file(*files_, path_, encode_believed_log(*believed_)));
  is_written_ = true;
  return ok();
}

Status CommitBelief::adopt(const CommitNote& note) {
  const BelievedLog next{note.log_id, note.log_generation};
  const Status written = write_file(*files_, path_, encode_believed_log(next));
  if (!written.is_ok() && written.code() != Code::full) return written;
  is_written_ = written.is_ok();
  believed_ = next;
  return ok();
}

}  // namespace spoor::agent
