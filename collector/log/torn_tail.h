// What a crash or a bad disk left behind the last entry of a segment that can be believed. It goes
// before anything is written behind it, or the next start could believe an entry in it that this
// one did not; and it is kept, since it may be evidence.
#pragma once

#include <cstdint>
#include <string>

#include "common/files.h"

namespace spoor::collector {

// Moves the bytes from `begin` to the end of the segment `path`, open for appending as `file`, to
// the end of the file `aside`, durably. Until this returns ok the segment is as it was; after a
// crash within, `aside` may hold them twice. Blocks; the thread that appends.
Status cut_aside(Files& disk, File& file, const std::string& path, uint64_t begin,
                 const std::string& aside);

}  // namespace spoor::collector
