// The names of the log's files: `00000000000000000007.log` is a segment as it is written,
// `….sealed` one that was sealed (docs/log.md), `….sealed.new` one that is being sealed. No entry
// in it has a number below the one in its name. No state; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::collector {

enum class SegmentForm : uint8_t { plain, sealed, being_sealed };

struct SegmentName {
  uint64_t first = 0;
  SegmentForm form = SegmentForm::plain;
  bool operator==(const SegmentName&) const = default;

  std::string text() const;
  // nullopt: no segment's name.
  static std::optional<SegmentName> parse(std::string_view text);
};

}  // namespace spoor::collector
