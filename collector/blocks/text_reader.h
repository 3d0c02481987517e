// The texts of rows, by their numbers. Keeps the packs that it has opened, since rows that stand
// together have texts that stand together. Views the block. One thread.
#pragma once

#include <string>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "collector/blocks/block_reader.h"

namespace spoor::collector {

class TextReader final : public RowTexts {
 public:
  explicit TextReader(const BlockReader& block) : block_(block) {}

  Result<TextValue> text(Text column, uint64_t number) override;

 private:
  const BlockReader& block_;
  absl::flat_hash_map<const PackPlace*, TextPack> open_;
};

}  // namespace spoor::collector
