// Logins that failed, by where they came from and for which account, until one succeeds: what came
// before it is then told with it.
//
// An attempt is what somebody had to know or choose: a password, an answer, a certificate. Plain
// keys that sshd refused are counted apart: a client offers all that its agent holds, one after
// the other. A connection that was closed for too many of them is an attempt, too.
//
// Records and a log's lines tell of the same failures, and sshd's record of what PAM refused stands
// beside PAM's own: each teller is counted apart, and the largest count is the true one.
//
// Bounded (kFailurePairsMax), and in time (kFailuresKeptNs). All times are boottime. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/correlate/blob.h"

namespace spoor::agent {

struct Failures {
  uint32_t attempts = 0, keys_refused = 0;
  bool operator==(const Failures&) const = default;
  // True where there are more of any kind than were known: they are known now.
  bool learn(const Failures& told);
};

// What a failed attempt of that method counts as; `certified`: it was made with a certificate.
// "none" is how a client asks what it may try, and a ticket (gssapi) is offered unasked: nothing.
enum class FailedAs : uint8_t { nothing, attempt, key };
FailedAs failed_as(std::string_view method, bool certified);

class FailureTable {
 public:
  // `excess`: too many attempts in one connection. `log_of_pam`: sshd's log, of what PAM said.
  enum class Teller : uint8_t { pam, program, log, excess, log_of_pam };
  void count(std::string_view address, std::string_view account, Teller teller, FailedAs what,
             int64_t now_ns, uint32_t times = 1);
  // So many, and none from now on.
  Failures take(std::string_view address, std::string_view account, int64_t now_ns);

  size_t size() const { return pairs_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is counted then.
  bool restore(BlobReader& from);

 private:
  static constexpr size_t kTellers = 5;
  struct Count {
    std::array<Failures, kTellers> by_teller;
    int64_t last_ns = 0;
  };
  using Pair = std::pair<std::string, std::string>;
  void make_room(int64_t now_ns);

  std::map<Pair, Count> pairs_;
};

}  // namespace spoor::agent
