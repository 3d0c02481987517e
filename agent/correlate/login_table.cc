#include "agent/correlate/login_table.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr size_t kEvictedAtOnce = kLoginsMax / 16;

// Births are nanoseconds since boot, below 2^64 / 2^22 for 50 days only: a clash of two would need
// one pid twice, 2^42 ns apart to the nanosecond.
uint64_t name_of(const ProcessKey& process) {
  return static_cast<uint64_t>(process.birth_ns) << 22 ^ process.pid;
}

constexpr std::array kTexts = {&Login::account, &Login::address, &Login::method, &Login::key_type,
                               &Login::key_fingerprint, &Login::certificate_id,
                               &Login::certificate_authority};

}  // namespace

Credential Login::credential() const {
  return {.method = method,
          .key_type = key_type,
          .key_fingerprint = key_fingerprint,
          .certificate_id = certificate_id,
          .certificate_authority = certificate_authority,
          .certificate_serial = certificate_serial};
}

bool learn(std::string& known, std::string_view said) {
  if (!known.empty() || said.empty()) return false;
  known = said.substr(0, kLoginTextBytesMax);
  return true;
}

bool learn(Login& login, const Credential& said) {
  bool is_new = learn(login.method, said.method);
  is_new |= learn(login.key_type, said.key_type);
  is_new |= learn(login.key_fingerprint, said.key_fingerprint);
  is_new |= learn(login.certificate_authority, said.certificate_authority);
  if (learn(login.certificate_id, said.certificate_id)) {
    login.certificate_serial = said.certificate_serial;
    is_new = true;
  }
  return is_new;
}

Login* LoginTable::find(const ProcessKey& process) {
  const auto found = logins_.find(name_of(process));
  if (found == logins_.end() || found->second.process.pid != process.pid) return nullptr;
  found->second.used = ++uses_;
  return &found->second;
}

Login& LoginTable::take(const ProcessKey& process) {
  if (Login* known = find(process)) return *known;
  if (logins_.size() >= kLoginsMax) {
    // Guessing makes many that open no session: those go first.
    std::vector<std::tuple<bool, uint64_t, uint64_t>> by_use;
    for (const auto& [name, login] : logins_) {
      by_use.emplace_back(login.ses != kUnsetId, login.used, name);
    }
    const auto end = by_use.begin() + static_cast<std::ptrdiff_t>(kEvictedAtOnce);
    std::nth_element(by_use.begin(), end, by_use.end());
    for (auto it = by_use.begin(); it != end; ++it) logins_.erase(std::get<2>(*it));
  }
  Login& login = logins_[name_of(process)];
  login = Login{};
  login.process = process;
  login.used = ++uses_;
  return login;
}

template <typename Wanted>
Login* LoginTable::last_of(const Wanted& wanted) {
  Login* last = nullptr;
  for (auto& [name, login] : logins_) {
    if (wanted(login) && (last == nullptr || login.used > last->used)) last = &login;
  }
  return last;
}

Login* LoginTable::of_pid(uint32_t pid) {
  return last_of([&](const Login& login) { return login.process.pid == pid; });
}

Login* LoginTable::of_part(uint32_t pid) {
  return last_of([&](const Login& login) { return login.part_pid == pid; });
}

Login* LoginTable::of_port(std::string_view address, uint32_t port) {
  return last_of([&](const Login& login) {
    return login.port == port && login.address == address;
  });
}

Login* LoginTable::opened_after(std::string_view address, std::string_view account,
                                int64_t time_ns) {
  return last_of([&](const Login& login) {
    return login.ses != kUnsetId && login.opened_ns >= time_ns && login.address == address &&
           login.account == account;
  });
}

void LoginTable::save(std::string& to) const {
  std::vector<std::pair<uint64_t, uint64_t>> by_use;
  for (const auto& [name, login] : logins_) by_use.emplace_back(login.used, name);
  std::sort(by_use.begin(), by_use.end());
  append_le(to, static_cast<uint32_t>(by_use.size()));
  for (const auto& [used, name] : by_use) {
    const Login& login = logins_.at(name);
    append_le(to, login.process.pid);
    append_le(to, login.process.birth_ns);
    append_le(to, login.opened_ns);
    append_le(to, login.certificate_serial);
    for (const uint32_t n : {login.ses, login.port, login.local_port, login.part_pid,
                             login.failures.attempts, login.failures.keys_refused,
                             login.late_failures.attempts, login.late_failures.keys_refused}) {
      append_le(to, n);
    }
    append_le(to, static_cast<uint8_t>(login.type));
    append_le(to, static_cast<uint8_t>((login.process.rounded ? 1 : 0) |
                                       (login.accepted ? 2 : 0) | (login.contradicted ? 4 : 0) |
                                       (login.pam_proved ? 8 : 0)));
    for (const auto text : kTexts) append_string(to, login.*text);
  }
}

bool LoginTable::restore(BlobReader& from) {
  logins_.clear();
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i < kLoginsMax && from.good(); ++i) {
    ProcessKey process;
    process.pid = from.number<uint32_t>();
    process.birth_ns = from.number<int64_t>();
    Login& login = take(process);
    login.opened_ns = from.number<int64_t>();
    login.certificate_serial = from.number<uint64_t>();
    for (uint32_t* n : {&login.ses, &login.port, &login.local_port, &login.part_pid,
                        &login.failures.attempts, &login.failures.keys_refused,
                        &login.late_failures.attempts, &login.late_failures.keys_refused}) {
      *n = from.number<uint32_t>();
    }
    const auto type = from.number<uint8_t>();
    if (type > static_cast<uint8_t>(SessionType::graphical)) break;
    login.type = static_cast<SessionType>(type);
    const auto flags = from.number<uint8_t>();
    login.process.rounded = (flags & 1) != 0;
    login.accepted = (flags & 2) != 0;
    login.contradicted = (flags & 4) != 0;
    login.pam_proved = (flags & 8) != 0;
    for (const auto text : kTexts) login.*text = from.string().substr(0, kLoginTextBytesMax);
  }
  if (from.good() && logins_.size() == count) return true;
  logins_.clear();
  return false;
}

}  // namespace spoor::agent
