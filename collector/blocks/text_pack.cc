#include "collector/blocks/text_pack.h"

#include "collector/limits.h"
#include "common/byte_reader.h"

namespace spoor::collector {

namespace {

// In the lowest bits of a text's length.
constexpr uint64_t kHasCuts = 1, kIsCut = 2;
constexpr int kFlags = 2;

// A pack is full at kPackBytes, behind which one more text may have come.
static_assert(kPackBytes + kIndexTextMax + kIndexCutsMax + kPackTexts * 6 <= kPackBytesMax);

}  // namespace

void TextPackWriter::add(const TextValue& value) {
  ++texts_;
  append_varint(heads_, value.text.size() << kFlags | (value.cuts.empty() ? 0 : kHasCuts) |
                            (value.is_cut ? kIsCut : 0));
  if (!value.cuts.empty()) append_varint(heads_, value.cuts.size());
  text_ += value.text;
  cuts_ += value.cuts;
}

bool TextPackWriter::is_full() const {
  return texts_ == kPackTexts || text_.size() + cuts_.size() >= kPackBytes;
}

std::string TextPackWriter::take() {
  std::string out = heads_ + text_ + cuts_;
  *this = {};
  return out;
}

Result<TextPack> TextPack::open(std::string raw, uint32_t texts) {
  TextPack out;
  out.raw_ = std::move(raw);
  if (texts > kPackTexts || out.raw_.size() > kPackBytesMax) {
    return corrupt("index block: a pack is too large");
  }
  ByteReader reader(as_bytes(out.raw_));
  out.entries_.resize(texts);
  uint64_t text_size = 0, cuts_size = 0;
  for (Entry& entry : out.entries_) {
    const uint64_t head = reader.varint();
    const uint64_t cuts = head & kHasCuts ? reader.varint() : 0;
    if (head >> kFlags > kIndexTextMax || cuts > kIndexCutsMax) {
      return corrupt("index block: a text is too long");
    }
    entry.text_end = static_cast<uint32_t>(text_size += head >> kFlags);
    entry.cuts_end = static_cast<uint32_t>(cuts_size += cuts);
    entry.is_cut = (head & kIsCut) != 0;
    out.has_cut_text_ |= entry.is_cut;
  }
  if (!reader.is_ok() || reader.left() != text_size + cuts_size) {
    return corrupt("index block: the texts of a pack do not add up to it");
  }
  out.text_at_ = out.raw_.size() - reader.left();
  out.text_size_ = text_size;
  return out;
}

TextValue TextPack::at(size_t index) const {
  const Entry& entry = entries_[index];
  const size_t cuts_begin = index == 0 ? 0 : entries_[index - 1].cuts_end;
  return {all().substr(begin_of(index), entry.text_end - begin_of(index)),
          std::string_view(raw_).substr(text_at_ + text_size_ + cuts_begin,
                                        entry.cuts_end - cuts_begin),
          entry.is_cut};
}

}  // namespace spoor::collector
