// Reads an index block, whose bytes may be anything: what is not what the format says is an error,
// never a crash, and takes no more memory than the bounds in collector/limits.h allow. Every piece
// is proved by its CRC when it is read, so that no more of a block is touched than an answer needs.
//
// What it keeps is the layout, decoded: of a full block of 4 to 6 MB 0.15 MB. Immutable; any number
// of threads.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "collector/blocks/layout.h"
#include "collector/blocks/text_pack.h"
#include "collector/blocks/text_search.h"

namespace spoor::collector {

class BlockReader final : public RowTable {
 public:
  // `corrupt`: no block, or not all of it. `invalid`: of a version after ours.
  static Result<BlockReader> open(std::shared_ptr<const BlockBytes> bytes);
  // Views them: they must outlive it.
  static Result<BlockReader> open(ByteView bytes) {
    return open(std::make_shared<const BytesInMemory>(bytes));
  }

  EventClass event_class() const { return header_.event_class; }
  size_t rows() const override { return header_.rows; }
  uint32_t texts(Text column) const override { return dictionary(column).texts; }
  Result<FoundTexts> find(Text column, const TextTest& test) const override;
  std::unique_ptr<RowPage> open_page(size_t page) const override;
  std::unique_ptr<RowTexts> open_texts() const override;

  // The pack that has a text, whose number is from 1 to `texts`; and its texts.
  const PackPlace& pack_of(Text column, uint32_t number) const;
  Result<TextPack> open_pack(const PackPlace& pack) const;

  const Layout& layout() const { return layout_; }
  size_t memory_bytes() const;
  const Chunk& layout_chunk() const { return header_.layout; }
  // The bytes of a piece.
  Result<std::string> unpack_chunk(const Chunk& chunk, size_t raw_size_max) const {
    return unpack(chunk, *bytes_, raw_size_max);
  }

 private:
  BlockReader(std::shared_ptr<const BlockBytes> bytes, const BlockHeader& header, Layout layout)
      : bytes_(std::move(bytes)), header_(header), layout_(std::move(layout)) {}

  ValueRange range_of(ColumnNumber column, size_t page) const override;
  const Dictionary& dictionary(Text column) const {
    return layout_.dictionaries[static_cast<size_t>(column)];
  }
  // A bit for each pack that may have a text like the pattern.
  Result<std::string> candidates(const Dictionary& dictionary, const Pattern& pattern) const;

  std::shared_ptr<const BlockBytes> bytes_;
  BlockHeader header_;
  Layout layout_;
};

}  // namespace spoor::collector
