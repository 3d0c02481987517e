// Which log's word counts, and of which generation: a log that came back older than it was counts
// its generations, and what an older one promised is worth nothing. Durable in FOLDER/believed, so
// that no restart makes an old note good again. The spool's thread.
//
//   spoor-believed 1
//   log 0123…
//   generation 2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/spool/trust.h"
#include "common/files.h"
#include "common/frame/commit_note.h"

namespace spoor::agent {

struct BelievedLog {
  Id log_id{};
  uint64_t generation = 0;
};
std::string encode_believed_log(const BelievedLog& believed);
Result<BelievedLog> decode_believed_log(std::string_view text);

class CommitBelief {
 public:
  // A file that is damaged, or that the disk never gives, says nothing, and that is logged.
  static CommitBelief open(Files& files, const std::string& folder);

  // `denied` for what this log's newest generation did not say: with trust, anything of another log
  // or without its signature; always, a generation older than the one believed.
  Status check(const CommitNote& note, const std::optional<Trust>& trust) const;
  // The note is of another log, or a greater generation, than believed so far: what was committed
  // before no longer is.
  bool begins_anew(const CommitNote& note) const;
  // Durable when it returns ok; unchanged otherwise. On a full disk it counts all the same, or
  // nothing could ever go to make room; it is to be written again.
  Status adopt(const CommitNote& note);
  // What the disk had no room for.
  Status write_again();

 private:
  CommitBelief(Files& files, std::string path) : files_(&files), path_(std::move(path)) {}

  Files* files_;
  std::string path_;
  std::optional<BelievedLog> believed_;
  bool is_written_ = true;
};

}  // namespace spoor::agent
