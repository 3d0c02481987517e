// How often somebody may guess: failures by address, in a table of fixed size, so that guessing
// costs its time and not our memory. An address has ten failures, and gets one back every six
// seconds; IPv6 counts by its /64, which one host has whole. Two addresses may share a place
// (a keyed hash, so that nobody can choose to); then one may have to wait for the other. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace spoor::collector {

class AttemptLimit {
 public:
  AttemptLimit();
  // `now_ns` on a clock that never goes back.
  bool may_try(const std::string& address, int64_t now_ns) const;
  void failed(const std::string& address, int64_t now_ns);

 private:
  size_t place_of(const std::string& address) const;

  const std::array<uint8_t, 16> key_;
  std::vector<int64_t> free_at_ns_;  // when all failures of the place are forgiven
};

}  // namespace spoor::collector
