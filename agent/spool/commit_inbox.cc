#include "agent/spool/commit_inbox.h"

#include "agent/spool/small_file.h"

namespace spoor::agent {

Result<CommitNote> CommitInbox::read(EventClass c) const {
  const auto is_the_uplinks = [this](const struct stat& info) {
    if (info.st_uid == uplink_uid_) return ok();
    return denied("it belongs to uid " + std::to_string(info.st_uid) + ", not to the uplink");
  };
  ASSIGN_OR_RETURN(const std::string text,
                   read_small_file(folder_ + "/" + event_class_name(c), kCommitNoteBytesMax,
                                   is_the_uplinks));
  return decode_commit_note(text);
}

}  // namespace spoor::agent
