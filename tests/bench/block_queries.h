// Whole queries over a year of a small fleet, or a day of a large one: 191 blocks in files, which
// are 50 million rows. For benchmarks.
#pragma once

#include <string>

namespace spoor::collector {

// Writes the blocks into `folder`, which is there, asks, and removes them; a line a figure on
// stdout, `NAME VALUE UNIT`. `cold`: the kernel was told to forget the files before.
void bench_queries(const std::string& folder, size_t blocks);

}  // namespace spoor::collector
