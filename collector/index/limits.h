// The bounds of the index on disk (docs/index.md, "The catalogue"); those of blocks and of what is
// kept of a session are in collector/limits.h.
#pragma once

#include "collector/limits.h"
#include "common/clock.h"

namespace spoor::collector {

// Events in memory before they are sealed: what a restart reads of the log again, two seconds of
// it. Reached: they are sealed before more are taken; one step of the follower's is taken whole.
inline constexpr size_t kIndexTailRowsMax = kIndexBlockRowsMax;
// What is kept of them beside their rows: sessions in short, losses. Reached: the same.
inline constexpr size_t kIndexTailBytesMax = 64u << 20;
// Readers of blocks that are kept open, a full block's with 0.15 MB, and what a descriptor counts
// for. Beyond: those that were asked longest ago are closed.
inline constexpr size_t kBlockReadersBytesMax = 64u << 20;
inline constexpr size_t kOpenFileBytes = 64u << 10;
// Connections to the catalogue that wait for questions, 2 MB each at most. Beyond: closed.
inline constexpr size_t kCatalogueReadersMax = 8;

// An index that was found damaged is made anew at most this often, or a bad disk would keep the
// collector busy with nothing else. Sooner: it goes on answering what it can.
inline constexpr int64_t kIndexAnewEveryNs = 3600 * kNsPerSecond;

// Sessions whose keys a question keeps at hand, some 200 bytes each. Beyond: it forgets them and
// goes on.
inline constexpr size_t kKeysOfSessionsMax = 65'536;

}  // namespace spoor::collector
