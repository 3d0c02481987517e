// What index blocks take on the disk, by column. For benchmarks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/blocks/block_reader.h"

namespace spoor::collector {

// `bytes_per_row`, and `bytes.COLUMN` of what costs a hundredth of a byte or more; of texts those
// themselves and their trigrams apart.
std::map<std::string, double> bytes_per_row(const std::vector<BlockReader>& blocks);

}  // namespace spoor::collector
