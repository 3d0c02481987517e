// One stored entry: a fixed header, the agent's name, and the block exactly as received.
//
//   0  magic "SPE1"       4  block size       8  CRC-32C of the block   12  CRC-32C of the header
//  16  number            24  synced through  32  received, ns since 1970 UTC
//  40  stream (16)       56  epoch           64  epoch nonce (16)       80  sequence
//  88  chain (32)       120  class (1)      121  name size (1)         122  zero (6)
// 128  name              …  block
//
// `synced through` is the number up to which the whole log was on disk when this entry was written:
// after a crash it tells what may be torn from what was promised to an agent.
// The header's CRC begins with the log's secret salt, so that a block cannot hold bytes that pass
// for an entry when a reader looks for the next good one behind damage.
// Little endian. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>

#include "collector/limits.h"
#include "collector/model.h"
#include "common/bytes.h"

namespace spoor::collector {

inline constexpr size_t kEntryHeaderSize = 128;
inline constexpr uint32_t kEntryMagic = 0x31455053;  // "SPE1"
static_assert(kEntryHeaderSize + 255 + kBlockBytesMax <= kEntryBytesMax);

struct EntryHeader {
  uint64_t number = 0;
  uint64_t synced_through = 0;
  int64_t received_ns = 0;
  StreamHead head;
  std::string agent;
  uint32_t block_size = 0;
  uint32_t block_crc = 0;

  // Header and name; what precedes the block.
  size_t outside_size() const { return kEntryHeaderSize + agent.size(); }
  size_t size() const { return outside_size() + block_size; }
};

// Appends header, name and block. The agent's name is 1 to 255 bytes, the block within its limit.
void append_entry(std::string& to, const NewEntry& entry, uint64_t number, uint64_t synced_through,
                  uint32_t salt);
// The header that `bytes` starts with; nullopt when there is none that checks. `bytes` holds the
// name too, or what is left of the file.
std::optional<EntryHeader> decode_entry(ByteView bytes, uint32_t salt);

}  // namespace spoor::collector
