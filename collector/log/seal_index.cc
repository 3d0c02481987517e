#include "collector/log/seal_index.h"

#include <algorithm>
#include <limits>

#include "collector/log/seal_limits.h"
#include "common/byte_reader.h"

namespace spoor::collector {

namespace {

Status damaged() { return corrupt("a sealed segment's index is not what it should be"); }

uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1 ^ (0 - (value & 1)));
}

void append_time(std::string& to, const TimeRange& range) {
  append_varint(to, zigzag(range.least_ns));
  append_varint(to, zigzag(range.greatest_ns));
}
TimeRange take_time(ByteReader& from) {
  const int64_t least = unzigzag(from.varint());
  return {least, unzigzag(from.varint())};
}

template <size_t N>
std::array<uint8_t, N> take_array(ByteReader& from) {
  std::array<uint8_t, N> out{};
  const ByteView bytes = from.take(N);
  if (bytes.size() == N) std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// A list whose elements have at least `least` bytes each: what is left has room for no more.
size_t take_count(ByteReader& from, size_t least) {
  const uint64_t count = from.varint();
  return static_cast<size_t>(std::min<uint64_t>(count, from.left() / least + 1));
}

template <typename Number>
Number take_number(ByteReader& from) {
  return static_cast<Number>(std::min<uint64_t>(from.varint(), std::numeric_limits<Number>::max()));
}

void append_stream(std::string& to, const SealedStream& stream) {
  to += as_text(stream.stream);
  append_varint(to, stream.agent);
  append_varint(to, stream.epochs.size());
  for (const SealedStream::Epoch& epoch : stream.epochs) {
    append_varint(to, epoch.epoch);
    to += as_text(epoch.nonce);
    append_varint(to, epoch.sequence);
  }
  to += as_text(stream.chain);
  append_varint(to, stream.points.size());
  uint64_t epoch = 0, sequence = 0;
  for (const SealedStream::Point& point : stream.points) {
    append_varint(to, point.epoch - std::exchange(epoch, point.epoch));
    append_varint(
        to, zigzag(static_cast<int64_t>(point.sequence - std::exchange(sequence, point.sequence))));
    to += as_text(point.mark);
  }
}

SealedStream take_stream(ByteReader& from) {
  SealedStream stream;
  stream.stream = take_array<16>(from);
  stream.agent = take_number<uint32_t>(from);
  stream.epochs.resize(take_count(from, 18));
  for (SealedStream::Epoch& epoch : stream.epochs) {
    epoch.epoch = from.varint();
    epoch.nonce = take_array<16>(from);
    epoch.sequence = from.varint();
  }
  stream.chain = take_array<32>(from);
  stream.points.resize(take_count(from, 10));
  uint64_t epoch = 0, sequence = 0;
  for (SealedStream::Point& point : stream.points) {
    point.epoch = epoch += from.varint();
    point.sequence = sequence += static_cast<uint64_t>(unzigzag(from.varint()));
    point.mark = take_array<8>(from);
  }
  return stream;
}

void append_head(std::string& to, const StreamHead& head) {
  to += as_text(head.stream);
  to += static_cast<char>(head.event_class);
  append_varint(to, head.epoch);
  to += as_text(head.epoch_nonce);
  append_varint(to, head.sequence);
  to += as_text(head.chain);
}

StreamHead take_head(ByteReader& from) {
  StreamHead head;
  head.stream = take_array<16>(from);
  const ByteView event_class = from.take(1);
  if (event_class.size() == 1) head.event_class = static_cast<EventClass>(event_class[0]);
  head.epoch = from.varint();
  head.epoch_nonce = take_array<16>(from);
  head.sequence = from.varint();
  head.chain = take_array<32>(from);
  return head;
}

bool is_class(EventClass c) {
  return static_cast<size_t>(c) >= 1 && static_cast<size_t>(c) <= kEventClasses;
}

// Whether the groups follow one another up to `end`, and hold what the index counts.
bool are_groups_whole(const SealIndex& index, uint64_t end) {
  uint64_t at = index.groups.empty() ? end : index.groups.front().offset;
  uint64_t entries = 0;
  uint64_t number = 0;
  for (const SealedGroup& group : index.groups) {
    const bool fits = group.offset == at && group.blocks_size <= end - at &&
                      group.table_size <= end - at - group.blocks_size;
    if (!fits || group.entries == 0 || group.entries > kSealGroupEntriesMax ||
        group.table_size > kSealedTableBytesMax || group.first <= number ||
        group.last < group.first) {
      return false;
    }
    if (group.last - group.first + 1 < group.entries) return false;
    at = group.end();
    number = group.last;
    entries += group.entries;
  }
  return at == end && entries == index.entries;
}

}  // namespace

std::string encode_seal_index(const SealIndex& index) {
  std::string out;
  for (const uint64_t count : {index.entries, index.events, index.records, index.dropped,
                               index.dropped_through}) {
    append_varint(out, count);
  }
  append_time(out, index.received);
  append_time(out, index.events_time);
  out += as_text(index.headers);
  append_varint(out, index.agents.size());
  for (const std::string& agent : index.agents) {
    append_varint(out, agent.size());
    out += agent;
  }
  append_varint(out, index.streams.size());
  for (const SealedStream& stream : index.streams) append_stream(out, stream);
  append_varint(out, index.groups.size());
  for (const SealedGroup& group : index.groups) {
    append_varint(out, group.offset);
    append_varint(out, group.blocks_size);
    append_varint(out, group.table_size);
    append_le(out, group.table_crc);
    append_varint(out, group.first);
    append_varint(out, group.last);
    append_varint(out, group.entries);
  }
  return out;
}

Result<SealIndex> decode_seal_index(ByteView bytes, uint64_t groups_end) {
  ByteReader from(bytes);
  SealIndex index;
  index.entries = from.varint();
  index.events = from.varint();
  index.records = from.varint();
  index.dropped = from.varint();
  index.dropped_through = from.varint();
  index.received = take_time(from);
  index.events_time = take_time(from);
  index.headers = take_array<32>(from);
  index.agents.resize(std::min(take_count(from, 2), kSealedAgentsMax));
  for (std::string& agent : index.agents) agent = as_text(from.take(from.varint()));
  index.streams.resize(take_count(from, 79));
  for (SealedStream& stream : index.streams) stream = take_stream(from);
  index.groups.resize(take_count(from, 10));
  for (SealedGroup& group : index.groups) {
    group.offset = from.varint();
    group.blocks_size = from.varint();
    group.table_size = take_number<uint32_t>(from);
    group.table_crc = from.fixed32();
    group.first = from.varint();
    group.last = from.varint();
    group.entries = take_number<uint32_t>(from);
  }
  bool is_good = from.is_ok() && from.at_end() && are_groups_whole(index, groups_end) &&
                 (index.dropped == 0 || index.groups.empty());
  for (const SealedStream& stream : index.streams) {
    is_good = is_good && stream.agent < index.agents.size() && !stream.epochs.empty() &&
              !stream.points.empty() && stream.points.size() <= kSealedPointsMax;
  }
  if (!is_good) return damaged();
  return index;
}

std::string encode_sealed_table(const SealedTable& table) {
  std::string out;
  append_varint(out, table.blocks.size());
  for (const SealedTable::Block& block : table.blocks)
    append_varint(out, uint64_t{block.size} << 1 | (block.is_as_found ? 1 : 0));
  uint64_t number = 0;
  int64_t received_ns = 0;
  for (const SealedEntry& entry : table.entries) {
    append_varint(out, entry.number - std::exchange(number, entry.number));
    append_varint(out, zigzag(entry.received_ns - std::exchange(received_ns, entry.received_ns)));
    append_varint(out, uint64_t{entry.agent} << 1 | (entry.head ? 1 : 0));
    append_varint(out, entry.block);
    append_varint(out, entry.frame);
    if (entry.head) append_head(out, *entry.head);
  }
  return out;
}

Result<SealedTable> decode_sealed_table(ByteView bytes, const SealedGroup& group, size_t agents) {
  ByteReader from(bytes);
  SealedTable table;
  table.blocks.resize(take_count(from, 1));
  uint64_t size = 0;
  for (SealedTable::Block& block : table.blocks) {
    const uint64_t told = from.varint();
    block = {static_cast<uint32_t>(std::min<uint64_t>(told >> 1, UINT32_MAX)), (told & 1) != 0};
    size += block.size;
  }
  bool is_good = size == group.blocks_size && group.entries <= from.left() / 5;
  if (is_good) table.entries.resize(group.entries);
  uint64_t number = 0;
  int64_t received_ns = 0;
  for (SealedEntry& entry : table.entries) {
    const uint64_t step = from.varint();
    is_good = is_good && step > 0 && step <= group.last - number;
    number += step;
    received_ns = static_cast<int64_t>(static_cast<uint64_t>(received_ns) +
                                       static_cast<uint64_t>(unzigzag(from.varint())));
    const uint64_t agent = from.varint();
    entry = {number, received_ns, static_cast<uint32_t>(agent >> 1), take_number<uint32_t>(from),
             take_number<uint32_t>(from), std::nullopt};
    if ((agent & 1) != 0) entry.head = take_head(from);
    is_good = is_good && agent >> 1 < agents && entry.block < table.blocks.size() &&
              (!entry.head || is_class(entry.head->event_class)) &&
              (!table.blocks[entry.block].is_as_found || (entry.head && entry.frame == 0));
    if (!is_good) break;
  }
  is_good = is_good && from.is_ok() && from.at_end() && !table.entries.empty() &&
            table.entries.front().number == group.first &&
            table.entries.back().number == group.last;
  if (!is_good) return damaged();
  return table;
}

}  // namespace spoor::collector
