// The folder of an index, when something is wrong with it: the index is a view of the log, and can
// be made anew. Called by who opens the index, and by who finds that it is damaged.
#pragma once

#include <string>

#include "common/files.h"

namespace spoor::collector {

// The next start is to set it aside.
void mark_index_damaged(Files& files, const std::string& folder);
// `corrupt` where that was said.
Status check_index_mark(Files& files, const std::string& folder);
// Moves the folder to `FOLDER.damaged-N`, of which one is kept: for whoever wants to know what
// happened to it. The name that it has now.
Result<std::string> set_index_aside(Files& files, const std::string& folder);

}  // namespace spoor::collector
