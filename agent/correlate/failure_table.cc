#include "agent/correlate/failure_table.h"

#include <algorithm>

#include "agent/limits.h"

namespace spoor::agent {

namespace {

std::pair<std::string, std::string> pair_of(std::string_view address, std::string_view account) {
  return {std::string(address.substr(0, kLoginTextBytesMax)),
          std::string(account.substr(0, kLoginTextBytesMax))};
}

}  // namespace

void FailureTable::make_room(int64_t now_ns) {
  std::erase_if(pairs_, [&](const auto& pair) {
    return now_ns - pair.second.last_ns > kFailuresKeptNs;
  });
  if (pairs_.size() < kFailurePairsMax) return;
  pairs_.erase(std::min_element(pairs_.begin(), pairs_.end(), [](const auto& a, const auto& b) {
    return a.second.last_ns < b.second.last_ns;
  }));
}

bool Failures::learn(const Failures& told) {
  const Failures before = *this;
  attempts = std::max(attempts, told.attempts);
  keys_refused = std::max(keys_refused, told.keys_refused);
  return *this != before;
}

FailedAs failed_as(std::string_view method, bool certified) {
  if (method.empty() || method == "none" || method.starts_with("gssapi")) return FailedAs::nothing;
  const bool is_key = method == "publickey" || method == "pubkey" || method == "pubkey_auth" ||
                      method == "hostbased" || method == "hostbased_auth" || method == "key";
  return is_key && !certified ? FailedAs::key : FailedAs::attempt;
}

void FailureTable::count(std::string_view address, std::string_view account, Teller teller,
                         FailedAs what, int64_t now_ns, uint32_t times) {
  if (what == FailedAs::nothing) return;
  Pair pair = pair_of(address, account);
  if (pairs_.size() >= kFailurePairsMax && !pairs_.contains(pair)) make_room(now_ns);
  Count& count = pairs_[std::move(pair)];
  if (now_ns - count.last_ns > kFailuresKeptNs) count = {};
  Failures& told = count.by_teller[static_cast<size_t>(teller)];
  (what == FailedAs::key ? told.keys_refused : told.attempts) += times;
  count.last_ns = now_ns;
}

Failures FailureTable::take(std::string_view address, std::string_view account, int64_t now_ns) {
  const auto found = pairs_.find(pair_of(address, account));
  if (found == pairs_.end()) return {};
  const Count count = found->second;
  pairs_.erase(found);
  if (now_ns - count.last_ns > kFailuresKeptNs) return {};
  Failures most;
  for (const Failures& told : count.by_teller) (void)most.learn(told);
  return most;
}

void FailureTable::save(std::string& to) const {
  append_le(to, static_cast<uint32_t>(pairs_.size()));
  for (const auto& [pair, count] : pairs_) {
    append_string(to, pair.first);
    append_string(to, pair.second);
    uint8_t tellers = 0;  // a bit for each that has told anything
    for (size_t i = 0; i < kTellers; ++i) {
      if (count.by_teller[i] != Failures()) tellers |= static_cast<uint8_t>(1u << i);
    }
    append_le(to, tellers);
    for (const Failures& told : count.by_teller) {
      if (told == Failures()) continue;
      append_le(to, told.attempts);
      append_le(to, told.keys_refused);
    }
    append_le(to, count.last_ns);
  }
}

bool FailureTable::restore(BlobReader& from) {
  pairs_.clear();
  const auto size = from.number<uint32_t>();
  for (uint32_t i = 0; i < size && i < kFailurePairsMax && from.good(); ++i) {
    std::string address(from.string()), account(from.string());
    Count& count = pairs_[{std::move(address), std::move(account)}];
    const auto tellers = from.number<uint8_t>();
    for (size_t teller = 0; teller < kTellers; ++teller) {
      if ((tellers >> teller & 1) == 0) continue;
      count.by_teller[teller].attempts = from.number<uint32_t>();
      count.by_teller[teller].keys_refused = from.number<uint32_t>();
    }
    count.last_ns = from.number<int64_t>();
  }
  if (from.good() && pairs_.size() == size) return true;
  pairs_.clear();
  return false;
}

}  // namespace spoor::agent
