#include "agent/correlate/session_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/blob.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x54535053;  // "SPST"
constexpr uint32_t kVersion = 3;
// How many go at once when the table is full, since finding the oldest takes a pass.
constexpr size_t kEvictedAtOnce = kSessionsMax / 16;

// Of a process whose birth is not known the pid is all there is.
bool is_same(const ProcessKey& a, const ProcessKey& b) {
  return a.pid == b.pid && a.pid != 0 &&
         (a.birth_ns == b.birth_ns || a.birth_ns == 0 || b.birth_ns == 0);
}

}  // namespace

Session& SessionTable::touch(uint32_t ses, uint32_t auid) {
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

Session* SessionTable::find(uint32_t ses) {
  const auto found = sessions_.find(ses);
  return found == sessions_.end() ? nullptr : &found->second;
}

Session& SessionTable::opened(uint32_t ses, uint32_t auid, const ProcessKey& process) {
  Session& session = touch(ses, auid);
  session.process = process;
  if (session.state == Session::State::met) {
    session.state = is_same(session.early, process) ? Session::State::started
                                                    : Session::State::opened;
  }
  return session;
}

bool SessionTable::user_started(uint32_t ses, const ProcessKey& process) {
  Session& session = touch(ses, kUnsetId);
  if (session.state == Session::State::met && session.early.pid == 0) session.early = process;
  if (!is_same(session.process, process)) return false;
  if (session.state == Session::State::opened) session.state = Session::State::started;
  return true;
}

bool SessionTable::user_ended(uint32_t ses, const ProcessKey& process, uint32_t left) {
  Session& session = touch(ses, kUnsetId);
  if (session.state != Session::State::started || !is_same(session.process, process)) return false;
  session.state = left == 0 ? Session::State::closed : Session::State::logged_out;
  return true;
}

bool SessionTable::last_process_ended(uint32_t ses) {
  Session* const session = find(ses);
  if (session == nullptr || !session->counted || session->state == Session::State::closed) {
    return false;
  }
  session->state = Session::State::closed;
  return true;
}

std::vector<uint32_t> SessionTable::open_of(uint32_t auid, bool user_manager) const {
  std::vector<uint32_t> found;
  for (const auto& [ses, session] : sessions_) {
    if (session.auid != auid || !session.is_open()) continue;
    const bool wanted = user_manager ? session.type == SessionType::user_manager
                                     : is_login_type(session.type);
    if (wanted) found.push_back(ses);
  }
  std::sort(found.begin(), found.end());
  return found;
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
    for (const uint32_t n : {ses, session.auid, session.process.pid, session.early.pid}) {
      append_le(bytes, n);
    }
    append_le(bytes, session.process.birth_ns);
    append_le(bytes, session.early.birth_ns);
    append_le(bytes, static_cast<uint8_t>(session.state));
    append_le(bytes, static_cast<uint8_t>(session.type));
    append_le(bytes, static_cast<uint8_t>((session.counted ? 1 : 0) |
                                          (session.process.rounded ? 2 : 0)));
  }
  return seal_blob(kMagic, kVersion, bytes);
}

Status SessionTable::restore(std::string_view saved) {
  sessions_.clear();
  ASSIGN_OR_RETURN(const std::string_view bytes, open_blob(kMagic, kVersion, saved));
  BlobReader from(bytes);
  const auto count = from.number<uint32_t>();
  bool good = true;
  for (uint32_t i = 0; i < count && i < kSessionsMax && from.good() && good; ++i) {
    const auto ses = from.number<uint32_t>();
    const auto auid = from.number<uint32_t>();
    Session& session = touch(ses, auid);
    session.process.pid = from.number<uint32_t>();
    session.early.pid = from.number<uint32_t>();
    session.process.birth_ns = from.number<int64_t>();
    session.early.birth_ns = from.number<int64_t>();
    const auto state = from.number<uint8_t>(), type = from.number<uint8_t>();
    const auto flags = from.number<uint8_t>();
    good = state <= static_cast<uint8_t>(Session::State::closed) &&
           type <= static_cast<uint8_t>(SessionType::graphical);
    if (!good) break;
    session.state = static_cast<Session::State>(state);
    session.type = static_cast<SessionType>(type);
    session.counted = (flags & 1) != 0;
    session.process.rounded = (flags & 2) != 0;
  }
  if (good && from.good() && from.at_end() && sessions_.size() == count) return ok();
  sessions_.clear();
  return corrupt("saved sessions make no sense");
}

}  // namespace spoor::agent
