// Walks the entries of one segment file, headers only; a block is read when it is asked for.
// Bytes that are no entry are stepped over to the next one that checks, and counted.
// Owns its open file. Used by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collector/log/entry.h"
#include "common/files.h"

namespace spoor::collector {

class SegmentReader {
 public:
  SegmentReader(std::unique_ptr<File> file, uint32_t salt)
      : file_(std::move(file)), salt_(salt) {}

  // An entry's header and the place where it stands.
  struct Found {
    EntryHeader header;
    uint64_t offset = 0;
    uint64_t end() const { return offset + header.size(); }
  };
  // The next entry that lies wholly before `end`, which may grow from call to call; nullopt when
  // there is none (yet): then the reader stands still. Bytes that it stepped over are in skipped().
  Result<std::optional<Found>> next(uint64_t end);
  // The entry's block, with its CRC not looked at; `corrupt` if the file has become shorter.
  Status read_block(const Found& entry, std::string& block);
  // Where the next call looks.
  uint64_t offset() const { return offset_; }
  uint64_t skipped() const { return skipped_; }

 private:
  Result<std::optional<Found>> read_header(uint64_t offset, uint64_t end);
  Result<std::optional<Found>> search(uint64_t from, uint64_t end);

  std::unique_ptr<File> file_;
  uint32_t salt_;
  uint64_t offset_ = 0;
  uint64_t skipped_ = 0;
  std::string buffer_;  // bytes of the file from buffer_offset_
  uint64_t buffer_offset_ = 0;
};

}  // namespace spoor::collector
