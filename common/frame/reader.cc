#include "common/frame/reader.h"

#include "common/frame/block.h"
#include "common/merkle.h"

namespace spoor {
namespace {

Status in_frame(size_t frame, const Status& status) {
  return status.with_context("frame " + std::to_string(frame));
}

// A frame has either its salt, and no entry needs one of its own; or, once an event was erased, no
// salt, and each entry that stays has its own. So a guess about what was erased cannot be tested.
Status check_mode(const SaltedHead& head, Entry::Mode mode) {
  const bool has_salt = head.salt != Salt{};
  if (has_salt != (mode == Entry::Mode::derived)) {
    return corrupt("section: an entry's mode does not suit the frame's salt");
  }
  if (mode == Entry::Mode::erased && head.head.header.kind != FrameKind::data) {
    return corrupt("section: only events can be erased");
  }
  return ok();
}

// Takes one frame's entries off the front of `raw` and proves them against the root.
Result<std::vector<Entry>> take_section(std::string_view& raw, const SaltedHead& head,
                                        std::span<const Hash> salts, const Hash& root) {
  const FrameHeader& header = head.head.header;
  std::vector<Entry> entries;
  entries.reserve(header.entries);
  for (uint32_t i = 0; i < header.entries; ++i) {
    ASSIGN_OR_RETURN(const Entry entry, take_entry(raw));
    RETURN_IF_ERROR(check_mode(head, entry.mode));
    entries.push_back(entry);
  }
  if (merkle_root(leaves_of(entries, salts)) != root) {
    return corrupt("section: does not match its root");
  }
  return entries;
}

bool is_erased(const Entry& entry) { return entry.mode == Entry::Mode::erased; }

// One frame's entries off the front of both sections; `text` is null when it is retired.
Result<Frame> take_frame(const SaltedHead& head, std::string_view& fields, std::string_view* text) {
  const std::vector<Hash> salts = event_salts(head.salt, head.head.header.entries);
  ASSIGN_OR_RETURN(const std::vector<Entry> field_entries,
                   take_section(fields, head, salts, head.head.header.fields_root));
  std::vector<Entry> text_entries;
  if (text != nullptr) {
    ASSIGN_OR_RETURN(text_entries, take_section(*text, head, salts, head.head.header.text_root));
  }
  Frame out;
  out.head = head.head;
  out.entries.resize(field_entries.size());
  bool any_erased = false;
  for (size_t i = 0; i < field_entries.size(); ++i) {
    const bool erased = is_erased(field_entries[i]);
    any_erased |= erased;
    if (text != nullptr && is_erased(text_entries[i]) != erased) {
      return corrupt("section: an event is erased by half");
    }
    if (erased) continue;
    out.entries[i].fields = field_entries[i].bytes;
    if (text != nullptr) out.entries[i].text = text_entries[i].bytes;
  }
  if (head.salt == Salt{} && !any_erased) return corrupt("section: a frame lost its salt");
  return out;
}

}  // namespace

Result<BlockOutside> read_block_outside(ByteView bytes) {
  ASSIGN_OR_RETURN(const BlockParts parts, split_outside(bytes));
  BlockOutside out;
  out.size = parts.size;
  out.text_retired = parts.text.codec == Codec::retired;
  out.frames.reserve(parts.heads.size());
  for (const SaltedHead& h : parts.heads) out.frames.push_back(h.head);
  return out;
}

Result<OpenBlock> OpenBlock::open(ByteView bytes) {
  ASSIGN_OR_RETURN(const BlockParts parts, split_block(bytes));
  OpenBlock out;
  out.text_retired_ = parts.text.codec == Codec::retired;
  ASSIGN_OR_RETURN(std::string fields, unpack_section(parts.fields));
  ASSIGN_OR_RETURN(std::string text, unpack_section(parts.text));
  out.fields_ = std::make_unique<std::string>(std::move(fields));
  out.text_ = std::make_unique<std::string>(std::move(text));

  std::string_view fields_left = *out.fields_;
  std::string_view text_left = *out.text_;
  out.frames_.reserve(parts.heads.size());
  for (const SaltedHead& head : parts.heads) {
    Result<Frame> frame =
        take_frame(head, fields_left, out.text_retired_ ? nullptr : &text_left);
    if (!frame.is_ok()) return in_frame(out.frames_.size(), frame.status());
    out.frames_.push_back(std::move(frame).value());
  }
  if (!fields_left.empty() || !text_left.empty()) {
    return corrupt("block: bytes after the last entry");
  }
  return out;
}

Status check_continues(const FrameHead& head, const Expected& expected) {
  const FrameHeader& h = head.header;
  if (expected.epoch == 0) return ok();
  const std::string place = "epoch " + std::to_string(h.epoch) + " sequence " +
                            std::to_string(h.first_sequence) + ": ";
  if (h.epoch < expected.epoch) return corrupt(place + "the epoch has ended");
  if (h.epoch == expected.epoch) {
    if (h.first_sequence != expected.next_sequence) {
      return corrupt(place + "expected sequence " + std::to_string(expected.next_sequence));
    }
    // In the epoch's very first frame the previous point lies in an older one; decode_header()
    // made sure that it is the point before first_sequence otherwise.
    return head.previous_chain == expected.chain ? ok() : corrupt(place + "the chain is broken");
  }
  // The host may have lost frames that it had not synced and the collector has; the other way
  // round frames are missing, and that must be said by a Skip or a tombstone first.
  const uint64_t held = expected.next_sequence - 1;
  if (h.previous_epoch > expected.epoch ||
      (h.previous_epoch == expected.epoch && h.previous_sequence > held)) {
    return corrupt(place + "frames before this epoch are missing");
  }
  if (h.previous_epoch == expected.epoch && h.previous_sequence == held &&
      head.previous_chain != expected.chain) {
    return corrupt(place + "the chain is broken");
  }
  return ok();
}

}  // namespace spoor
