// The lines of a log of any size, through one buffer: a file, a pipe or a terminal. A line longer
// than kLogLineBytesMax is given cut, its rest is skipped. Owns the descriptor. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class LineReader {
 public:
  explicit LineReader(UniqueFd fd);
  // Opens a file to read; `-` is standard input.
  static Result<LineReader> open(const std::string& path);

  // The next line without its end (LF or CR LF), which the last one need not have; valid until the
  // next call. Absent at the end, or when reading failed: status() tells.
  std::optional<std::string_view> next();
  // The first bytes of what was not given yet: a few at least, or all there are.
  std::string_view head();
  const Status& status() const { return status_; }

  uint64_t bytes_read() const { return bytes_read_; }
  uint64_t lines_cut() const { return lines_cut_; }

 private:
  void fill();
  std::string_view take(size_t size, size_t end);

  UniqueFd fd_;
  Status status_;
  std::string buffer_;
  size_t begin_ = 0, end_ = 0;  // what was read and not given yet
  size_t looked_ = 0;           // no line ends before this
  bool skipping_ = false;       // the rest of a line that was cut
  bool at_end_ = false;
  uint64_t bytes_read_ = 0;
  uint64_t lines_cut_ = 0;
};

}  // namespace spoor::agent
