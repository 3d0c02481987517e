// A segment file: eight bytes of header, then blocks back to back. The spool writes them, the
// uplink and the log read them; docs/frame.md section "Segment file".
//
// SegmentScanner walks one segment from an offset. It keeps its place, so that a file which still
// grows is followed by calling next() again. Used by one thread; the File must outlive it.
#pragma once

#include <string>

#include "common/files.h"
#include "common/frame/reader.h"

namespace spoor {

inline constexpr uint32_t kSegmentVersion = 1;
inline constexpr size_t kSegmentHeaderSize = 8;

// kSegmentMagic and kSegmentVersion.
std::string encode_segment_header();

class SegmentScanner {
 public:
  enum class State : uint8_t {
    block,    // block() and outside() tell of it; offset() is where it ends
    end,      // every byte up to the end of the file was read: clean
    torn,     // from offset() on there is no whole block: cut it there, or wait for more
    corrupt,  // offset()..resume_offset() is no good block; next() goes on at resume_offset()
    error,    // status(): the disk failed, or this is no segment of a version that we know
  };

  // `offset`: 0, or where a block begins. With 0 the segment header is checked first.
  explicit SegmentScanner(File& file, uint64_t offset = 0) : file_(file), offset_(offset) {}

  // After end, torn and error the next call tries again at the same place.
  State next();

  // Where the next call reads: the end of the last block, or 0 before the header was seen.
  uint64_t offset() const { return offset_; }
  uint64_t resume_offset() const { return resume_offset_; }
  // What is wrong, after torn, corrupt and error.
  const Status& status() const { return status_; }

  // Valid after State::block until the next call. `block()` may be moved from.
  std::string& block() { return block_; }
  const BlockOutside& outside() const { return outside_; }

 private:
  State read_header(uint64_t file_size);
  // Reads the whole block at `at` into `into`; `corrupt` when there is none.
  Status read_block(uint64_t at, uint64_t file_size, std::string& into);
  // The first offset after `from` at which a whole block with a right CRC begins; 0: none.
  Result<uint64_t> find_block(uint64_t from, uint64_t file_size);
  State fail(State state, Status status);

  File& file_;
  uint64_t offset_;
  uint64_t resume_offset_ = 0;
  std::string block_;
  BlockOutside outside_;
  Status status_;
};

}  // namespace spoor
