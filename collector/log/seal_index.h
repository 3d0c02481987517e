// What a sealed segment (docs/log.md) says of itself at its end: how much it holds, of what times
// and of whom, how far each stream came in it, and where its groups lie. Of hostile bytes what is
// made of it in memory is bounded by their size. Plain data; any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "collector/model.h"
#include "common/bytes.h"

namespace spoor::collector {

// Least and greatest, both included; least beyond greatest: nothing.
struct TimeRange {
  int64_t least_ns = INT64_MAX, greatest_ns = INT64_MIN;
  void add(int64_t ns) {
    least_ns = std::min(least_ns, ns);
    greatest_ns = std::max(greatest_ns, ns);
  }
  bool operator==(const TimeRange&) const = default;
};

// A stream in a segment.
struct SealedStream {
  struct Epoch {
    uint64_t epoch = 0;
    Id nonce{};
    uint64_t sequence = 0;  // the last one
    bool operator==(const Epoch&) const = default;
  };
  // Its chain value's first bytes are enough to know it by (chain_marks.h).
  struct Point {
    uint64_t epoch = 0;
    uint64_t sequence = 0;
    std::array<uint8_t, 8> mark{};
    bool operator==(const Point&) const = default;
  };

  Id stream{};
  uint32_t agent = 0;          // of the segment's agents, the last one that it was of
  std::vector<Epoch> epochs;   // as they came, at least one
  Hash chain{};                // where it stands
  std::vector<Point> points;   // and stood, the newest last, at most kSealedPointsMax
  bool operator==(const SealedStream&) const = default;
};

// Entries that follow one another in the log, and the blocks into which their frames were joined.
struct SealedGroup {
  uint64_t offset = 0;           // of its blocks, one behind the other...
  uint64_t blocks_size = 0;
  uint32_t table_size = 0;       // ...behind which its table lies
  uint32_t table_crc = 0;        // CRC-32C
  uint64_t first = 0, last = 0;  // numbers of its entries
  uint32_t entries = 0;
  uint64_t end() const { return offset + blocks_size + table_size; }
  bool operator==(const SealedGroup&) const = default;
};

struct SealIndex {
  uint64_t entries = 0, events = 0, records = 0;
  // What stood here and before, and was dropped (log_retention.h): then the counts of events and
  // records, and the times, are of that, and there are no groups.
  uint64_t dropped = 0;          // entries
  uint64_t dropped_through = 0;  // the last one
  TimeRange received, events_time;
  Hash headers{};  // SHA-256 over the chain values of its entries, in the log's order
  std::vector<std::string> agents;
  std::vector<SealedStream> streams;
  std::vector<SealedGroup> groups;  // in order, without a gap
  bool operator==(const SealIndex&) const = default;
};

std::string encode_seal_index(const SealIndex& index);
// `groups_end`: where the groups end in the file. `corrupt` for anything but what was encoded.
Result<SealIndex> decode_seal_index(ByteView bytes, uint64_t groups_end);

// One entry of a group: what the log knew of it beside its frame.
struct SealedEntry {
  uint64_t number = 0;
  int64_t received_ns = 0;
  uint32_t agent = 0;
  uint32_t block = 0;  // of the group's
  uint32_t frame = 0;  // of the block's
  // Where the stream stood behind it, unless that is what its frame says.
  std::optional<StreamHead> head;
  bool operator==(const SealedEntry&) const = default;
};

struct SealedTable {
  struct Block {
    uint32_t size = 0;
    bool is_as_found = false;  // one entry's, that could not be joined with others
    bool operator==(const Block&) const = default;
  };
  std::vector<Block> blocks;
  std::vector<SealedEntry> entries;  // in the log's order
  bool operator==(const SealedTable&) const = default;
};

std::string encode_sealed_table(const SealedTable& table);
Result<SealedTable> decode_sealed_table(ByteView bytes, const SealedGroup& group, size_t agents);

}  // namespace spoor::collector
