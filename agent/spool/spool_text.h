// A small file of the spool's own, at a start. One that is there and cannot be read is damaged like
// one that says something else: no reason not to record. Used by the spool's thread.
#pragma once

#include <optional>
#include <string>

#include "common/files.h"

namespace spoor::agent {

// A disk that fails for a moment is asked this often.
inline constexpr int kReadTries = 5;

// nullopt: there is none. Empty: it is there, and is longer than `size_max` or cannot be read,
// which was logged.
std::optional<std::string> read_spool_text(Files& files, const std::string& path, size_t size_max);

}  // namespace spoor::agent
