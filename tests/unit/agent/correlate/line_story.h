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

class LineStory : public Story {
 public:
  // Up to the open session 3 of alice, of sshd's monitor 50, whose name is known.
  void log_in() {
    ask();
    see(50, kSshd);
    ssh_before(50);
    ssh_after(50, 3);
    (void)told();
  }
  // As log_in(), with records that know the port.
  void log_in_with_port() {
    ask();
    see(50, kSshd);
    born(50, 1);
    user(2407, 50, kUnsetId, kUnsetId, "op=start rport=4711 lport=22", kSshd, "success", kFrom);
    ssh_after(50, 3);
    (void)told();
  }
  // As log_in(), by Fedora's sshd, which says in its records what it logs: nothing is left
  // to claim. `result`: of the key.
  void log_in_told_whole(const std::string& result = "success") {
    ask();
    see(50, kSshd);
    born(50, 1);
    const auto say = [&](uint16_t type, const std::string& message, const std::string& how) {
      user(type, 50, kUnsetId, kUnsetId, message, kSshd, how, kFrom);
    };
    say(2407, "op=start direction=from-server spid=51 suid=74 rport=4711 lport=22", "success");
    say(1100, "op=pubkey_auth grantors=auth-key acct=\"alice\"", result);
    say(2404, "op=negotiate kind=auth-key fp=SHA256:abc", result);
    ssh_after(50, 3);
    (void)told();
  }
  // It runs that in alice's session, longer than a stamp is unsure.
  void executed(uint32_t pid, const std::string& exe) {
    born(pid, 1);
    runs(pid, 1, exe, 1000, 3);
    step(50);
    (void)told();
  }

  // What is told once no other line of a file can come; and once no record can.
  std::string settled() {
    pass(kSettleMs + 1000);
    return told();
  }
  std::string waited() {
    pass(2 * kWaitMs);
    return told();
  }
  // As the first fact of a session says.
  uint32_t failures_before() const {
    return all<SessionFact>().at(0)->as<SessionFact>()->failures_before;
  }

  static LogEvent with_key(std::string_view fingerprint) {
    LogEvent event = accepted();
    event.key_fingerprint = fingerprint;
    return event;
  }
  static LogEvent failed(std::string_view method = {}) {
    LogEvent event = said(LogEvent::Kind::failed, "sshd");
    event.account = "alice";
    event.address = kFrom;
    event.method = method;
    return event;
  }
  // A line of any sort, written at that time.
  static LogLine by_journal(uint32_t pid, std::string_view exe = kSshd, uint32_t uid = 0) {
    LogLine line;
    line.source = LogLine::Source::journal;
    line.pid = pid;
    line.uid = uid;
    line.exe = exe;
    return line;
  }
  void written(LogLine line, const LogEvent& event, int64_t at) {
    line.time_ns = at_ms(at).realtime_ns;
    correlator.on_log(line, event, at_ms(step()));
  }
};

}  // namespace spoor::agent::test
