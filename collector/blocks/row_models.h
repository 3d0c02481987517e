// From which earlier row of its page each row is told as the difference (column.h, Model).
//
// A process begins in one row and ends in another; between them the rows of a session go on. So
// there are two chains through a page: the rows of each kind, which the reader finds by itself, and
// the rows of each process, which the column `twin` says: how many rows back the latest one of the
// same process is, 0 where there is none. What rows of one kind say is alike, too: so their values
// are stored together. Plain data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/result.h"

namespace spoor::collector {

// What makes a process the same. An end does not say in which boot it was; one of another boot with
// the same pid and birth would be a bad guess, and no more.
struct ProcessName {
  uint64_t host = 0;  // number of a text
  uint64_t pid = 0;   // 0: none
  uint64_t birth = 0;
  bool operator==(const ProcessName&) const = default;
};

std::vector<uint64_t> twins_of(std::span<const ProcessName> processes);

inline constexpr uint16_t kNoRow = 0xffff;

struct KindModels {
  std::vector<uint16_t> kin;      // of each row the latest one before it of its kind, or kNoRow
  std::vector<uint16_t> by_kind;  // the rows by kind, and within a kind as they come
};
// At most kPageRows.
KindModels kind_models(std::span<const uint64_t> kinds);

// Of each row the latest one before it of its process, or kNoRow. `corrupt` when that would lie
// before the page.
Result<std::vector<uint16_t>> process_models(std::span<const uint64_t> twins);

}  // namespace spoor::collector
