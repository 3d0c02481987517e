#include "collector/log/entry.h"

#include <algorithm>

#include "common/crc32c.h"

namespace spoor::collector {

namespace {

constexpr size_t kCrcOffset = 12;

// The CRC of header and name, the CRC field itself left out.
uint32_t header_crc(const uint8_t* start, size_t size, uint32_t salt) {
  const uint32_t before = crc32c({start, kCrcOffset}, salt);
  return crc32c({start + kCrcOffset + 4, size - kCrcOffset - 4}, before);
}

}  // namespace

void append_entry(std::string& to, const NewEntry& entry, uint64_t number, uint64_t synced_through,
                  uint32_t salt) {
  CHECK(!entry.agent.empty() && entry.agent.size() <= 255);
  CHECK(entry.block.size() <= kBlockBytesMax);
  const size_t start = to.size();
  to.reserve(start + kEntryHeaderSize + entry.agent.size() + entry.block.size());
  append_le(to, kEntryMagic);
  append_le(to, static_cast<uint32_t>(entry.block.size()));
  append_le(to, crc32c(as_bytes(entry.block)));
  append_le(to, uint32_t{0});
  append_le(to, number);
  append_le(to, synced_through);
  append_le(to, entry.received_ns);
  to += as_text(entry.head.stream);
  append_le(to, entry.head.epoch);
  to += as_text(entry.head.epoch_nonce);
  append_le(to, entry.head.sequence);
  to += as_text(entry.head.chain);
  append_le(to, static_cast<uint8_t>(entry.head.event_class));
  append_le(to, static_cast<uint8_t>(entry.agent.size()));
  to.append(6, '\0');
  CHECK(to.size() - start == kEntryHeaderSize);
  to += entry.agent;
  uint8_t* header = reinterpret_cast<uint8_t*>(to.data()) + start;
  store_le(header + kCrcOffset, header_crc(header, to.size() - start, salt));
  to += entry.block;
}

std::optional<EntryHeader> decode_entry(ByteView bytes, uint32_t salt) {
  if (bytes.size() < kEntryHeaderSize) return std::nullopt;
  const uint8_t* p = bytes.data();
  if (load_le<uint32_t>(p) != kEntryMagic) return std::nullopt;
  const size_t name_size = p[121];
  if (bytes.size() < kEntryHeaderSize + name_size) return std::nullopt;
  if (load_le<uint32_t>(p + kCrcOffset) != header_crc(p, kEntryHeaderSize + name_size, salt))
    return std::nullopt;

  EntryHeader out;
  out.block_size = load_le<uint32_t>(p + 4);
  out.block_crc = load_le<uint32_t>(p + 8);
  out.number = load_le<uint64_t>(p + 16);
  out.synced_through = load_le<uint64_t>(p + 24);
  out.received_ns = load_le<int64_t>(p + 32);
  std::copy_n(p + 40, 16, out.head.stream.begin());
  out.head.epoch = load_le<uint64_t>(p + 56);
  std::copy_n(p + 64, 16, out.head.epoch_nonce.begin());
  out.head.sequence = load_le<uint64_t>(p + 80);
  std::copy_n(p + 88, 32, out.head.chain.begin());
  out.head.event_class = static_cast<EventClass>(p[120]);
  out.agent.assign(reinterpret_cast<const char*>(p) + kEntryHeaderSize, name_size);
  const bool sane = p[120] >= 1 && p[120] <= kEventClasses && name_size > 0 && out.number > 0 &&
                    out.block_size <= kBlockBytesMax;
  if (!sane) return std::nullopt;
  return out;
}

}  // namespace spoor::collector
