// Files with secrets in them: written whole or not at all, never readable by others, not even for a
// moment; and read only when nobody else could have read or written them. Any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor {

struct FileOwner {
  uid_t uid = static_cast<uid_t>(-1);  // as is: the caller's own
  gid_t gid = static_cast<gid_t>(-1);
};

// Replaces `path` durably. A link in its place is replaced, not followed.
Status write_private_file(const std::string& path, std::string_view content, mode_t mode = 0600,
                          FileOwner owner = {});
// What has the name `path` has it after a power cut, too.
Status sync_folder_of(const std::string& path);
// At most `size_max` bytes (`full` beyond). `denied`, with the command that mends it, where it is
// no regular file, not this user's, or open to others.
Result<std::string> read_private_file(const std::string& path, size_t size_max);

}  // namespace spoor
