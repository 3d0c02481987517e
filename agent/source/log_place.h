// Where reading of a log goes on: which file, behind which byte, and what the bytes before it are,
// so that a file that was truncated and has grown again is told from the same one. As text it is
// the cursor that outlives the process. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::agent {

struct LogPlace {
  // As many bytes before `offset` as `mark` is over, or all there are.
  static constexpr uint64_t kMarkBytes = 256;

  uint64_t device = 0, inode = 0;  // 0, 0: no file yet, whatever comes is new
  uint64_t offset = 0;             // behind the last line that was given
  uint32_t mark = 0;               // CRC-32C of the bytes before it
  bool in_cut_line = false;        // the rest of the line at `offset` was left out
  int64_t modified_ns = 0;         // of the file, when it was read last

  uint64_t mark_bytes() const { return offset < kMarkBytes ? offset : kMarkBytes; }

  std::string text() const;
  // nullopt: not one of ours.
  static std::optional<LogPlace> parse(std::string_view text);
  // `before` ends at the offset that it is the mark of.
  static uint32_t mark_of(std::string_view before);
};

}  // namespace spoor::agent
