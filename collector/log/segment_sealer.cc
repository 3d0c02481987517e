#include "collector/log/segment_sealer.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "collector/log/seal_limits.h"
#include "collector/log/sealed_streams.h"
#include "common/crc32c.h"
#include "common/frame/repack.h"
#include "common/sha256.h"

namespace spoor::collector {

namespace {

class Sealer {
 public:
  Sealer(File& to, EventClass event_class) : to_(to), event_class_(event_class) {}

  Status begin() { return write(encode_sealed_header(event_class_)); }
  Status add(const EntryHeader& header, std::string block);
  Status finish();

 private:
  // An entry of the group that is being gathered.
  struct Gathered {
    SealedEntry entry;
    StreamHead head;
    std::string block;
    std::optional<FrameHead> frame;  // that the block is of; none: it is no such block
  };

  Status write(std::string_view bytes) {
    written_ += bytes.size();
    return to_.append(bytes);
  }
  void note(const Gathered& gathered);
  Status write_group();
  Status join(std::span<const size_t> which, SealedTable& table);
  Status keep_as_found(size_t which, SealedTable& table);

  File& to_;
  const EventClass event_class_;
  uint64_t written_ = 0;
  uint64_t synced_ = 0;  // of these
  SealIndex index_;
  Sha256 headers_;
  SealedStreams streams_{index_};
  std::vector<Gathered> group_;
  size_t group_bytes_ = 0;
};

// What the index says of the entry.
void Sealer::note(const Gathered& gathered) {
  ++index_.entries;
  index_.received.add(gathered.entry.received_ns);
  if (!gathered.frame) return;
  headers_.add(ByteView(gathered.frame->chain));
  const FrameHeader& header = gathered.frame->header;
  if (header.kind != FrameKind::data) return;
  index_.events += header.entries;
  index_.records += header.records;
  index_.events_time.add(header.time_min_ns);
  index_.events_time.add(header.time_max_ns);
}

Status Sealer::add(const EntryHeader& header, std::string block) {
  Gathered gathered;
  gathered.entry.number = header.number;
  gathered.entry.received_ns = header.received_ns;
  gathered.entry.agent = streams_.add(header.agent, header.head);
  gathered.head = header.head;
  gathered.frame = sealable_frame(block, event_class_);
  gathered.block = std::move(block);
  note(gathered);
  group_bytes_ += gathered.block.size();
  group_.push_back(std::move(gathered));
  const bool is_full =
      group_bytes_ >= kSealGroupBytes || group_.size() == kSealGroupEntriesMax;
  return is_full ? write_group() : ok();
}

Status Sealer::write_group() {
  if (group_.empty()) return ok();
  std::vector<size_t> order(group_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](size_t a, size_t b) {
    return std::pair(group_[a].entry.agent, group_[a].head.stream) <
           std::pair(group_[b].entry.agent, group_[b].head.stream);
  });
  SealedGroup place;
  place.offset = written_;
  SealedTable table;
  for (std::span<const size_t> left(order); !left.empty();) {
    size_t bytes = 0;
    size_t count = 0;
    while (count < left.size() && bytes < kSealBlockBytes && count < kBlockFramesMax)
      bytes += group_[left[count++]].block.size();
    RETURN_IF_ERROR(join(left.first(count), table));
    left = left.subspan(count);
  }
  for (Gathered& gathered : group_) table.entries.push_back(std::move(gathered.entry));
  const std::string bytes = encode_sealed_table(table);
  place.blocks_size = written_ - place.offset;
  place.table_size = static_cast<uint32_t>(bytes.size());
  place.table_crc = crc32c(as_bytes(bytes));
  place.first = table.entries.front().number;
  place.last = table.entries.back().number;
  place.entries = static_cast<uint32_t>(table.entries.size());
  RETURN_IF_ERROR(write(bytes));
  index_.groups.push_back(place);
  if (written_ - synced_ >= kSealSyncBytes) {
    RETURN_IF_ERROR(to_.sync());
    synced_ = written_;
  }
  group_.clear();
  group_bytes_ = 0;
  return ok();
}

// One block of them; of halves where they are too much for one, or some of them cannot be joined.
Status Sealer::join(std::span<const size_t> which, SealedTable& table) {
  std::vector<ByteView> blocks;
  bool are_frames = true;
  for (const size_t i : which) {
    blocks.push_back(as_bytes(group_[i].block));
    are_frames = are_frames && group_[i].frame.has_value();
  }
  const Result<std::string> joined =
      are_frames ? repack(blocks, kSealLevel) : corrupt("no block of one frame");
  if (!joined.is_ok() && which.size() == 1) return keep_as_found(which[0], table);
  if (!joined.is_ok()) {
    RETURN_IF_ERROR(join(which.first(which.size() / 2), table));
    return join(which.subspan(which.size() / 2), table);
  }
  uint32_t frame = 0;
  for (const size_t i : which) {
    Gathered& gathered = group_[i];
    gathered.entry.block = static_cast<uint32_t>(table.blocks.size());
    gathered.entry.frame = frame++;
    if (gathered.head != head_behind(*gathered.frame)) gathered.entry.head = gathered.head;
  }
  table.blocks.push_back({static_cast<uint32_t>(joined->size()), false});
  return write(*joined);
}

Status Sealer::keep_as_found(size_t which, SealedTable& table) {
  Gathered& gathered = group_[which];
  gathered.entry.block = static_cast<uint32_t>(table.blocks.size());
  gathered.entry.head = gathered.head;
  table.blocks.push_back({static_cast<uint32_t>(gathered.block.size()), true});
  return write(gathered.block);
}

Status Sealer::finish() {
  RETURN_IF_ERROR(write_group());
  index_.headers = headers_.finish();
  const std::string index = encode_seal_index(index_);
  if (index.size() > kSealIndexBytesMax)
    return invalid("a segment of too many streams to be sealed");
  const std::string trailer = encode_sealed_trailer(written_, index);
  RETURN_IF_ERROR(write(index));
  RETURN_IF_ERROR(write(trailer));
  return to_.sync();
}

Status seal_all(SegmentReader& from, uint64_t bytes, Sealer& sealer, const SealPace& pace) {
  RETURN_IF_ERROR(sealer.begin());
  uint64_t told = 0;
  while (true) {
    ASSIGN_OR_RETURN(const auto found, from.next(bytes));
    if (!found) break;
    std::string block;
    RETURN_IF_ERROR(from.read_block(*found, block));
    if (crc32c(as_bytes(block)) != found->header.block_crc)
      return corrupt("the block of entry " + std::to_string(found->header.number) + " is damaged");
    RETURN_IF_ERROR(sealer.add(found->header, std::move(block)));
    if (from.offset() - told < kSealGroupBytes) continue;
    RETURN_IF_ERROR(pace(from.offset() - std::exchange(told, from.offset())));
  }
  if (from.skipped() > 0 || from.offset() != bytes)
    return corrupt("some of the segment is no entry");
  return sealer.finish();
}

}  // namespace

Status seal_segment(Files& files, SegmentReader& from, uint64_t bytes, EventClass event_class,
                    const std::string& path, const SealPace& pace) {
  ASSIGN_OR_RETURN(const auto to, files.open_append(path));
  RETURN_IF_ERROR(to->truncate(0));
  Sealer sealer(*to, event_class);
  const Status sealed = seal_all(from, bytes, sealer, pace);
  if (!sealed.is_ok()) (void)files.remove(path);
  return sealed;
}

}  // namespace spoor::collector
