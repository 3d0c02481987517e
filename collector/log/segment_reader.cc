#include "collector/log/segment_reader.h"

#include <algorithm>

namespace spoor::collector {

namespace {
constexpr size_t kOutsideMax = kEntryHeaderSize + 255;
// One read fetches the headers of several small entries.
constexpr size_t kReadAhead = 16u << 10;
constexpr size_t kSearchWindow = 1u << 20;
}  // namespace

Result<std::optional<SegmentReader::Found>> SegmentReader::next(uint64_t end) {
  if (offset_ >= end) return std::optional<Found>();
  ASSIGN_OR_RETURN(std::optional<Found> found, read_header(offset_, end));
  if (!found) {
    ASSIGN_OR_RETURN(found, search(offset_ + 1, end));
  }
  if (!found) return found;
  skipped_ += found->offset - offset_;
  offset_ = found->end();
  return found;
}

Result<std::optional<SegmentReader::Found>> SegmentReader::read_header(uint64_t offset,
                                                                       uint64_t end) {
  const size_t want = static_cast<size_t>(std::min<uint64_t>(kOutsideMax, end - offset));
  const bool held =
      offset >= buffer_offset_ && offset + want <= buffer_offset_ + buffer_.size();
  if (!held) {
    const size_t ahead = static_cast<size_t>(std::min<uint64_t>(kReadAhead, end - offset));
    RETURN_IF_ERROR(file_->read_at(offset, ahead, buffer_));
    buffer_offset_ = offset;
  }
  const size_t at = static_cast<size_t>(offset - buffer_offset_);
  if (at > buffer_.size()) return std::optional<Found>();
  ByteView bytes = as_bytes(buffer_).subspan(at);
  bytes = bytes.first(std::min(bytes.size(), want));
  std::optional<EntryHeader> header = decode_entry(bytes, salt_);
  if (!header || header->size() > end - offset) return std::optional<Found>();
  return std::optional<Found>(Found{std::move(*header), offset});
}

// Looks for the next header that checks. Windows overlap, so that a magic across two is found.
Result<std::optional<SegmentReader::Found>> SegmentReader::search(uint64_t from, uint64_t end) {
  std::string magic;
  append_le(magic, kEntryMagic);
  std::string window;
  while (from < end && end - from >= kEntryHeaderSize) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(kSearchWindow, end - from));
    RETURN_IF_ERROR(file_->read_at(from, want, window));
    if (window.size() < magic.size()) break;
    for (size_t at = window.find(magic); at != std::string::npos; at = window.find(magic, at + 1)) {
      ASSIGN_OR_RETURN(std::optional<Found> found, read_header(from + at, end));
      if (found) return found;
    }
    from += window.size() - (magic.size() - 1);
  }
  return std::optional<Found>();
}

Status SegmentReader::read_block(const Found& entry, std::string& block) {
  const size_t size = entry.header.block_size;
  RETURN_IF_ERROR(file_->read_at(entry.offset + entry.header.outside_size(), size, block));
  if (block.size() != size) return corrupt("a segment of the log has become shorter");
  return ok();
}

}  // namespace spoor::collector
