#include "common/frame/writer.h"

#include <algorithm>
#include <utility>

#include "common/frame/block.h"
#include "common/frame/section_packer.h"
#include "common/merkle.h"

namespace spoor {
namespace {

Hash section_root(std::string_view raw, std::span<const Hash> salts) {
  std::vector<Entry> entries(salts.size());
  for (Entry& entry : entries) {
    const Result<Entry> next = take_entry(raw);
    CHECK(next.is_ok());
    entry = *next;
  }
  return merkle_root(leaves_of(entries, salts));
}

SealedFrame seal_frame(const FrameHeader& header, const FrameWriter::Place& place,
                       const Salt& salt, std::string_view fields, std::string_view text,
                       SectionPacker& packer) {
  SealedFrame out;
  out.header = header;
  out.previous_chain = place.previous.chain;
  out.chain = chain_value(out.previous_chain, header);
  Result<std::string> block = join_block({{{header, out.previous_chain, out.chain}, salt}},
                                         packer.pack(fields, place.zstd_level),
                                         packer.pack(text, place.zstd_level));
  CHECK(block.is_ok());
  out.block = std::move(block).value();
  return out;
}

}  // namespace

void FrameWriter::add(std::string_view fields, std::string_view text, uint64_t order,
                      int64_t time_ns, uint32_t records) {
  CHECK(fields.size() + text.size() <= kEventBytesMax && entries_ < kFrameEventsMax);
  CHECK(entries_ == 0 || order >= range_.last_order);
  if (entries_ == 0) range_ = {order, order, time_ns, time_ns, 0};
  range_.last_order = order;
  range_.time_min_ns = std::min(range_.time_min_ns, time_ns);
  range_.time_max_ns = std::max(range_.time_max_ns, time_ns);
  range_.records += records;
  append_entry(fields_, {Entry::Mode::derived, {}, fields});
  append_entry(text_, {Entry::Mode::derived, {}, text});
  ++entries_;
}

SealedFrame FrameWriter::seal(const Place& place) {
  SectionPacker packer;
  return seal(place, packer);
}

SealedFrame FrameWriter::seal(const Place& place, SectionPacker& packer) {
  CHECK(entries_ > 0);
  CHECK(kind_ == FrameKind::data || entries_ == 1);
  const Salt salt = place.salt.value_or(random_id());
  CHECK(salt != Salt{});
  const std::vector<Hash> salts = event_salts(salt, entries_);

  FrameHeader header;
  header.kind = kind_;
  header.event_class = place.event_class;
  header.entries = entries_;
  header.records = range_.records;
  header.stream = place.stream;
  header.epoch = place.epoch;
  header.epoch_nonce = place.epoch_nonce;
  header.first_sequence = place.first_sequence;
  header.last_sequence =
      kind_ == FrameKind::data ? place.first_sequence + entries_ - 1 : place.last_sequence;
  header.first_order = range_.first_order;
  header.last_order = range_.last_order;
  header.time_min_ns = range_.time_min_ns;
  header.time_max_ns = range_.time_max_ns;
  header.previous_epoch = place.previous.epoch;
  header.previous_sequence = place.previous.sequence;
  header.fields_root = section_root(fields_, salts);
  header.text_root = section_root(text_, salts);

  CHECK(decode_header(as_bytes(encode_header(header))).is_ok());
  SealedFrame out = seal_frame(header, place, salt, fields_, text_, packer);
  entries_ = 0;
  range_ = {};
  fields_.clear();
  text_.clear();
  return out;
}

SealedFrame FrameWriter::seal_tombstone(const Place& place, const Tombstone& tombstone,
                                        const FrameRange& range) {
  FrameWriter writer(FrameKind::tombstone);
  writer.add(encode_tombstone(tombstone), "", 0, 0, 0);
  writer.range_ = range;
  Place unpacked = place;
  unpacked.zstd_level = 0;  // too small to become smaller
  return writer.seal(unpacked);
}

}  // namespace spoor
