// Feeds bytes to everything that reads frames. An input is also tried with its length, CRC and
// chain values made right, as an attacker would make them: without that hardly any would come past
// the first checks. What opens must survive the permitted changes with the same content.
#include <algorithm>

#include "common/frame/block.h"
#include "common/frame/repack.h"
#include "common/frame/segment.h"
#include "common/merkle.h"
#include "tests/support/fake_files.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

// Gives `text` the bytes that `fields` leaves over, so that the sizes add up.
void fit_sections(uint8_t* p, size_t start, size_t size) {
  if (size < start) return;
  const uint32_t rest = static_cast<uint32_t>(size - start);
  const uint32_t fields = std::min(load_le<uint32_t>(p + 16), rest);
  store_le(p + 16, fields);
  store_le(p + 24, rest - fields);
  if (p[14] == static_cast<uint8_t>(Codec::none)) store_le(p + 20, fields);
  if (p[15] == static_cast<uint8_t>(Codec::none)) store_le(p + 28, rest - fields);
}

std::string made_plausible(std::string bytes) {
  if (bytes.size() < kBlockHeaderSize) return bytes;
  uint8_t* p = reinterpret_cast<uint8_t*>(bytes.data());
  store_le(p, kBlockMagic);
  store_le(p + 4, static_cast<uint32_t>(bytes.size()));
  const size_t frames = load_le<uint16_t>(p + 12);
  fit_sections(p, kBlockHeaderSize + frames * kFrameHeadSize, bytes.size());
  for (size_t i = 0; i < frames; ++i) {
    const size_t at = kBlockHeaderSize + i * kFrameHeadSize;
    if (at + kFrameHeadSize > bytes.size()) break;
    const Result<FrameHeader> header = decode_header({p + at + 32, kCanonicalHeaderSize});
    if (!header.is_ok()) break;
    Hash previous;
    std::memcpy(previous.data(), p + at, previous.size());
    const Hash chain = chain_value(previous, *header);
    std::memcpy(p + at + 32 + kCanonicalHeaderSize, chain.data(), chain.size());
  }
  return with_right_crc(std::move(bytes));
}

// The root of what `raw` begins with, by the frame's own salt; `before` when it does not parse.
Hash root_of(std::string_view& raw, const SaltedHead& head, const Hash& before) {
  const std::vector<Hash> salts = event_salts(head.salt, head.head.header.entries);
  std::vector<Entry> entries;
  for (uint32_t i = 0; i < head.head.header.entries; ++i) {
    const Result<Entry> entry = take_entry(raw);
    if (!entry.is_ok()) return before;
    entries.push_back(*entry);
  }
  return merkle_root(leaves_of(entries, salts));
}

// A block forged with all its hashes right, so that only the rules of its structure can refuse it.
std::string forged(const std::string& plausible) {
  Result<BlockParts> parts = split_block(as_bytes(plausible));
  if (!parts.is_ok()) return plausible;
  const Result<std::string> fields = unpack_section(parts->fields);
  const Result<std::string> text = unpack_section(parts->text);
  if (!fields.is_ok() || !text.is_ok()) return plausible;
  std::string_view fields_left = *fields;
  std::string_view text_left = *text;
  for (SaltedHead& h : parts->heads) {
    FrameHeader& header = h.head.header;
    header.fields_root = root_of(fields_left, h, header.fields_root);
    header.text_root = root_of(text_left, h, header.text_root);
    h.head.chain = chain_value(h.head.previous_chain, header);
  }
  const auto stored = [](const BlockParts::SectionView& section) {
    return PackedSection{section.codec, section.raw_size, std::string(as_text(section.bytes))};
  };
  return join_block(parts->heads, stored(parts->fields), stored(parts->text)).value();
}

void read_block(const std::string& bytes) {
  const Result<BlockOutside> outside = read_block_outside(as_bytes(bytes));
  const Result<OpenBlock> open = OpenBlock::open(as_bytes(bytes));
  if (!open.is_ok()) {
    CHECK(open.code() == Code::corrupt || open.code() == Code::invalid);
    return;
  }
  CHECK(outside.is_ok() && outside->frames.size() == open->frames().size());
  const std::string said = describe(*open);
  const std::vector<ByteView> one = {as_bytes(bytes)};
  CHECK(describe_block(repack(one, 1).value()) == said);
  const std::string retired = retire_text(as_bytes(bytes)).value();
  CHECK(OpenBlock::open(as_bytes(retired))->text_retired());
  const FrameHead& head = open->frames()[0].head;
  const Result<std::string> erased = erase_event(as_bytes(bytes), 0, 0);
  CHECK(erased.is_ok() == (head.header.kind == FrameKind::data));
  if (erased.is_ok()) {
    const OpenBlock after = OpenBlock::open(as_bytes(*erased)).value();
    CHECK(!after.frames()[0].entries[0].fields.has_value());
    CHECK(after.frames()[0].head.chain == head.chain);
  }
  (void)decode_tombstone(open->frames()[0].entries[0].fields.value_or(""));
}

// The scanner must come to an end, and never go back.
void scan_segment(const std::string& bytes) {
  FakeFiles files;
  files.put("/segment", encode_segment_header() + bytes);
  const std::unique_ptr<File> file = files.open_read("/segment").value();
  SegmentScanner scanner(*file);
  uint64_t offset = 0;
  while (true) {
    const SegmentScanner::State state = scanner.next();
    CHECK(scanner.offset() >= offset && scanner.offset() <= kSegmentHeaderSize + bytes.size());
    offset = scanner.offset();
    if (state == SegmentScanner::State::corrupt) {
      CHECK(scanner.resume_offset() > offset);
    } else if (state != SegmentScanner::State::block) {
      break;
    }
  }
}

}  // namespace
}  // namespace spoor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(spoor::as_text({data, size}));
  spoor::read_block(bytes);
  spoor::read_block(spoor::made_plausible(bytes));
  spoor::read_block(spoor::forged(spoor::made_plausible(bytes)));
  spoor::scan_segment(bytes);
  spoor::scan_segment(spoor::made_plausible(bytes) + bytes);
  return 0;
}
