// Small files on a real disk that somebody else may have put there: what they are is looked at
// before they are believed. Any thread.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>

#include "common/result.h"

namespace spoor::agent {

// The file's text, at most `bytes_max`. Opened without following a link and without waiting for
// anybody; `denied` for what is no regular file, is longer, or that `accept` refuses. Never blocks.
Result<std::string> read_small_file(const std::string& path, size_t bytes_max,
                                    const std::function<Status(const struct stat&)>& accept);

}  // namespace spoor::agent
