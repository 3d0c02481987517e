// The values of a column in one page, as bytes and back: each as the difference from a row like it
// (row_models.h), the bytes of all the differences by their weight, so that what is alike stands
// together and zstd finds it. docs/index.md has the bytes.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "collector/blocks/column.h"
#include "collector/blocks/row_models.h"
#include "common/bytes.h"

namespace spoor::collector {

// What the values of a page are told by. `beside` has the values of Coding.beside where that is
// set. `least` is the least of them.
struct CodingContext {
  const KindModels* kinds = nullptr;    // where Coding.needs_kinds
  std::span<const uint16_t> processes;  // for Model::process
  std::span<const uint64_t> beside;
  uint64_t least = 0;
};

// At most kPageRows values.
std::string encode_numbers(std::span<const uint64_t> values, const Coding& coding,
                           const CodingContext& context);
// `greatest` is that of the page, which Model::first needs. `corrupt` when the bytes are not those
// of so many rows; the values may be anything.
Result<std::vector<uint64_t>> decode_numbers(ByteView bytes, size_t rows, const Coding& coding,
                                             const CodingContext& context, uint64_t greatest);

// The most bytes that the values of a page can be.
inline constexpr size_t encoded_bytes_max(size_t rows) { return 1 + 8 * rows; }

}  // namespace spoor::collector
