// The order in which a trail is read, and the stems ├ └ │ that show whose child a command is.
//
// Items come in the order in which things happened. Commands are put under the command they came
// from, because two that ran side by side would otherwise seem each other's children; so is what is
// known to be a command's doing. Everything else keeps its place: just before the command that
// followed it. Every item but the session and the lag has exactly one line, whatever the parents
// claim. No state; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "spoor/v1/query.pb.h"

namespace spoor::cli {

struct TreeLine {
  size_t item = 0;     // index in the trail
  size_t parent = 0;   // index of the parent command's item; its own where there is none
  std::string stem;    // before the line itself: `│ ├ `
  std::string above;   // before a line between it and the one above: `│ │ `
  std::string below;   // before a line between it and its children
};

// Stems are drawn for at most `depth_max` levels (at least 2); deeper ones are told as a number.
std::vector<TreeLine> tree_lines(const std::vector<v1::TrailItem>& items, size_t depth_max);

}  // namespace spoor::cli
