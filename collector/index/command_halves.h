// Halves of commands that are in different blocks: a start whose end is not in its block, or an end
// whose start is not. What they are called, so that they find each other (command_halves.h of the
// catalogue), and what a block keeps of those that have.
//
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/blocks/row_table.h"

namespace spoor::collector {

struct CommandHalf {
  std::string process;  // of which host, session, pid and birth
  uint64_t exec = 0;
  bool is_end = false;
  bool failed = false;     // a start
  bool is_known_by_birth = false;
  uint32_t row = 0;
  uint64_t exit = 0, signal = 0;  // of an end, as in the columns
};

// Those of a table whose other half is not there, in the order of their rows.
Result<std::vector<CommandHalf>> lone_halves(const RowTable& table);

// Where a row is.
struct BlockRow {
  uint64_t block = 0;
  uint32_t row = 0;
  auto operator<=>(const BlockRow&) const = default;
};

// A command of a block, by its start, that ended in another block.
struct EndElsewhere {
  uint32_t start = 0;
  uint64_t exit = 0, signal = 0;
  BlockRow end;
  bool operator==(const EndElsewhere&) const = default;
};

// What of a block's commands is in other blocks.
struct HalvesElsewhere {
  std::vector<EndElsewhere> ends;     // by ascending start
  std::vector<uint32_t> joined_ends;  // of starts elsewhere, ascending
  void sort();
};

std::string encode_halves(const HalvesElsewhere& halves);
// Adds to `out`. `corrupt`: no such text.
Status decode_halves(std::string_view text, HalvesElsewhere& out);

}  // namespace spoor::collector
