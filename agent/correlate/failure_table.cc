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

void FailureTable::count(std::string_view address, std::string_view account, Teller teller,
                         int64_t now_ns) {
  Pair pair = pair_of(address, account);
  if (pairs_.size() >= kFailurePairsMax && !pairs_.contains(pair)) make_room(now_ns);
  Count& count = pairs_[std::move(pair)];
  if (now_ns - count.last_ns > kFailuresKeptNs) count = {};
  ++(teller == Teller::audit ? count.by_audit : count.by_log);
  count.last_ns = now_ns;
}

uint32_t FailureTable::take(std::string_view address, std::string_view account, int64_t now_ns) {
  const auto found = pairs_.find(pair_of(address, account));
  if (found == pairs_.end()) return 0;
  const Count count = found->second;
  pairs_.erase(found);
  return now_ns - count.last_ns > kFailuresKeptNs ? 0 : std::max(count.by_audit, count.by_log);
}

void FailureTable::save(std::string& to) const {
  append_le(to, static_cast<uint32_t>(pairs_.size()));
  for (const auto& [pair, count] : pairs_) {
    append_string(to, pair.first);
    append_string(to, pair.second);
    append_le(to, count.by_audit);
    append_le(to, count.by_log);
    append_le(to, count.last_ns);
  }
}

bool FailureTable::restore(BlobReader& from) {
  pairs_.clear();
  const auto size = from.number<uint32_t>();
  for (uint32_t i = 0; i < size && i < kFailurePairsMax && from.good(); ++i) {
    std::string address(from.string()), account(from.string());
    Count& count = pairs_[{std::move(address), std::move(account)}];
    count.by_audit = from.number<uint32_t>();
    count.by_log = from.number<uint32_t>();
    count.last_ns = from.number<int64_t>();
  }
  if (from.good() && pairs_.size() == size) return true;
  pairs_.clear();
  return false;
}

}  // namespace spoor::agent
