#include "agent/correlate/kernel_counter.h"

namespace spoor::agent {
namespace {

// A smaller value is a wrap when it lies so little ahead in modular terms: nothing counts a quarter
// of a billion between two answers a second apart.
constexpr uint32_t kWrapMax = 1u << 28;

// Records cannot be trusted to fit what we saw; a negative difference is none.
uint64_t difference(uint32_t later, uint32_t earlier) {
  const auto distance = static_cast<int32_t>(later - earlier);
  return distance > 0 ? static_cast<uint64_t>(distance) : 0;
}

}  // namespace

uint64_t KernelCounter::answered(uint32_t value, int64_t asked_ns) {
  if (asked_ns < stale_before_ns_) return 0;
  if (!value_) {
    value_ = value;
    return 0;
  }
  const uint32_t before = *value_;
  value_ = value;
  const uint32_t delta = value - before;
  if (value >= before || delta < kWrapMax) return delta;
  before_reset_ = before;
  return value;
}

uint64_t KernelCounter::was_reset(uint32_t old, int64_t read_ns) {
  if (before_reset_) {  // an answer has shown it already
    const uint32_t before = *before_reset_;
    before_reset_.reset();
    return difference(old, before);
  }
  if (!value_) return 0;
  // The counter cannot have been less than an answer from before: so ours is from after the reset,
  // and what was counted up to then was never told.
  if (static_cast<int32_t>(old - *value_) < 0) return old;
  const uint64_t more = difference(old, *value_);
  value_ = 0;
  stale_before_ns_ = read_ns;
  return more;
}

void KernelCounter::save(std::string& to) const {
  for (const std::optional<uint32_t>& value : {value_, before_reset_}) {
    append_le(to, static_cast<uint8_t>(value.has_value()));
    append_le(to, value.value_or(0));
  }
  append_le(to, stale_before_ns_);
}

void KernelCounter::restore(BlobReader& from) {
  for (std::optional<uint32_t>* value : {&value_, &before_reset_}) {
    const bool known = from.number<uint8_t>() != 0;
    const auto number = from.number<uint32_t>();
    *value = known ? std::optional(number) : std::nullopt;
  }
  stale_before_ns_ = from.number<int64_t>();
}

}  // namespace spoor::agent
