#include "collector/log/torn_tail.h"

#include <algorithm>

namespace spoor::collector {

namespace {

constexpr uint64_t kCopyBytes = 1u << 20;

Status copy(Files& disk, File& to, const std::string& path, uint64_t begin) {
  ASSIGN_OR_RETURN(const auto from, disk.open_read(path));
  ASSIGN_OR_RETURN(const uint64_t end, from->size());
  std::string bytes;
  for (uint64_t at = begin; at < end; at += bytes.size()) {
    const uint64_t want = std::min<uint64_t>(kCopyBytes, end - at);
    RETURN_IF_ERROR(from->read_at(at, static_cast<size_t>(want), bytes));
    if (bytes.empty()) return corrupt("the segment has become shorter");
    RETURN_IF_ERROR(to.append(bytes));
  }
  return to.sync();
}

}  // namespace

Status cut_aside(Files& disk, File& file, const std::string& path, uint64_t begin,
                 const std::string& aside) {
  ASSIGN_OR_RETURN(const auto to, disk.open_append(aside));
  ASSIGN_OR_RETURN(const uint64_t before, to->size());
  const Status copied = copy(disk, *to, path, begin);
  if (!copied.is_ok()) {
    // Tried again and again, half copies would fill what is left of the disk.
    (void)to->truncate(before);
    return copied.with_context("copying the end of " + path + " to " + aside);
  }
  Status cut = disk.sync_folder(aside.substr(0, aside.rfind('/')));
  if (cut.is_ok()) cut = file.truncate(begin);
  if (cut.is_ok()) return file.sync();
  (void)to->truncate(before);  // whole copies would, too
  return cut;
}

}  // namespace spoor::collector
