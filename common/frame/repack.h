// The three changes a copy may undergo, and no other. Each takes blocks and gives a block whose
// frames carry the same headers and chain values as before, so that what the host signed still
// verifies. A block that does not verify is refused (`corrupt`): it must stay as it was found.
// docs/frame.md section "Permitted changes". No state, any thread.
#pragma once

#include <span>
#include <string>

#include "common/frame/format.h"

namespace spoor {

// Joins the frames of several blocks into one, compressed together at `zstd_level` (0: not at all).
// `full` when the result would break a limit; `invalid` when some have retired text and some have
// not.
Result<std::string> repack(std::span<const ByteView> blocks, int zstd_level);
// Drops every `text` section of the block.
Result<std::string> retire_text(ByteView block);
// Reduces entry `entry` of frame `frame` to its leaf hashes. The frame's salt is replaced by one
// salt for each entry that stays, so that nobody can test a guess about what was erased. Erasing
// what is erased changes nothing; `invalid` when there is no such event.
Result<std::string> erase_event(ByteView block, size_t frame, size_t entry);

}  // namespace spoor
