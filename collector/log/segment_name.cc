#include "collector/log/segment_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace spoor::collector {

namespace {

constexpr size_t kDigits = 20;
constexpr std::array<std::string_view, 3> kSuffixes = {".log", ".sealed", ".sealed.new"};

}  // namespace

std::string SegmentName::text() const {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(first));
  return digits + std::string(kSuffixes[static_cast<size_t>(form)]);
}

std::optional<SegmentName> SegmentName::parse(std::string_view text) {
  if (text.size() < kDigits) return std::nullopt;
  SegmentName name;
  const auto [end, error] = std::from_chars(text.data(), text.data() + kDigits, name.first);
  if (error != std::errc() || end != text.data() + kDigits) return std::nullopt;
  const auto suffix = std::find(kSuffixes.begin(), kSuffixes.end(), text.substr(kDigits));
  if (suffix == kSuffixes.end() || name.first == 0) return std::nullopt;
  name.form = static_cast<SegmentForm>(suffix - kSuffixes.begin());
  return name;
}

}  // namespace spoor::collector
