#include "agent/event_lines.h"

#include <utility>

#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

constexpr size_t kWriteBytes = 64u << 10;

}  // namespace

EventLines::EventLines(TextOutput output) : output_(std::move(output)) {}

Status EventLines::add(const Fact& fact, const Host& host) {
  json_.append(messages_.of(fact, host), lines_);
  lines_.push_back('\n');
  return lines_.size() < kWriteBytes ? ok() : finish();
}

Status EventLines::finish() {
  const Status written = output_(lines_);
  lines_.clear();
  return written;
}

}  // namespace spoor::agent
