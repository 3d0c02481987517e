// Logins that failed, by where they came from and for which account, until one succeeds: what came
// before it is then told with it. Records and a log's lines tell of the same failures: they are
// counted apart, and the larger count is the true one.
//
// Bounded (kFailurePairsMax), and in time (kFailuresKeptNs). All times are boottime. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/correlate/blob.h"

namespace spoor::agent {

class FailureTable {
 public:
  enum class Teller : uint8_t { audit, log };
  void count(std::string_view address, std::string_view account, Teller teller, int64_t now_ns);
  // So many, and none from now on.
  uint32_t take(std::string_view address, std::string_view account, int64_t now_ns);

  size_t size() const { return pairs_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is counted then.
  bool restore(BlobReader& from);

 private:
  struct Count {
    uint32_t by_audit = 0, by_log = 0;
    int64_t last_ns = 0;
  };
  using Pair = std::pair<std::string, std::string>;
  void make_room(int64_t now_ns);

  std::map<Pair, Count> pairs_;
};

}  // namespace spoor::agent
