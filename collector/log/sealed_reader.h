// Walks the entries of one sealed segment in the log's order. What is damaged is told, once, and
// stepped over: a table with its group, a block with the frames in it.
// Has the blocks of one group open, some 20 MiB. Used by one thread.
#pragma once

#include <optional>
#include <string>

#include "collector/log/sealed_segment.h"

namespace spoor::collector {

class SealedReader {
 public:
  // `path`: what to call it where it is damaged.
  SealedReader(SealedSegment segment, std::string path)
      : segment_(std::move(segment)), path_(std::move(path)) {}

  // Stands at the first entry behind `after`, and gives its number; nullopt when there is none.
  Result<std::optional<uint64_t>> next(uint64_t after);
  // The entry at which it stands; nullopt when its block is damaged. It goes on to the next one.
  Result<std::optional<LogEntry>> take();
  // Where in the file the last group begins of which an entry may be left to be taken.
  uint64_t passed() const;

 private:
  void tell(const Status& damage);

  SealedSegment segment_;
  std::string path_;
  size_t at_ = 0;  // the group at hand, or to come
  std::optional<SealedSegment::Group> group_;
  size_t entry_ = 0;  // of the group
  size_t told_at_ = SIZE_MAX;  // the last group of which damage was told
};

}  // namespace spoor::collector
