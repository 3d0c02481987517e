#include "common/frame/section_packer.h"

#include <zstd.h>

#include "common/check.h"

namespace spoor {

SectionPacker::SectionPacker() : context_(ZSTD_createCCtx()) { CHECK(context_ != nullptr); }
SectionPacker::~SectionPacker() = default;
void SectionPacker::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

PackedSection SectionPacker::pack(std::string_view raw, int zstd_level) {
  PackedSection out;
  out.raw_size = static_cast<uint32_t>(raw.size());
  if (zstd_level != 0) {
    const size_t bound = ZSTD_compressBound(raw.size());
    if (room_.size() < bound) room_.resize(bound);
    const size_t size = ZSTD_compressCCtx(context_.get(), room_.data(), room_.size(), raw.data(),
                                          raw.size(), zstd_level);
    CHECK(!ZSTD_isError(size));
    if (size < raw.size()) {
      out.codec = Codec::zstd;
      out.bytes.assign(room_, 0, size);
      return out;
    }
  }
  out.bytes = raw;
  return out;
}

PackedSection pack_section(std::string_view raw, int zstd_level) {
  return SectionPacker().pack(raw, zstd_level);
}

}  // namespace spoor
