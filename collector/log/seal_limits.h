// Bounds of sealed segments (docs/log.md), with what happens when they are reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spoor::collector {

// Entries of a sealed segment that are regrouped together, by their bytes before: what a reader in
// the log's order has in memory, unpacked some ten times that. Reached: the next group begins.
inline constexpr size_t kSealGroupBytes = 2u << 20;
inline constexpr uint32_t kSealGroupEntriesMax = 65'536;
// Of these, what is joined into one block, 2 to 4 MB unpacked: read at the least to see one event.
inline constexpr size_t kSealBlockBytes = 256u << 10;
// A segment that is being sealed is synced as often as this, so that no sync of the log's waits
// for all of it.
inline constexpr uint64_t kSealSyncBytes = 8u << 20;
// What is read of segments to be sealed in a second, less what the work takes: 22 MB and two thirds
// of a processor, which anybody else gets first. Agents send more: segments wait, unsealed.
inline constexpr uint64_t kSealBytesPerS = 64u << 20;
// zstd's level. docs/benchmarks.md has the others.
inline constexpr int kSealLevel = 3;
// Points of a stream that a sealed segment's index names, of ten bytes: a host that lost what it
// had not synced, a second of at most 50 frames, goes on from one of the last. Beyond: older ones
// are not known any more.
inline constexpr size_t kSealedPointsMax = 64;
// A sealed segment's index: 100,000 streams of 800 bytes. Larger: refused.
inline constexpr size_t kSealIndexBytesMax = 128u << 20;
inline constexpr size_t kSealedAgentsMax = 1u << 20;
inline constexpr size_t kSealedTableBytesMax = 16u << 20;

}  // namespace spoor::collector
