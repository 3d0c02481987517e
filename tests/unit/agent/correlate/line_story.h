// Log lines beside the records of a login over ssh: the scenes that their tests begin with, and
// what is told of them.
#pragma once

#include <string>

#include "agent/limits.h"
#include "tests/unit/agent/correlate/story.h"

namespace spoor::agent::test {

inline constexpr int64_t kWaitMs = kLogWaitNs / kNsPerMs, kSettleMs = kLogSettleNs / kNsPerMs;

inline const std::string kKey =
    "3 fact account=alice service=sshd step=accepted method=publickey key=ED25519 fp=SHA256:abc "
    "from=192.0.2.7:4711 basis=pid is=likely\n";
inline const std::string kClaimedKey =
    "3 fact account=alice service=sshd step=accepted method=publickey key=ED25519 fp=SHA256:abc "
    "from=192.0.2.7:4711 basis=pid is=claimed\n";
inline const std::string kForged = "- disbelieved-line program=sshd is=claimed\n";

// A story up to an open session of sshd's monitor 50, whose name is known.
inline void open_session(Story& s) {
  s.ask();
  s.see(50, kSshd);
  s.ssh_before(50);
  s.ssh_after(50, 3);
  (void)s.told();
}

// Fedora's sshd says in its records what it writes into its log: nothing is left to claim.
inline void open_session_told_whole(Story& s, const std::string& result = "success") {
  s.ask();
  s.see(50, kSshd);
  s.born(50, 1);
  const auto say = [&](uint16_t type, const std::string& message, const std::string& how) {
    s.user(type, 50, kUnsetId, kUnsetId, message, kSshd, how, kFrom);
  };
  say(2407, "op=start direction=from-server spid=51 suid=74 rport=4711 lport=22", "success");
  say(1100, "op=pubkey_auth grantors=auth-key acct=\"alice\"", result);
  say(2404, "op=negotiate kind=auth-key fp=SHA256:abc", result);
  s.ssh_after(50, 3);
  (void)s.told();
}

}  // namespace spoor::agent::test
