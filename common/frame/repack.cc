#include "common/frame/repack.h"

#include <utility>

#include "common/frame/block.h"

namespace spoor {
namespace {

// A rebuilt copy is packed once and kept long.
constexpr int kRepackLevel = 3;

// A block taken apart and unpacked, known to verify.
struct Unpacked {
  BlockParts parts;  // views into the block
  std::string fields;
  std::string text;

  bool text_retired() const { return parts.text.codec == Codec::retired; }
};

// A block that does not verify must stay as it is: rebuilding it would wipe out what happened to
// it, and joined with good ones it would spoil them.
Result<Unpacked> unpack(ByteView block) {
  ASSIGN_OR_RETURN(const OpenBlock proven, OpenBlock::open(block));
  Unpacked out;
  ASSIGN_OR_RETURN(out.parts, split_block(block));
  ASSIGN_OR_RETURN(out.fields, unpack_section(out.parts.fields));
  ASSIGN_OR_RETURN(out.text, unpack_section(out.parts.text));
  return out;
}

PackedSection retired() { return {Codec::retired, 0, {}}; }

PackedSection as_stored(const BlockParts::SectionView& section) {
  return {section.codec, section.raw_size, std::string(as_text(section.bytes))};
}

PackedSection pack_as_before(std::string_view raw, const BlockParts::SectionView& before) {
  if (before.codec == Codec::retired) return retired();
  return pack_section(raw, before.codec == Codec::none ? 0 : kRepackLevel);
}

// The section with entry `erased` of frame `frame` reduced to its leaf, and the others of that
// frame carrying their salts.
Result<std::string> erase_in_section(std::string_view raw, const std::vector<SaltedHead>& heads,
                                     size_t frame, size_t erased) {
  std::string out;
  out.reserve(raw.size() + heads[frame].head.header.entries * sizeof(Hash));
  for (size_t f = 0; f < heads.size(); ++f) {
    const uint32_t entries = heads[f].head.header.entries;
    std::vector<Hash> salts;
    if (f == frame) salts = event_salts(heads[f].salt, entries);
    for (uint32_t i = 0; i < entries; ++i) {
      ASSIGN_OR_RETURN(Entry entry, take_entry(raw));
      if (f == frame && i == erased) {
        entry = {Entry::Mode::erased, leaves_of({&entry, 1}, {&salts[i], 1}).front(), {}};
      } else if (f == frame && entry.mode == Entry::Mode::derived) {
        entry = {Entry::Mode::salted, salts[i], entry.bytes};
      }
      append_entry(out, entry);
    }
  }
  return out;
}

}  // namespace

Result<std::string> repack(std::span<const ByteView> blocks, int zstd_level) {
  if (blocks.empty()) return invalid("repack: no blocks");
  std::vector<SaltedHead> heads;
  std::string fields;
  std::string text;
  bool text_retired = false;
  for (size_t i = 0; i < blocks.size(); ++i) {
    Result<Unpacked> next = unpack(blocks[i]);
    if (!next.is_ok()) return next.status().with_context("block " + std::to_string(i));
    if (i > 0 && next->text_retired() != text_retired) {
      return invalid("repack: some blocks have retired text and some have not");
    }
    text_retired = next->text_retired();
    heads.insert(heads.end(), next->parts.heads.begin(), next->parts.heads.end());
    fields += next->fields;
    text += next->text;
    if (fields.size() > kSectionBytesMax || text.size() > kSectionBytesMax) {
      return full("repack: a section would be too large");
    }
  }
  return join_block(heads, pack_section(fields, zstd_level),
                    text_retired ? retired() : pack_section(text, zstd_level));
}

Result<std::string> retire_text(ByteView block) {
  ASSIGN_OR_RETURN(const Unpacked before, unpack(block));
  return join_block(before.parts.heads, as_stored(before.parts.fields), retired());
}

Result<std::string> erase_event(ByteView block, size_t frame, size_t entry) {
  ASSIGN_OR_RETURN(Unpacked before, unpack(block));
  std::vector<SaltedHead>& heads = before.parts.heads;
  if (frame >= heads.size() || entry >= heads[frame].head.header.entries) {
    return invalid("erase: there is no such event");
  }
  if (heads[frame].head.header.kind != FrameKind::data) {
    return invalid("erase: a tombstone or checkpoint is no event");
  }
  ASSIGN_OR_RETURN(const std::string fields,
                   erase_in_section(before.fields, heads, frame, entry));
  std::string text;
  if (!before.text_retired()) {
    ASSIGN_OR_RETURN(text, erase_in_section(before.text, heads, frame, entry));
  }
  heads[frame].salt = {};
  return join_block(heads, pack_as_before(fields, before.parts.fields),
                    pack_as_before(text, before.parts.text));
}

}  // namespace spoor
