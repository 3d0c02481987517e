// Seals a segment of the log that nothing is appended to any more (docs/log.md): what came frame by
// frame is regrouped by agent and packed together, a few times smaller, and gets an index. Headers,
// chain values and events stay as they are; so does the log's order, in the tables.
//
// A frame that cannot be joined with others, since it does not verify, is kept byte for byte. Any
// thread.
#pragma once

#include <string>

#include "collector/log/segment_reader.h"
#include "collector/log/sealed_segment.h"

namespace spoor::collector {

// Entries of `from`, whose first `bytes` are the segment, into a new file at `path`, synced; its
// folder is the caller's to sync. `corrupt` where some of it is damaged: then it stays as it is,
// for people. `invalid` where it cannot be sealed. Nothing is left at `path` when it fails.
Status seal_segment(Files& files, SegmentReader& from, uint64_t bytes, EventClass event_class,
                    const std::string& path, const SealPace& pace);

}  // namespace spoor::collector
