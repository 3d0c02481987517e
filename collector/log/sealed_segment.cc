#include "collector/log/sealed_segment.h"

#include <algorithm>

#include "collector/log/seal_limits.h"
#include "common/crc32c.h"
#include "common/sha256.h"

namespace spoor::collector {

namespace {

// Frames of one agent lie together, and the log's order goes to and fro between a few blocks.
constexpr size_t kOpenBlocksMax = 8;

Status damaged(const char* what) { return corrupt(std::string("a sealed segment: ") + what); }

Status read_exactly(File& file, uint64_t offset, size_t size, std::string& out) {
  RETURN_IF_ERROR(file.read_at(offset, size, out));
  return out.size() == size ? ok() : damaged("cut short");
}

struct Trailer {
  uint64_t index_offset = 0;
  uint32_t index_size = 0;
  uint32_t index_crc = 0;
};

Result<Trailer> decode_trailer(std::string_view bytes) {
  const uint8_t* p = as_bytes(bytes).data();
  const size_t crc_at = kSealedTrailerSize - 4;
  if (load_le<uint32_t>(p) != kTrailerMagic ||
      load_le<uint32_t>(p + crc_at) != crc32c(as_bytes(bytes).first(crc_at))) {
    return damaged("no trailer");
  }
  return Trailer{load_le<uint64_t>(p + 8), load_le<uint32_t>(p + 16), load_le<uint32_t>(p + 20)};
}

}  // namespace

StreamHead head_behind(const FrameHead& frame) {
  const FrameHeader& h = frame.header;
  return {h.stream, h.event_class, h.epoch, h.epoch_nonce, h.last_sequence, frame.chain};
}

std::optional<FrameHead> sealable_frame(std::string_view block, EventClass event_class) {
  const auto outside = read_block_outside(as_bytes(block));
  const bool is_frame = outside.is_ok() && outside->size == block.size() &&
                        outside->frames.size() == 1 &&
                        outside->frames[0].header.event_class == event_class;
  return is_frame ? std::optional(outside->frames[0]) : std::nullopt;
}

std::string encode_sealed_header(EventClass event_class) {
  std::string out;
  append_le(out, kSealedMagic);
  append_le(out, kSealedVersion);
  append_le(out, event_class);
  append_le(out, uint8_t{0});
  return out;
}

std::string encode_sealed_trailer(uint64_t index_offset, std::string_view index) {
  std::string out;
  append_le(out, kTrailerMagic);
  append_le(out, uint32_t{0});
  append_le(out, index_offset);
  append_le(out, static_cast<uint32_t>(index.size()));
  append_le(out, crc32c(as_bytes(index)));
  append_le(out, uint32_t{0});
  append_le(out, crc32c(as_bytes(out)));
  CHECK(out.size() == kSealedTrailerSize);
  return out;
}

Result<SealedSegment> SealedSegment::open(std::unique_ptr<File> file, EventClass event_class) {
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  if (size < kSealedHeaderSize + kSealedTrailerSize) return damaged("cut short");
  std::string bytes;
  RETURN_IF_ERROR(read_exactly(*file, 0, kSealedHeaderSize, bytes));
  const uint8_t* p = as_bytes(bytes).data();
  if (load_le<uint32_t>(p) != kSealedMagic || p[7] != 0) return damaged("no header");
  if (load_le<uint16_t>(p + 4) != kSealedVersion)
    return invalid("a sealed segment of a later version");
  if (p[6] != static_cast<uint8_t>(event_class)) return damaged("of another class");
  const uint64_t index_end = size - kSealedTrailerSize;
  RETURN_IF_ERROR(read_exactly(*file, index_end, kSealedTrailerSize, bytes));
  ASSIGN_OR_RETURN(const Trailer trailer, decode_trailer(bytes));
  const bool fits = trailer.index_size <= kSealIndexBytesMax &&
                    trailer.index_size <= index_end - kSealedHeaderSize &&
                    trailer.index_offset == index_end - trailer.index_size;
  if (!fits) return damaged("its index lies outside of it");
  RETURN_IF_ERROR(read_exactly(*file, trailer.index_offset, trailer.index_size, bytes));
  if (crc32c(as_bytes(bytes)) != trailer.index_crc) return damaged("its index is another one");
  ASSIGN_OR_RETURN(SealIndex index, decode_seal_index(as_bytes(bytes), trailer.index_offset));
  if (!index.groups.empty() && index.groups.front().offset != kSealedHeaderSize)
    return damaged("bytes before its groups");
  return SealedSegment(std::move(file), size, event_class, std::move(index));
}

std::optional<size_t> SealedSegment::group_of(uint64_t number) const {
  const auto at = std::partition_point(
      index_.groups.begin(), index_.groups.end(),
      [number](const SealedGroup& group) { return group.last < number; });
  if (at == index_.groups.end()) return std::nullopt;
  return static_cast<size_t>(at - index_.groups.begin());
}

Result<SealedSegment::Group> SealedSegment::open_group(size_t number) const {
  CHECK(number < index_.groups.size());
  const SealedGroup& place = index_.groups[number];
  Group group;
  std::string bytes;
  RETURN_IF_ERROR(
      read_exactly(*file_, place.offset + place.blocks_size, place.table_size, bytes));
  if (crc32c(as_bytes(bytes)) != place.table_crc) return damaged("a table is another one");
  ASSIGN_OR_RETURN(group.table_,
                   decode_sealed_table(as_bytes(bytes), place, index_.agents.size()));
  uint64_t offset = place.offset;
  for (const SealedTable::Block& block : group.table_.blocks) {
    group.offsets_.push_back(offset);
    offset += block.size;
  }
  return group;
}

Result<const SealedSegment::Group::Opened*> SealedSegment::open_block(Group& group,
                                                                      size_t block) const {
  auto at = std::find_if(group.opened_.begin(), group.opened_.end(),
                         [block](const Group::Opened& opened) { return opened.block == block; });
  if (at != group.opened_.end()) {
    std::rotate(at, at + 1, group.opened_.end());
    return &group.opened_.back();
  }
  Group::Opened opened;
  opened.block = block;
  const SealedTable::Block& place = group.table_.blocks[block];
  std::string bytes;
  RETURN_IF_ERROR(read_exactly(*file_, group.offsets_[block], place.size, bytes));
  if (place.is_as_found) {
    opened.as_found = std::move(bytes);
  } else {
    ASSIGN_OR_RETURN(opened.splitter, BlockSplitter::open(as_bytes(bytes)));
  }
  if (group.opened_.size() == kOpenBlocksMax) group.opened_.erase(group.opened_.begin());
  group.opened_.push_back(std::move(opened));
  return &group.opened_.back();
}

Result<LogEntry> SealedSegment::entry(Group& group, size_t number) const {
  const SealedEntry& from = group.table_.entries[number];
  ASSIGN_OR_RETURN(const Group::Opened* const opened, open_block(group, from.block));
  LogEntry out;
  out.number = from.number;
  out.agent = index_.agents[from.agent];
  out.received_ns = from.received_ns;
  if (!opened->splitter) {
    out.head = *from.head;
    out.block = opened->as_found;
    return out;
  }
  if (from.frame >= opened->splitter->frames()) return damaged("a frame that is not there");
  const FrameHead& frame = opened->splitter->head(from.frame);
  if (frame.header.event_class != event_class_) return damaged("a frame of another class");
  out.head = from.head ? *from.head : head_behind(frame);
  ASSIGN_OR_RETURN(out.block, opened->splitter->frame(from.frame));
  return out;
}

Status SealedSegment::verify(const SealPace& pace) const {
  Sha256 headers;
  for (size_t g = 0; g < index_.groups.size(); ++g) {
    ASSIGN_OR_RETURN(Group group, open_group(g));
    for (const SealedEntry& entry : group.table_.entries) {
      ASSIGN_OR_RETURN(const Group::Opened* const opened, open_block(group, entry.block));
      if (opened->splitter) {
        if (entry.frame >= opened->splitter->frames()) return damaged("a frame that is not there");
        headers.add(ByteView(opened->splitter->head(entry.frame).chain));
      } else if (const auto frame = sealable_frame(opened->as_found, event_class_)) {
        headers.add(ByteView(frame->chain));
      }
    }
    RETURN_IF_ERROR(pace(index_.groups[g].blocks_size));
  }
  return headers.finish() == index_.headers ? ok() : damaged("other frames than were sealed");
}

}  // namespace spoor::collector
