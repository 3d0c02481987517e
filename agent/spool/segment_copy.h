// Writes a segment anew where a sync of it is not to be believed: one that failed has dropped pages
// which the next one does not miss, it says ok, and a power cut tells. What programs still read of
// the file is written to another one, which takes its place. Used by the spool's thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/files.h"

namespace spoor::agent {

// The first `bytes` of `file`, which is the one at `path`, synced under that name; the folder's
// sync is the caller's. From then on `file` has no name. After a failure all is as it was.
Status write_anew(Files& files, File& file, const std::string& path, uint64_t bytes);

}  // namespace spoor::agent
