#include "agent/source/mount_place.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace spoor::agent {
namespace {

std::string_view take_until(std::string_view& text, char end) {
  const size_t size = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return part;
}

template <typename T>
bool read_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// Space, tab, newline and backslash are written as `\040` and so on (fs/proc_namespace.c).
std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool escaped = text.size() >= 4 && text[0] == '\\' && is_octal(text[1]) &&
                         is_octal(text[2]) && is_octal(text[3]);
    if (!escaped) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    out += static_cast<char>((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
    text.remove_prefix(4);
  }
  return out;
}

// Where in the mount's file system the path leads.
std::string inside(const Mount& mount, std::string_view path) {
  if (mount.point != "/") path.remove_prefix(mount.point.size());
  if (path == "/") path = {};
  std::string where = mount.root == "/" ? std::string() : mount.root;
  where += path;
  return where.empty() ? "/" : where;
}

}  // namespace

bool is_at_or_below(std::string_view path, std::string_view folder) {
  if (folder.empty() || !path.starts_with(folder)) return false;
  return folder == "/" || path.size() == folder.size() || path[folder.size()] == '/';
}

std::optional<Mount> parse_mount(std::string_view line) {
  Mount mount;
  if (!read_number(take_until(line, ' '), mount.id)) return std::nullopt;
  (void)take_until(line, ' ');  // its parent's
  std::string_view device = take_until(line, ' ');
  if (!read_number(take_until(device, ':'), mount.device_major) ||
      !read_number(device, mount.device_minor)) {
    return std::nullopt;
  }
  mount.root = unescaped(take_until(line, ' '));
  mount.point = unescaped(take_until(line, ' '));
  if (!mount.root.starts_with('/') || !mount.point.starts_with('/')) return std::nullopt;
  return mount;
}

std::optional<Mount> mount_of_id(std::string_view mountinfo, uint64_t id) {
  while (id != 0 && !mountinfo.empty()) {
    auto mount = parse_mount(take_until(mountinfo, '\n'));
    if (mount && mount->id == id) return mount;
  }
  return std::nullopt;
}

std::optional<Mount> mount_of_path(std::string_view mountinfo, std::string_view path) {
  std::optional<Mount> found;
  while (!mountinfo.empty()) {
    auto mount = parse_mount(take_until(mountinfo, '\n'));
    if (!mount || !is_at_or_below(path, mount->point)) continue;
    if (!found || mount->point.size() >= found->point.size()) found = std::move(mount);
  }
  return found;
}

bool lies_alike(std::string_view mountinfo, uint64_t id, std::string_view path,
                std::string_view other_mountinfo) {
  const auto here = mount_of_id(mountinfo, id);
  if (!here || !is_at_or_below(path, here->point)) return false;
  const auto there = mount_of_path(other_mountinfo, path);
  return there && here->device_major == there->device_major &&
         here->device_minor == there->device_minor && inside(*here, path) == inside(*there, path);
}

}  // namespace spoor::agent
