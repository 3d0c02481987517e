// Halves of commands in the catalogue: those that wait for their other half, and of each block what
// was found of its commands in other blocks. A seal's halves look for theirs in its transaction.
//
// Functions of a connection, which one thread uses at a time.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/index/command_halves.h"
#include "collector/state/database.h"

namespace spoor::collector {

// A step of the schema.
extern const char* const kHalfTables;

// By block, in the order of the log.
using BlockHalves = std::vector<std::pair<uint64_t, std::vector<CommandHalf>>>;
Status write_halves(Database& database, uint64_t seal_number, const BlockHalves& blocks);

// All that was found for a block.
Result<HalvesElsewhere> read_halves(Database& database, uint64_t block);

// One that is sealed and waits for `half`; nullopt: none.
struct WaitingHalf {
  uint64_t exec = 0;
  bool failed = false;
  BlockRow at;
  uint64_t exit = 0, signal = 0;
};
Result<std::optional<WaitingHalf>> waiting_for(Database& database, const CommandHalf& half);

}  // namespace spoor::collector
