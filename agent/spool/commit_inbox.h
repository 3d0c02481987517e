// Reads what the uplink left for us, across the border of privilege: a file that another user owns
// and may have replaced by anything. Opened O_NOFOLLOW|O_NONBLOCK; believed only when it is a
// regular file of that user, of at most 512 bytes, with exactly the lines of a commit note.
#pragma once

#include <cstdint>
#include <string>

#include "common/frame/commit_note.h"
#include "common/frame/format.h"

namespace spoor::agent {

class CommitInbox {
 public:
  // Notes lie in FOLDER/<class>; `uplink_uid` is who must own them.
  CommitInbox(std::string folder, uint32_t uplink_uid)
      : folder_(std::move(folder)), uplink_uid_(uplink_uid) {}

  // `not_found` while the uplink has not written one; `denied` when the file is not of that kind.
  // Never blocks.
  Result<CommitNote> read(EventClass c) const;

 private:
  std::string folder_;
  uint32_t uplink_uid_;
};

}  // namespace spoor::agent
