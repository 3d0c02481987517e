// A host's records, processes and log lines as they come, a few milliseconds apart, and what is
// told of them, line by line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/agent/correlate/pipeline.h"

namespace spoor::agent::test {

inline constexpr const char* kSshd = "/usr/sbin/sshd";
inline constexpr const char* kFrom = "192.0.2.7";

class Story : public Pipeline {
 public:
  Story() {
    correlator.set_names(std::make_shared<const Names>(
        Names{{0, "root"}, {1000, "alice"}, {1001, "bob"}, {104, "sshd"}}));
    on_closed = [this](AuditEvent& event) {
      const uint32_t pid = event.user ? event.user->pid : event.login ? event.login->pid : 0;
      const auto seen = sights.find(pid);
      const bool asks = pid != 0 && correlator.is_writer_unknown(event);
      if (asks) ++questions;
      if (asks && seen != sights.end()) {
        event.seen = std::make_shared<const ProcessSight>(seen->second);
      }
    };
  }
  // Writers can be asked; who has no sight is gone when asked.
  void ask() { correlator.set_writers_asked(); }
  void see(uint32_t pid, const std::string& comm, Place place = Place::host) {
    sights[pid].place = place;
    sights[pid].comm = comm;
  }

  int64_t step(int64_t by = 5) { return ms += by; }
  void born(uint32_t pid, uint32_t parent) { fork(pid, parent, step()); }
  void gone(uint32_t pid) { exit(pid, step()); }
  void pass(int64_t by) {
    step(by);
    drain_and_tick(ms);
  }
  void runs(uint32_t pid, uint32_t ppid, const std::string& exe, uint32_t auid, uint32_t ses) {
    step();
    exec({.pid = pid, .ppid = ppid, .ms = ms, .serial = ++serial, .args = {exe}, .auid = auid,
          .ses = ses, .exe = exe});
  }
  // A record of a program's. `message` without exe=.
  void user(uint16_t type, uint32_t pid, uint32_t auid, uint32_t ses, const std::string& message,
            const std::string& exe, const std::string& result = "success",
            const std::string& address = "?") {
    step();
    feed(user_record(type, ms, ++serial, pid, auid, ses,
                     message + " exe=\"" + exe + "\" hostname=" + address + " addr=" + address +
                         " terminal=" + terminal + " res=" + result),
         at_ms(ms + 1));
  }
  // With the call beside it, as kernels with rules write it; `exe` empty: without.
  void login(uint32_t pid, uint32_t auid, uint32_t ses, const std::string& exe,
             uint32_t old_auid = kUnsetId, uint32_t old_ses = kUnsetId) {
    step();
    const std::string head = stamp(ms, ++serial), process = std::to_string(pid);
    // systemd calls itself after what it will run (exec_child()): here its user manager.
    const char* const comm = exe.ends_with("/systemd") ? "(systemd)" : "x";
    feed({1006, head + "pid=" + process + " uid=0 old-auid=" + std::to_string(old_auid) +
                    " auid=" + std::to_string(auid) + " tty=(none) old-ses=" +
                    std::to_string(old_ses) + " ses=" + std::to_string(ses) + " res=1"},
         at_ms(ms + 1));
    if (!exe.empty()) {
      feed({1300, head + "arch=c000003e syscall=1 success=yes exit=4 a0=3 a1=7 a2=4 a3=0 items=0 "
                         "ppid=1 pid=" + process + " auid=" + std::to_string(auid) +
                      " uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=" +
                      std::to_string(ses) + " comm=\"" + comm + "\" exe=\"" + exe +
                      "\" key=(null)"},
           at_ms(ms + 1));
      feed({1320, head}, at_ms(ms + 1));
    } else {
      pass(60);
    }
  }
  // sshd's monitor up to the session.
  void ssh_before(uint32_t pid) {
    born(pid, 1);
    user(1100, pid, kUnsetId, kUnsetId, "op=PAM:authentication acct=\"alice\"", kSshd, "success",
         kFrom);
  }
  void ssh_after(uint32_t pid, uint32_t ses) {
    login(pid, 1000, ses, kSshd);
    user(1105, pid, 1000, ses, "op=PAM:session_open acct=\"alice\"", kSshd, "success", kFrom);
  }
  void ssh_end(uint32_t pid, uint32_t ses) {
    user(1106, pid, 1000, ses, "op=PAM:session_close acct=\"alice\"", kSshd, "success", kFrom);
  }

  // sshd's words for a key.
  static LogEvent accepted() {
    LogEvent event;
    event.kind = LogEvent::Kind::accepted;
    event.program = "sshd";
    event.account = "alice";
    event.method = "publickey";
    event.key_type = "ED25519";
    event.key_fingerprint = "SHA256:abc";
    event.address = kFrom;
    event.port = 4711;
    return event;
  }
  static LogEvent said(LogEvent::Kind kind, std::string_view program) {
    LogEvent event;
    event.kind = kind;
    event.program = program;
    return event;
  }
  void journal(uint32_t pid, const LogEvent& event, std::string_view exe = kSshd, uint32_t uid = 0,
               int64_t seconds_late = 0) {
    LogLine line;
    line.source = LogLine::Source::journal;
    line.origin = "journal";
    line.pid = pid;
    line.uid = uid;
    line.exe = exe;
    add(line, event, seconds_late);
  }
  void file(uint32_t tag_pid, const LogEvent& event, int64_t seconds_late = 0) {
    LogLine line;
    line.origin = "/var/log/auth.log";
    line.tag_pid = tag_pid;
    add(line, event, seconds_late);
  }

  // What was told since this was last asked.
  std::string told() {
    std::string text;
    for (; heard < facts.size(); ++heard) {
      if (!facts[heard].trace.empty()) text += facts[heard].trace + "\n";
    }
    return text;
  }

  std::map<uint32_t, ProcessSight> sights;
  std::string terminal = "ssh";
  int questions = 0;
  int64_t ms = 100'000;
  uint32_t serial = 0;

 private:
  void add(LogLine& line, const LogEvent& event, int64_t seconds_late) {
    line.tag = event.program;
    line.message = line.text = "the line";
    line.time_ns = at_ms(ms).realtime_ns;
    step(1000 * seconds_late);
    correlator.on_log(line, event, at_ms(ms));
  }
  size_t heard = 0;
};

}  // namespace spoor::agent::test
