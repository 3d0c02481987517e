#include "agent/correlate/directory_table.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "agent/audit_event.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Its nodes in the three maps, beside the path.
constexpr size_t kEntryBytes = 256;

// `08:01`: major and minor in hexadecimal (kernel/auditsc.c, audit_log_name).
std::optional<uint64_t> device_of(std::string_view text) {
  uint32_t major = 0, minor = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, minor, 16);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return device_number(major, minor);
}

}  // namespace

DirectoryTable::Entries::iterator DirectoryTable::erase(Entries::iterator at) {
  const auto& [ses, device, inode] = at->first;
  by_id_.erase({device, inode, ses});
  by_path_.erase({at->second.path, at->first});
  bytes_ -= kEntryBytes + at->second.path.size();
  return entries_.erase(at);
}

void DirectoryTable::set_devices(std::shared_ptr<const Devices> devices) {
  devices_ = std::move(devices);
  forget_all();
}

// Major 0 is of file systems without a block device.
bool DirectoryTable::is_numbered(uint64_t device) const {
  return devices_ ? devices_->contains(device) : device >= device_number(1, 0);
}

void DirectoryTable::learn(uint32_t ses, const DirectoryId& id, std::string_view path) {
  const auto device = device_of(id.device);
  if (ses == kUnsetId || !device || !is_numbered(*device) || id.inode == 0) return;
  if (has_given_up(ses)) return;
  const auto [at, is_new] = entries_.try_emplace(Key(ses, *device, id.inode));
  Entry& entry = at->second;
  if (is_new) {
    bytes_ += kEntryBytes;
    by_id_.emplace(*device, id.inode, ses);
  }
  entry.used = ++uses_;
  if (entry.path == path) return;
  if (!is_new) by_path_.erase({entry.path, at->first});
  bytes_ += path.size() - entry.path.size();
  entry.path = path;
  by_path_.emplace(entry.path, at->first);
  while (bytes_ > bytes_max_) evict();
}

std::string_view DirectoryTable::find(uint32_t ses, const DirectoryId& id) {
  const auto device = device_of(id.device);
  if (!device) return {};
  const auto found = entries_.find(Key(ses, *device, id.inode));
  if (found == entries_.end()) return {};
  found->second.used = ++uses_;
  return found->second.path;
}

void DirectoryTable::forget(const DirectoryId& id, std::string_view path, bool has_moved) {
  std::vector<uint32_t> knowing;
  std::vector<std::string> paths;
  if (const auto device = device_of(id.device)) {
    for (auto at = by_id_.lower_bound({*device, id.inode, 0}); at != by_id_.end(); ++at) {
      const auto& [there, inode, ses] = *at;
      if (there != *device || inode != id.inode) break;
      knowing.push_back(ses);
      paths.push_back(entries_.at(Key(ses, there, inode)).path);
    }
  }
  if (has_moved && path.empty()) forget_all_but(knowing);
  for (const std::string& known : paths) forget_below(known);
  if (!path.empty()) forget_below(path);
}

// The sessions stand in ascending order.
void DirectoryTable::forget_all_but(const std::vector<uint32_t>& sessions) {
  auto keep = sessions.begin();
  for (auto at = entries_.begin(); at != entries_.end();) {
    const uint32_t ses = std::get<0>(at->first);
    while (keep != sessions.end() && *keep < ses) ++keep;
    const bool stays = keep != sessions.end() && *keep == ses;
    at = stays ? entries_.lower_bound(Key(ses + 1, 0, 0)) : erase(at);
  }
}

// Looks at no more than it erases.
void DirectoryTable::forget_below(std::string_view folder) {
  if (folder == "/") return forget_all();
  const std::string below = std::string(folder) + '/';
  const auto erase_while = [&](std::string_view from, auto&& goes) {
    auto at = by_path_.lower_bound({from, Key()});
    while (at != by_path_.end() && goes(at->first)) erase(entries_.find((at++)->second));
  };
  erase_while(folder, [&](std::string_view path) { return path == folder; });
  erase_while(below, [&](std::string_view path) { return path.starts_with(below); });
}

void DirectoryTable::forget_all() {
  by_id_.clear();
  by_path_.clear();
  entries_.clear();
  bytes_ = 0;
}

void DirectoryTable::give_up_session(uint32_t ses) {
  if (ses == kUnsetId || has_given_up(ses)) return;
  forget_session(ses);
  given_up_.insert(ses);
  if (given_up_.size() <= kSessionsMax) return;
  give_up_before(uint64_t{*given_up_.begin()} + 1);
}

// The kernel counts sessions upwards.
void DirectoryTable::give_up_before(uint64_t ses) {
  given_up_before_ = ses;
  while (!given_up_.empty() && *given_up_.begin() < ses) given_up_.erase(given_up_.begin());
  for (auto at = entries_.begin(); at != entries_.end() && std::get<0>(at->first) < ses;) {
    at = erase(at);
  }
}

void DirectoryTable::session_ended(uint32_t ses) {
  forget_session(ses);
  given_up_.erase(ses);
}

void DirectoryTable::forget_session(uint32_t ses) {
  auto at = entries_.lower_bound(Key(ses, 0, 0));
  while (at != entries_.end() && std::get<0>(at->first) == ses) at = erase(at);
}

void DirectoryTable::save(std::string& to) const {
  append_le(to, given_up_before_);
  append_le(to, static_cast<uint32_t>(given_up_.size()));
  for (const uint32_t ses : given_up_) append_le(to, ses);
}

bool DirectoryTable::restore(BlobReader& from) {
  given_up_before_ = from.number<uint64_t>();
  const auto count = from.number<uint32_t>();
  given_up_.clear();
  for (uint32_t i = 0; i < count && i <= kSessionsMax && from.good(); ++i) {
    given_up_.insert(from.number<uint32_t>());
  }
  if (from.good() && given_up_.size() == count && given_up_before_ <= kUnsetId) return true;
  forget_given_up();
  return false;
}

void DirectoryTable::forget_given_up() {
  given_up_.clear();
  given_up_before_ = 0;
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
