// Reads a sealed segment of the log: entries that were written as they came, regrouped and packed
// together since, with an index at the end. docs/log.md has the format. Its bytes may be anything:
// what is not what the format says is an error, and the rest can be read all the same.
//
//   header, 8 bytes ─ groups, each its blocks and its table ─ index ─ trailer, 32 bytes
//
// Owns its open file. Used by one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/log/seal_index.h"
#include "common/files.h"
#include "common/frame/block_splitter.h"

namespace spoor::collector {

inline constexpr uint32_t kSealedMagic = 0x31474c53;   // "SLG1"
inline constexpr uint32_t kTrailerMagic = 0x31544c53;  // "SLT1"
inline constexpr uint16_t kSealedVersion = 1;
inline constexpr size_t kSealedHeaderSize = 8;
inline constexpr size_t kSealedTrailerSize = 32;

// Asked now and then by what takes long, with the bytes that were read since: it takes its time,
// and what is not ok is the end of it.
using SealPace = std::function<Status(uint64_t bytes)>;

// Where a stream stands behind a frame that is no tombstone.
StreamHead head_behind(const FrameHead& frame);

// The frame of a block that is one frame of that class, as frames are sent; nullopt: it is not.
std::optional<FrameHead> sealable_frame(std::string_view block, EventClass event_class);

std::string encode_sealed_header(EventClass event_class);
// Of an index that begins at that offset, and ends where the trailer stands.
std::string encode_sealed_trailer(uint64_t index_offset, std::string_view index);

class SealedSegment {
 public:
  // `corrupt`: no whole sealed segment of that class. `invalid`: of a version after ours.
  static Result<SealedSegment> open(std::unique_ptr<File> file, EventClass event_class);
  const SealIndex& index() const { return index_; }
  uint64_t size() const { return size_; }  // of the file

  // A group at hand: its table, and the blocks that were asked for lately.
  class Group {
   public:
    const SealedTable& table() const { return table_; }

   private:
    friend class SealedSegment;
    struct Opened {
      size_t block = 0;
      std::string as_found;  // or
      std::optional<BlockSplitter> splitter;
    };
    SealedTable table_;
    std::vector<uint64_t> offsets_;  // of its blocks, in the file
    std::vector<Opened> opened_;     // the newest last, at most kOpenBlocksMax
  };
  Result<Group> open_group(size_t group) const;
  // The group that has an entry, or would: the first one that ends at or behind the number.
  std::optional<size_t> group_of(uint64_t number) const;
  // One of the group's table: the entry as the log was given it, its block packed anew.
  Result<LogEntry> entry(Group& group, size_t entry) const;
  // Looks at every byte: each entry has its frame, and these are the frames that were sealed.
  Status verify(const SealPace& pace) const;

 private:
  SealedSegment(std::unique_ptr<File> file, uint64_t size, EventClass event_class, SealIndex index)
      : file_(std::move(file)),
        size_(size),
        event_class_(event_class),
        index_(std::move(index)) {}
  Result<const Group::Opened*> open_block(Group& group, size_t block) const;

  std::unique_ptr<File> file_;
  uint64_t size_;
  EventClass event_class_;
  SealIndex index_;
};

}  // namespace spoor::collector
