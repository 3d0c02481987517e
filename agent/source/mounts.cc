#include "agent/source/mounts.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "common/files.h"

namespace spoor::agent {
namespace {

// 20,000 mounts of 200 bytes. Beyond: no inode number is taken for one file's.
constexpr size_t kMountsBytesMax = 4u << 20;

// st_dev is the superblock's, and each superblock counts for itself. Sorted.
constexpr std::string_view kNumbered[] = {"devtmpfs", "ext2", "ext3",     "ext4",  "f2fs", "jfs",
                                          "ramfs",    "reiserfs", "tmpfs", "ubifs", "xfs",  "zfs"};
static_assert(std::is_sorted(std::begin(kNumbered), std::end(kNumbered)));

std::string_view take(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

// `8:1`, in decimals.
std::optional<uint64_t> device_of(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<uint32_t> {
    uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  };
  const auto major = number(take(text, ':')), minor = number(text);
  if (!major || !minor) return std::nullopt;
  return device_number(*major, *minor);
}

}  // namespace

Devices numbered_devices(std::string_view mountinfo) {
  Devices numbered, others;
  while (!mountinfo.empty()) {
    std::string_view line = take(mountinfo, '\n');
    (void)take(line, ' ');  // the mount's id
    (void)take(line, ' ');  // its parent's
    const auto device = device_of(take(line, ' '));
    // Behind fields of any number. No other word is a lone dash: the kernel writes spaces as \040.
    const size_t dash = line.find(" - ");
    if (!device || dash == std::string_view::npos) continue;
    line.remove_prefix(dash + 3);
    const std::string_view kind = take(line, ' ');
    const bool counts = std::binary_search(std::begin(kNumbered), std::end(kNumbered), kind);
    (counts ? numbered : others).insert(*device);
  }
  for (const uint64_t device : others) numbered.erase(device);
  return numbered;
}

std::string read_mounts(const std::string& path) {
  PosixFiles files;
  auto text = read_file(files, path, kMountsBytesMax);
  return text.is_ok() ? std::move(*text) : std::string();
}

}  // namespace spoor::agent
