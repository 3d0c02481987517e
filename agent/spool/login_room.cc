#include "agent/spool/login_room.h"

namespace spoor::agent {
namespace {

constexpr uint64_t kBytes = 128u << 10;
constexpr uint64_t kBlock = 4096;  // of most file systems: less frees nothing
constexpr uint64_t kForTombstone = 4 * kBlock;

}  // namespace

void LoginRoom::fill() {
  if (bytes_ == kBytes) return;
  const auto file = files_.open_append(path_);
  if (!file.is_ok()) return;
  (void)(*file)->allocate(kBytes);
  const auto size = (*file)->size();
  bytes_ = size.is_ok() ? std::optional(*size) : std::nullopt;
}

bool LoginRoom::give(uint64_t bytes) {
  if (!bytes_) fill();
  const uint64_t blocks = (bytes / kBlock + 1) * kBlock;
  return bytes_ && *bytes_ >= blocks + kForTombstone && shrink(*bytes_ - blocks);
}

bool LoginRoom::give_all() {
  if (!bytes_) fill();
  return bytes_ && *bytes_ > 0 && shrink(0);
}

bool LoginRoom::shrink(uint64_t to) {
  const auto file = files_.open_append(path_);
  if (!file.is_ok() || !(*file)->truncate(to).is_ok()) return false;
  bytes_ = to;
  return true;
}

}  // namespace spoor::agent
