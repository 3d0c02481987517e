#include "collector/blocks/text_reader.h"

#include "collector/limits.h"

namespace spoor::collector {

Result<TextValue> TextReader::text(Text column, uint64_t number) {
  if (number == 0) return TextValue();
  CHECK(number <= block_.texts(column));
  const PackPlace& place = block_.pack_of(column, static_cast<uint32_t>(number));
  auto pack = open_.find(&place);
  if (pack == open_.end()) {
    if (open_.size() == kOpenPacksMax) open_.clear();
    ASSIGN_OR_RETURN(TextPack opened, block_.open_pack(place));
    pack = open_.emplace(&place, std::move(opened)).first;
  }
  return pack->second.at(number - place.first);
}

}  // namespace spoor::collector
