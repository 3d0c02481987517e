// Which end belongs to which start of a command, for rows that come one after the other. The one
// place for this rule: blocks, the index over them, and trails go by it.
//
// An end names the command that it ends, by process and exec number: the last one that ran, or if
// all of them failed to start the last of those. A process runs one command at a time, so that a
// start replaces what ran there before it, which then has no end of its own. An end may come before
// its start, since the kernel's two sockets have no common order; but not where the birth is not
// known, since pids are used again.
//
// Plain value; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "collector/blocks/row.h"

namespace spoor::collector {

// The kinds of rows that are halves of a command, in Event's `kind`; and the result of a start that
// failed.
inline constexpr uint64_t kStartKind = 100, kEndKind = 101;
inline constexpr uint64_t kFailedResult = 2;

// The process that a row is of; a session is its host's.
struct SessionProcess {
  uint64_t host = 0, session = 0;  // numbers of texts
  uint64_t pid = 0, birth = 0;
  bool operator==(const SessionProcess&) const = default;
  template <typename H>
  friend H AbslHashValue(H hash, const SessionProcess& p) {
    return H::combine(std::move(hash), p.host, p.session, p.pid, p.birth);
  }
};

class CommandPairs {
 public:
  struct Pair {
    uint32_t start = 0, end = 0;  // rows
    bool failed = false;          // to start: how its process ended is nothing of the command's
  };
  // With what came before. `exec` 0: it names no command, and is part of none.
  std::optional<Pair> start(const SessionProcess& process, uint64_t exec, bool failed,
                            uint32_t row);
  std::optional<Pair> end(const SessionProcess& process, uint64_t exec, uint32_t row);

 private:
  struct Half {
    uint64_t exec = 0;  // 0: none
    uint32_t row = 0;
    bool failed = false;
  };
  struct Halves {
    Half started, ended;
  };
  absl::flat_hash_map<SessionProcess, Halves> waiting_;
};

// A row that is half of a command.
constexpr bool is_half(uint64_t kind) { return kind == kStartKind || kind == kEndKind; }

// Number::partner: 0 is none in this table; 1 that this is an end whose start is here, 2 that it
// failed to start and how its process ended is here; from 3 on this is a start, and the number says
// how far on, or back, its end is.
inline constexpr uint64_t kHasStart = 1, kHasEndOfFailed = 2;
constexpr uint64_t partner_of(const CommandPairs::Pair& pair) {
  if (pair.failed) return kHasEndOfFailed;
  return pair.end > pair.start ? 2 * uint64_t{pair.end - pair.start} + 1
                               : 2 * uint64_t{pair.start - pair.end} + 2;
}
// Of a start; nullopt: no row of a table of so many.
constexpr std::optional<uint32_t> end_of(uint64_t partner, size_t start, size_t rows) {
  if (partner <= kHasEndOfFailed) return std::nullopt;
  const bool is_back = partner % 2 == 0;
  const uint64_t distance = (partner - 1) / 2;
  if (distance > (is_back ? start : rows - start - 1)) return std::nullopt;
  return static_cast<uint32_t>(is_back ? start - distance : start + distance);
}

}  // namespace spoor::collector
