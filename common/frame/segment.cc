// Torn or corrupt? A power cut leaves a last block that is cut short or whose CRC is wrong, and
// nothing after it. Cutting there loses nothing that was synced. A bad block with a good one after
// it is something else (a bad sector, somebody's hand), and cutting there would destroy evidence:
// so behind every bad block the rest of the file is searched for a good one.
#include "common/frame/segment.h"

#include <algorithm>

#include "common/frame/block.h"

namespace spoor {
namespace {

constexpr size_t kSearchBytes = 1u << 20;
// Places that look like a block's first bytes and are none, before the search gives up. Event text
// may hold the magic by chance or by malice; each try costs a read of up to a block.
constexpr int kSearchTries = 256;

}  // namespace

std::string encode_segment_header() {
  std::string out;
  append_le(out, kSegmentMagic);
  append_le(out, kSegmentVersion);
  return out;
}

SegmentScanner::State SegmentScanner::fail(State state, Status status) {
  status_ = std::move(status);
  return state;
}

SegmentScanner::State SegmentScanner::read_header(uint64_t file_size) {
  if (file_size < kSegmentHeaderSize) {
    return fail(State::torn, corrupt("segment: its header is cut short"));
  }
  std::string header;
  if (Status s = file_.read_at(0, kSegmentHeaderSize, header); !s.is_ok()) {
    return fail(State::error, std::move(s));
  }
  if (header == encode_segment_header()) {
    offset_ = kSegmentHeaderSize;
    return State::block;
  }
  // Blocks vouch for themselves: where one stands behind it, eight bytes must not cost them all.
  const Status first = read_block(kSegmentHeaderSize, file_size, block_);
  if (first.is_ok()) {
    resume_offset_ = kSegmentHeaderSize;
    return fail(State::corrupt, corrupt("segment: its header is damaged"));
  }
  if (first.code() != Code::corrupt) return fail(State::error, first);
  if (header.size() < kSegmentHeaderSize ||
      load_le<uint32_t>(as_bytes(header).data()) != kSegmentMagic) {
    return fail(State::error, corrupt("segment: wrong magic"));
  }
  return fail(State::error, invalid("segment: a version that we do not know"));
}

Status SegmentScanner::read_block(uint64_t at, uint64_t file_size, std::string& into) {
  RETURN_IF_ERROR(file_.read_at(at, 8, into));
  ASSIGN_OR_RETURN(const std::optional<size_t> size, block_size(as_bytes(into)));
  if (!size.has_value() || at >= file_size || *size > file_size - at) {
    return corrupt("block: cut short");
  }
  RETURN_IF_ERROR(file_.read_at(at, *size, into));
  return block_crc_holds(as_bytes(into)) ? ok() : corrupt("block: wrong CRC");
}

Result<uint64_t> SegmentScanner::find_block(uint64_t from, uint64_t file_size) {
  std::string magic;
  append_le(magic, kBlockMagic);
  std::string window;
  std::string candidate;
  int tries = 0;
  for (uint64_t at = from + 1; at + kBlockHeaderSize <= file_size;) {
    // Not what was written since: a block that was being written then is none to be stepped over
    // because there is a next one now.
    RETURN_IF_ERROR(file_.read_at(at, std::min<uint64_t>(kSearchBytes, file_size - at), window));
    if (window.size() < magic.size()) break;
    for (size_t i = window.find(magic); i != std::string::npos; i = window.find(magic, i + 1)) {
      const Status s = read_block(at + i, file_size, candidate);
      if (s.is_ok()) return at + i;
      if (s.code() != Code::corrupt) return s;
      if (++tries == kSearchTries) return corrupt("segment: too damaged to search");
    }
    at += window.size() - (magic.size() - 1);  // a magic may lie across two windows
  }
  return uint64_t{0};
}

SegmentScanner::State SegmentScanner::next() {
  status_ = ok();
  if (resume_offset_ > offset_) offset_ = resume_offset_;
  const Result<uint64_t> file_size = file_.size();
  if (!file_size.is_ok()) return fail(State::error, file_size.status());
  if (offset_ == 0) {
    if (const State s = read_header(*file_size); s != State::block) return s;
  }
  if (offset_ == *file_size) return State::end;
  if (offset_ > *file_size) return fail(State::error, corrupt("segment: it became shorter"));

  Status bad = read_block(offset_, *file_size, block_);
  if (bad.is_ok()) {
    Result<BlockOutside> outside = read_block_outside(as_bytes(block_));
    if (outside.is_ok()) {
      outside_ = std::move(outside).value();
      offset_ += block_.size();
      return State::block;
    }
    // The CRC holds, so that these are the bytes once written: not torn, whatever follows.
    resume_offset_ = offset_ + block_.size();
    return fail(State::corrupt, outside.status());
  }
  if (bad.code() != Code::corrupt) return fail(State::error, std::move(bad));
  const Result<uint64_t> good = find_block(offset_, *file_size);
  if (!good.is_ok()) return fail(State::error, good.status());
  if (*good == 0) return fail(State::torn, std::move(bad));
  resume_offset_ = *good;
  return fail(State::corrupt, std::move(bad));
}

}  // namespace spoor
