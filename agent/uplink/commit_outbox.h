// Leaves the collector's commits for the agent, one file a stream (common/frame/commit_note.h).
// Commits are cumulative, so only the newest of a stream is written, at most once a second.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/files.h"
#include "common/frame/commit_note.h"
#include "common/frame/format.h"

namespace spoor::uplink {

class CommitOutbox {
 public:
  CommitOutbox(Files& files, const Clock& clock, std::string folder)
      : files_(files), clock_(clock), folder_(std::move(folder)) {}

  void put(EventClass c, const CommitNote& note) { waiting_[static_cast<size_t>(c) - 1] = note; }
  // Writes what is due; everything if `all`.
  Status write_due(bool all);

 private:
  Files& files_;
  const Clock& clock_;
  std::string folder_;
  std::array<std::optional<CommitNote>, kEventClasses> waiting_;
  int64_t due_ns_ = 0;
};

}  // namespace spoor::uplink
