#include "common/frame/section_packer.h"

#include <zstd.h>

#include <utility>

#include "common/check.h"

namespace spoor {
namespace {

// A frame's section is small and repeats itself in long runs: at level 1 half the usual table and
// matches of seven bytes pack as well, 28 % faster (measured over 180 KiB blocks of records).
void set_level(ZSTD_CCtx& context, int level) {
  const bool quick = level == 1;
  for (const auto& [parameter, value] :
       {std::pair{ZSTD_c_compressionLevel, level}, std::pair{ZSTD_c_hashLog, quick ? 13 : 0},
        std::pair{ZSTD_c_minMatch, quick ? 7 : 0}}) {
    CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(&context, parameter, value)));
  }
}

}  // namespace

SectionPacker::SectionPacker() = default;
SectionPacker::~SectionPacker() = default;
void SectionPacker::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

PackedSection SectionPacker::pack(std::string_view raw, int zstd_level) {
  PackedSection out;
  out.raw_size = static_cast<uint32_t>(raw.size());
  if (zstd_level != 0) {
    // Costs two CPUID instructions, which are slow in a virtual machine.
    if (!context_) context_.reset(ZSTD_createCCtx());
    CHECK(context_ != nullptr);
    const size_t bound = ZSTD_compressBound(raw.size());
    if (room_.size() < bound) room_.resize(bound);
    set_level(*context_, zstd_level);
    const size_t size =
        ZSTD_compress2(context_.get(), room_.data(), room_.size(), raw.data(), raw.size());
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
