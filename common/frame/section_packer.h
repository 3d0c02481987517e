// Compresses sections one after the other. Keeps zstd's tables and the room for its output: to make
// them anew costs a small frame more than all the rest of sealing. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/frame/format.h"

struct ZSTD_CCtx_s;

namespace spoor {

// A section as it is stored.
struct PackedSection {
  Codec codec = Codec::none;
  uint32_t raw_size = 0;
  std::string bytes;
};

class SectionPacker {
 public:
  SectionPacker();
  ~SectionPacker();

  // At `zstd_level`, or not at all when that is 0 or makes nothing smaller.
  PackedSection pack(std::string_view raw, int zstd_level);

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
  std::string room_;
};

// For a section that comes alone.
PackedSection pack_section(std::string_view raw, int zstd_level);

}  // namespace spoor
