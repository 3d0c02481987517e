// Of each log that is read, where to go on behind what was told of it. They are part of the saved
// state, which lasts until the next boot; logs last longer, so that they are kept beside the spool,
// too: written with each state, after the frames that it speaks of are on the disk. After a power
// cut lines of the last ten seconds may be told again; none is left out. No state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/files.h"

namespace spoor::agent {

// By origin; what was told of last stands last.
using LogCursors = std::vector<std::pair<std::string, std::string>>;

std::string encode_log_cursors(const LogCursors& cursors);
// Empty where there is no such file, or one that makes no sense.
LogCursors read_log_cursors(Files& files, const std::string& path);

}  // namespace spoor::agent
