#include "agent/correlate/session_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/blob.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x54535053;  // "SPST"
constexpr uint32_t kVersion = 2;
// How many go at once when the table is full, since finding the oldest takes a pass.
constexpr size_t kEvictedAtOnce = kSessionsMax / 16;

}  // namespace

SessionTable::Session& SessionTable::touch(uint32_t ses, uint32_t auid) {
  if (sessions_.size() >= kSessionsMax && !sessions_.contains(ses)) evict();
  Session& session = sessions_[ses];
  session.met = ++meetings_;
  if (auid != kUnsetId) session.auid = auid;
  return session;
}

bool SessionTable::meet(uint32_t ses, uint32_t auid) {
  const bool known = sessions_.contains(ses);
  touch(ses, auid);
  return !known;
}

void SessionTable::opened(uint32_t ses, uint32_t auid, uint32_t pid) {
  touch(ses, auid).login_pid = pid;
}

void SessionTable::user_started(uint32_t ses, uint32_t pid) {
  Session& session = touch(ses, kUnsetId);
  if (session.login_pid != 0 && session.login_pid == pid) session.started = true;
}

bool SessionTable::user_ended(uint32_t ses, uint32_t pid) {
  Session& session = touch(ses, kUnsetId);
  if (session.closed || !session.started || session.login_pid != pid) return false;
  session.closed = true;
  return true;
}

void SessionTable::evict() {
  std::vector<std::pair<uint64_t, uint32_t>> by_age;
  for (const auto& [ses, session] : sessions_) by_age.emplace_back(session.met, ses);
  const size_t count = std::min(by_age.size(), kEvictedAtOnce);
  const auto end = by_age.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(by_age.begin(), end, by_age.end());
  for (auto it = by_age.begin(); it != end; ++it) sessions_.erase(it->second);
}

std::string SessionTable::save() const {
  std::vector<std::pair<uint64_t, uint32_t>> by_age;
  for (const auto& [ses, session] : sessions_) by_age.emplace_back(session.met, ses);
  std::sort(by_age.begin(), by_age.end());
  std::string bytes;
  append_le(bytes, static_cast<uint32_t>(by_age.size()));
  for (const auto& [met, ses] : by_age) {
    const Session& session = sessions_.at(ses);
    append_le(bytes, ses);
    append_le(bytes, session.auid);
    append_le(bytes, session.login_pid);
    append_le(bytes, static_cast<uint8_t>((session.started ? 1 : 0) | (session.closed ? 2 : 0)));
  }
  return seal_blob(kMagic, kVersion, bytes);
}

Status SessionTable::restore(std::string_view saved) {
  sessions_.clear();
  ASSIGN_OR_RETURN(const std::string_view bytes, open_blob(kMagic, kVersion, saved));
  BlobReader from(bytes);
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i < kSessionsMax && from.good(); ++i) {
    const auto ses = from.number<uint32_t>();
    const auto auid = from.number<uint32_t>();
    Session& session = touch(ses, auid);
    session.login_pid = from.number<uint32_t>();
    const auto flags = from.number<uint8_t>();
    session.started = (flags & 1) != 0;
    session.closed = (flags & 2) != 0;
  }
  if (from.good() && from.at_end() && sessions_.size() == count) return ok();
  sessions_.clear();
  return corrupt("saved sessions make no sense");
}

}  // namespace spoor::agent
