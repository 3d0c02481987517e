#include "agent/correlate/directory_table.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "agent/audit_event.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// A node of the map, beside the path.
constexpr size_t kEntryBytes = 128;

// `08:01`: major and minor in hexadecimal (kernel/auditsc.c, audit_log_name).
std::optional<uint64_t> device_number(std::string_view text) {
  uint32_t major = 0, minor = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minor, 16);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return uint64_t{major} << 32 | minor;
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
  if (folder.empty() || !path.starts_with(folder)) return false;
  return path.size() == folder.size() || path[folder.size()] == '/' || folder == "/";
}

}  // namespace

DirectoryTable::Entries::iterator DirectoryTable::erase(Entries::iterator at) {
  bytes_ -= kEntryBytes + at->second.path.size();
  return entries_.erase(at);
}

void DirectoryTable::learn(uint32_t ses, const DirectoryId& id, std::string_view path) {
  const auto device = device_number(id.device);
  if (ses == kUnsetId || !device || id.inode == 0) return;
  if (all_given_up_ || given_up_.contains(ses)) return;
  const auto [at, is_new] = entries_.try_emplace(Key(ses, *device, id.inode));
  Entry& entry = at->second;
  if (is_new) bytes_ += kEntryBytes;
  bytes_ += path.size() - entry.path.size();
  entry.path = path;
  entry.used = ++uses_;
  while (bytes_ > kDirectoryTableBytesMax) evict();
}

std::string_view DirectoryTable::find(uint32_t ses, const DirectoryId& id) {
  const auto device = device_number(id.device);
  if (!device) return {};
  const auto found = entries_.find(Key(ses, *device, id.inode));
  if (found == entries_.end()) return {};
  found->second.used = ++uses_;
  return found->second.path;
}

void DirectoryTable::forget(const DirectoryId& id, std::string_view path, bool has_moved) {
  const auto device = device_number(id.device);
  for (auto at = entries_.begin(); at != entries_.end();) {
    const uint32_t ses = std::get<0>(at->first);
    // The session's entries are neighbours.
    const auto known = device ? entries_.find(Key(ses, *device, id.inode)) : entries_.end();
    const std::string there = known != entries_.end() ? known->second.path : std::string();
    const bool all = has_moved && there.empty() && path.empty();
    while (at != entries_.end() && std::get<0>(at->first) == ses) {
      const std::string& entry = at->second.path;
      at = all || is_at_or_below(entry, there) || is_at_or_below(entry, path) ? erase(at)
                                                                              : std::next(at);
    }
  }
}

void DirectoryTable::forget_all() {
  entries_.clear();
  bytes_ = 0;
}

void DirectoryTable::give_up_session(uint32_t ses) {
  if (ses == kUnsetId) return;
  auto at = entries_.lower_bound(Key(ses, 0, 0));
  while (at != entries_.end() && std::get<0>(at->first) == ses) at = erase(at);
  given_up_.insert(ses);
  if (given_up_.size() <= kSessionsMax) return;
  all_given_up_ = true;
  given_up_.clear();
  forget_all();
}

// A sixteenth goes at once, since finding the oldest takes a pass.
void DirectoryTable::evict() {
  std::vector<uint64_t> uses;
  for (const auto& [key, entry] : entries_) uses.push_back(entry.used);
  const auto last = uses.begin() + static_cast<std::ptrdiff_t>(uses.size() / 16);
  std::nth_element(uses.begin(), last, uses.end());
  const uint64_t oldest_kept = *last + 1;
  for (auto at = entries_.begin(); at != entries_.end();) {
    at = at->second.used < oldest_kept ? erase(at) : std::next(at);
  }
}

}  // namespace spoor::agent
