#include "common/frame/block.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "common/crc32c.h"
#include "common/sha256_many.h"

namespace spoor {
namespace {

constexpr uint32_t kLengthMask = (1u << 30) - 1;
constexpr size_t kCrcEnd = 12;  // the CRC covers everything after itself

template <size_t N>
void append(std::string& to, const std::array<uint8_t, N>& bytes) {
  to.append(reinterpret_cast<const char*>(bytes.data()), N);
}
template <size_t N>
std::array<uint8_t, N> array_at(const uint8_t* from) {
  std::array<uint8_t, N> out;
  std::memcpy(out.data(), from, N);
  return out;
}

bool is_known(uint8_t codec) {
  return codec == static_cast<uint8_t>(Codec::none) || codec == static_cast<uint8_t>(Codec::zstd) ||
         codec == static_cast<uint8_t>(Codec::retired);
}

// What a host ships is one frame, and it stays one frame's worth however it is packed.
bool exceeds_frame(size_t stored, size_t fields_raw, size_t text_raw) {
  return stored > kFrameBytesMax || fields_raw + text_raw > kFrameBytesMax;
}

bool any_newer(const BlockParts& parts) {
  return std::any_of(parts.heads.begin(), parts.heads.end(), [](const SaltedHead& h) {
    return is_of_newer_format(h.head.header);
  });
}

// The two section descriptions of the block header, against the limits and the block's size.
Status read_sections(ByteView block, BlockParts& parts) {
  const uint8_t* p = block.data();
  const size_t frames = parts.heads.size();
  const bool are_known = is_known(p[14]) && is_known(p[15]);
  if (!are_known && !any_newer(parts)) return corrupt("block: unknown codec");
  const uint64_t fields_size = load_le<uint32_t>(p + 16);
  const uint64_t text_size = load_le<uint32_t>(p + 24);
  const uint64_t start = kBlockHeaderSize + frames * kFrameHeadSize;
  if (start + fields_size + text_size != block.size()) {
    return corrupt("block: its parts do not add up to its length");
  }
  parts.fields = {static_cast<Codec>(p[14]), load_le<uint32_t>(p + 20),
                  block.subspan(start, fields_size)};
  parts.text = {static_cast<Codec>(p[15]), load_le<uint32_t>(p + 28),
                block.subspan(start + fields_size)};
  if (parts.fields.codec == Codec::retired) return corrupt("block: fields cannot be retired");
  for (const BlockParts::SectionView* section : {&parts.fields, &parts.text}) {
    if (section->raw_size > kSectionBytesMax) return corrupt("block: a section is too large");
    if (section->codec == Codec::none && section->raw_size != section->bytes.size()) {
      return corrupt("block: an unpacked section has two sizes");
    }
    if (section->codec == Codec::retired && (section->raw_size | section->bytes.size()) != 0) {
      return corrupt("block: a retired section has a size");
    }
  }
  if (frames == 1 && exceeds_frame(block.size(), parts.fields.raw_size, parts.text.raw_size)) {
    return corrupt("block: a frame is too large");
  }
  return ok();
}

Result<SaltedHead> read_head(const uint8_t* p) {
  const ByteView canonical(p + 32, kCanonicalHeaderSize);
  SaltedHead out;
  ASSIGN_OR_RETURN(out.head.header, decode_header(canonical));
  out.head.previous_chain = array_at<32>(p);
  out.head.chain = array_at<32>(p + 32 + kCanonicalHeaderSize);
  out.salt = array_at<16>(p + 64 + kCanonicalHeaderSize);
  if (out.head.chain != chain_value(out.head.previous_chain, out.head.header)) {
    return corrupt("block: a chain value is not that of its header");
  }
  if (out.head.header.previous_epoch == 0 && out.head.previous_chain != Hash{}) {
    return corrupt("block: the first frame of a stream follows a chain value");
  }
  return out;
}

}  // namespace

Result<std::optional<size_t>> block_size(ByteView start) {
  std::array<uint8_t, 4> magic;
  store_le(magic.data(), kBlockMagic);
  const size_t there = std::min(start.size(), magic.size());
  if (!std::equal(start.begin(), start.begin() + static_cast<ptrdiff_t>(there), magic.begin())) {
    return corrupt("block: wrong magic");
  }
  if (start.size() < 8) return std::optional<size_t>();
  const uint32_t size = load_le<uint32_t>(start.data() + 4);
  if (size < kBlockHeaderSize + kFrameHeadSize || size > kBlockBytesMax) {
    return corrupt("block: impossible length");
  }
  return std::optional<size_t>(size);
}

bool block_crc_holds(ByteView bytes) {
  const Result<std::optional<size_t>> size = block_size(bytes);
  if (!size.is_ok() || !size->has_value() || **size > bytes.size()) return false;
  return crc32c(bytes.subspan(kCrcEnd, **size - kCrcEnd)) == load_le<uint32_t>(bytes.data() + 8);
}

Result<BlockParts> split_block(ByteView bytes) {
  ASSIGN_OR_RETURN(BlockParts parts, split_outside(bytes));
  for (const SaltedHead& h : parts.heads) {
    const FrameHeader& header = h.head.header;
    if (is_of_newer_format(header))
      return invalid("block: a frame of format version " + std::to_string(header.format_version) +
                     ", which is kept as it is: a newer release of Spoor can read it");
  }
  return parts;
}

Result<BlockParts> split_outside(ByteView bytes) {
  ASSIGN_OR_RETURN(const std::optional<size_t> size, block_size(bytes));
  if (!size.has_value() || *size > bytes.size()) return corrupt("block: cut short");
  if (!block_crc_holds(bytes)) return corrupt("block: wrong CRC");
  const ByteView block = bytes.first(*size);
  const size_t frames = load_le<uint16_t>(block.data() + 12);
  if (frames == 0 || frames > kBlockFramesMax) return corrupt("block: impossible frame count");

  BlockParts parts;
  parts.size = block.size();
  if (kBlockHeaderSize + frames * kFrameHeadSize > block.size())
    return corrupt("block: its parts do not add up to its length");
  uint64_t entries = 0;
  for (size_t i = 0; i < frames; ++i) {
    ASSIGN_OR_RETURN(const SaltedHead head,
                     read_head(block.data() + kBlockHeaderSize + i * kFrameHeadSize));
    entries += head.head.header.entries;
    parts.heads.push_back(head);
  }
  RETURN_IF_ERROR(read_sections(block, parts));
  if (entries > kBlockEntriesMax) return corrupt("block: too many entries");
  if (any_newer(parts)) return parts;
  // Each entry has a tag of four bytes, so that memory for entries is bounded by the bytes there.
  if (entries * 4 > parts.fields.raw_size ||
      (parts.text.codec != Codec::retired && entries * 4 > parts.text.raw_size)) {
    return corrupt("block: a section is too small for its entries");
  }
  return parts;
}

Result<std::string> join_block(const std::vector<SaltedHead>& heads, const PackedSection& fields,
                               const PackedSection& text) {
  CHECK(!heads.empty());
  uint64_t entries = 0;
  for (const SaltedHead& h : heads) entries += h.head.header.entries;
  const size_t size = kBlockHeaderSize + heads.size() * kFrameHeadSize + fields.bytes.size() +
                      text.bytes.size();
  if (heads.size() > kBlockFramesMax || size > kBlockBytesMax ||
      entries > kBlockEntriesMax || fields.raw_size > kSectionBytesMax ||
      text.raw_size > kSectionBytesMax ||
      (heads.size() == 1 && exceeds_frame(size, fields.raw_size, text.raw_size))) {
    return full("block: too large");
  }
  std::string out;
  out.reserve(size);
  append_le(out, kBlockMagic);
  append_le(out, static_cast<uint32_t>(size));
  append_le(out, uint32_t{0});
  append_le(out, static_cast<uint16_t>(heads.size()));
  append_le(out, fields.codec);
  append_le(out, text.codec);
  append_le(out, static_cast<uint32_t>(fields.bytes.size()));
  append_le(out, fields.raw_size);
  append_le(out, static_cast<uint32_t>(text.bytes.size()));
  append_le(out, text.raw_size);
  for (const SaltedHead& h : heads) {
    append(out, h.head.previous_chain);
    out += encode_header(h.head.header);
    append(out, h.head.chain);
    append(out, h.salt);
  }
  out += fields.bytes;
  out += text.bytes;
  const uint32_t crc = crc32c(as_bytes(out).subspan(kCrcEnd));
  store_le(reinterpret_cast<uint8_t*>(out.data()) + 8, crc);
  return out;
}

Result<std::string> unpack_section(const BlockParts::SectionView& section) {
  if (section.codec != Codec::zstd) return std::string(as_text(section.bytes));
  const ByteView packed = section.bytes;
  // One zstd frame and nothing else: a second or a skippable one could carry what no hash covers.
  // The magic keeps hostile input away from the library's decoders of its own old formats.
  if (packed.size() < 4 || load_le<uint32_t>(packed.data()) != ZSTD_MAGICNUMBER ||
      ZSTD_getFrameContentSize(packed.data(), packed.size()) != section.raw_size ||
      ZSTD_findFrameCompressedSize(packed.data(), packed.size()) != packed.size()) {
    return corrupt("block: a section is not one zstd frame of its size");
  }
  std::string raw(section.raw_size, '\0');
  // Of each thread its own: to make one takes longer than to unpack a small section.
  static thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(
      ZSTD_createDCtx(), ZSTD_freeDCtx);
  CHECK(context);
  if (ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), packed.data(), packed.size()) !=
      raw.size()) {
    return corrupt("block: a section does not unpack");
  }
  return raw;
}

void append_entry(std::string& raw, const Entry& entry) {
  CHECK(entry.bytes.size() <= kLengthMask);
  append_le(raw,
            static_cast<uint32_t>(entry.mode) << 30 | static_cast<uint32_t>(entry.bytes.size()));
  if (entry.mode != Entry::Mode::derived) append(raw, entry.salt_or_leaf);
  raw += entry.bytes;
}

Result<Entry> take_entry(std::string_view& raw) {
  if (raw.size() < 4) return corrupt("section: an entry is cut short");
  const uint32_t tag = load_le<uint32_t>(as_bytes(raw).data());
  const uint32_t mode = tag >> 30;
  const size_t length = tag & kLengthMask;
  if (mode > 2) return corrupt("section: unknown entry mode");
  Entry out;
  out.mode = static_cast<Entry::Mode>(mode);
  const size_t hash_size = out.mode == Entry::Mode::derived ? 0 : sizeof(Hash);
  if (raw.size() - 4 < hash_size + length) return corrupt("section: an entry is cut short");
  if (out.mode == Entry::Mode::erased && length != 0) {
    return corrupt("section: an erased entry has bytes");
  }
  if (hash_size != 0) out.salt_or_leaf = array_at<32>(as_bytes(raw).data() + 4);
  out.bytes = raw.substr(4 + hash_size, length);
  raw.remove_prefix(4 + hash_size + length);
  return out;
}

std::vector<Hash> event_salts(const Salt& frame_salt, uint32_t entries) {
  // A secret and a counter, both of a fixed length: nothing that HMAC would have to guard against.
  using Name = std::array<uint8_t, 1 + sizeof(Salt) + 4>;
  std::vector<Name> names(entries, Name{0x03});
  std::vector<Sha256Message> messages(entries);
  for (uint32_t i = 0; i < entries; ++i) {
    std::memcpy(names[i].data() + 1, frame_salt.data(), frame_salt.size());
    store_le(names[i].data() + 1 + sizeof(Salt), i);
    messages[i].start = names[i];
  }
  std::vector<Hash> salts(entries);
  sha256_many(messages, salts);
  return salts;
}

std::vector<Hash> leaves_of(std::span<const Entry> entries, std::span<const Hash> event_salts) {
  CHECK(entries.size() == event_salts.size());
  using Start = std::array<uint8_t, 1 + sizeof(Hash)>;
  std::vector<Start> starts(entries.size(), Start{0x00});
  std::vector<Sha256Message> messages(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool is_derived = entries[i].mode == Entry::Mode::derived;
    const Hash& salt = is_derived ? event_salts[i] : entries[i].salt_or_leaf;
    std::memcpy(starts[i].data() + 1, salt.data(), salt.size());
    messages[i] = {starts[i], as_bytes(entries[i].bytes)};
  }
  std::vector<Hash> leaves(entries.size());
  sha256_many(messages, leaves);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].mode == Entry::Mode::erased) leaves[i] = entries[i].salt_or_leaf;
  }
  return leaves;
}

}  // namespace spoor
