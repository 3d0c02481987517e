// Audit records in the kernel's own style, and the way from them to facts, for tests.
#pragma once

#include <cctype>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/correlate/correlator.h"
#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"

namespace spoor::agent::test {

inline constexpr int64_t kBootRealtimeNs = 1'700'000'000 * kNsPerSecond;  // boottime 0
inline constexpr int64_t kMs = kNsPerMs;

// Both clocks, that many ms after boot.
inline Instant at_ms(int64_t ms) { return {kBootRealtimeNs + ms * kMs, ms * kMs}; }

struct Record {
  uint16_t type = 0;
  std::string text;
};

inline std::string stamp(int64_t ms, uint32_t serial) {
  char text[64];
  const int64_t total = kBootRealtimeNs / kMs + ms;
  std::snprintf(text, sizeof text, "audit(%lld.%03d:%u): ", static_cast<long long>(total / 1000),
                static_cast<int>(total % 1000), serial);
  return text;
}

// As audit_log_untrustedstring() writes it.
inline std::string untrusted(std::string_view value) {
  bool plain = true;
  std::string hex;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && c != '"' && byte > 0x20 && byte < 0x7F;
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02X", byte);
    hex += digits;
  }
  return plain ? "\"" + std::string(value) + "\"" : hex;
}

struct ExecEvent {
  uint32_t pid = 0, ppid = 1;
  int64_t ms = 0;
  uint32_t serial = 1;
  std::vector<std::string> args = {"ls", "-l"};
  uint32_t auid = 1000, ses = 3;
  int error = 0;
  std::string exe = "/usr/bin/ls";
};

inline std::string syscall_text(const ExecEvent& e, const char* number = "59") {
  const std::string ids = std::to_string(e.auid);
  return stamp(e.ms, e.serial) + "arch=c000003e syscall=" + number +
         (e.error == 0 ? " success=yes exit=0" : " success=no exit=-" + std::to_string(e.error)) +
         " a0=55df1048ec88 a1=55df1048ec38 a2=55df1048ec58 a3=1 items=" +
         (e.error == 0 ? "2" : "1") + " ppid=" + std::to_string(e.ppid) +
         " pid=" + std::to_string(e.pid) + " auid=" + ids +
         " uid=1000 gid=1000 euid=0 suid=0 fsuid=0 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=" +
         std::to_string(e.ses) + " comm=" + untrusted(e.args.empty() ? "sh" : e.args[0]) +
         " exe=" + untrusted(e.exe) + " subj=unconfined key=\"spoor-exec\"";
}

inline std::vector<Record> exec_records(const ExecEvent& e) {
  const std::string head = stamp(e.ms, e.serial);
  std::vector<Record> records = {{1300, syscall_text(e)}};
  const std::string path = "/usr/bin/ls\" inode=42 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 "
                           "nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";
  if (e.error == 0) {
    std::string args = head + "argc=" + std::to_string(e.args.size());
    for (size_t i = 0; i < e.args.size(); ++i) {
      args += " a" + std::to_string(i) + "=" + untrusted(e.args[i]);
    }
    records.push_back({1309, args});
  }
  records.push_back({1307, head + "cwd=\"/home/alice\""});
  records.push_back({1302, head + "item=0 name=\"" + path});
  if (e.error == 0) records.push_back({1302, head + "item=1 name=\"" + path});
  records.push_back({1327, head + "proctitle=6C73002D6C"});
  records.push_back({1320, head});
  return records;
}

inline Record login_record(int64_t ms, uint32_t serial, uint32_t pid, uint32_t auid, uint32_t ses) {
  return {1006, stamp(ms, serial) + "pid=" + std::to_string(pid) +
                    " uid=0 subj=unconfined old-auid=4294967295 auid=" + std::to_string(auid) +
                    " tty=(none) old-ses=4294967295 ses=" + std::to_string(ses) + " res=1"};
}

inline Record user_record(uint16_t type, int64_t ms, uint32_t serial, uint32_t pid, uint32_t auid,
                          uint32_t ses, const std::string& message) {
  return {type, stamp(ms, serial) + "pid=" + std::to_string(pid) +
                    " uid=0 auid=" + std::to_string(auid) + " ses=" + std::to_string(ses) +
                    " subj=unconfined msg='" + message + "'"};
}

// A fact with what it viewed.
struct Seen {
  Fact fact;
  EventKey key;
  std::vector<std::string> args;
  std::string login_name, user_name, address, terminal, target;
  std::string words;  // the kind's strings, with | between them

  template <typename T>
  const T* as() const { return std::get_if<T>(&fact.kind); }
};

inline std::string words_of(const Fact& fact) {
  std::string out;
  const auto add = [&](std::string_view word) { out.append(word).append("|"); };
  if (const auto* k = std::get_if<SessionOpened>(&fact.kind)) add(k->terminal);
  if (const auto* k = std::get_if<SessionFact>(&fact.kind)) {
    for (const auto word : {k->account, k->terminal, k->service, k->step}) add(word);
  }
  if (const auto* k = std::get_if<Authentication>(&fact.kind)) {
    for (const auto word : {k->account, k->step, k->service, k->exe}) add(word);
  }
  if (const auto* k = std::get_if<PrivilegeChange>(&fact.kind)) {
    for (const auto word : {k->by, k->program, k->command, k->cwd, k->account}) add(word);
  }
  if (const auto* k = std::get_if<AccountChange>(&fact.kind)) {
    for (const auto word : {k->operation, k->account, k->program}) add(word);
  }
  if (const auto* k = std::get_if<AuditConfigChange>(&fact.kind)) {
    for (const auto word : {k->operation, k->setting, k->old_value, k->new_value, k->rule_key}) {
      add(word);
    }
  }
  if (const auto* k = std::get_if<Service>(&fact.kind)) {
    for (const auto word : {k->unit, k->operation}) add(word);
  }
  return out;
}

// Decode, reassembler and correlator as the agent joins them.
class Pipeline {
 public:
  Pipeline()
      : correlator(Host{.name = "web1", .machine_id = {}, .boot_id = Id{7}, .kernel = "6.18"},
                   [this](const Fact& fact) { take(fact); }),
        reassembler([this](AuditEvent& event) { closed(event); },
                    [this](EventKey key) { began.push_back(key); }) {
    correlator.set_dropped([this](const AuditEvent& event) { dropped.push_back(event.key); });
  }

  void feed(const Record& record, Instant now) {
    const auto key = decode_header(record.text, nullptr);
    if (!key) {
      ++bad_headers;
      return;
    }
    AuditEvent& event = reassembler.event_for(*key, now);
    decode_record({record.type, record.text}, *key, event);
    reassembler.record_added(event, now);
  }
  void feed(const std::vector<Record>& records, Instant now) {
    for (const Record& record : records) feed(record, now);
  }
  void exec(const ExecEvent& event) { feed(exec_records(event), at_ms(event.ms + 5)); }
  void fork(uint32_t pid, uint32_t parent, int64_t ms) {
    correlator.on_process({ProcessMessage::Kind::fork, pid, parent, ms * kMs, 0}, at_ms(ms + 1));
  }
  void exit(uint32_t pid, int64_t ms, uint32_t wait_status = 0) {
    correlator.on_process({ProcessMessage::Kind::exit, pid, 0, ms * kMs, wait_status},
                          at_ms(ms + 1));
  }
  void drain_and_tick(int64_t ms) {
    reassembler.tick(at_ms(ms));
    correlator.audit_drained();
    correlator.tick(at_ms(ms));
  }

  template <typename T>
  std::vector<const Seen*> all() const {
    std::vector<const Seen*> out;
    for (const Seen& seen : facts) {
      if (seen.as<T>() != nullptr) out.push_back(&seen);
    }
    return out;
  }

  std::vector<Seen> facts;
  std::vector<EventKey> began, ended, dropped;
  size_t events_closed = 0, bad_headers = 0;
  std::function<void(const AuditEvent&)> on_closed;
  Correlator correlator;
  Reassembler reassembler;

 private:
  void closed(AuditEvent& event) {
    ++events_closed;
    if (on_closed) on_closed(event);
    const size_t accounted = ended.size() + dropped.size();
    correlator.on_audit(event, event.first_read);
    CHECK(ended.size() + dropped.size() == accounted + 1);
  }
  void take(const Fact& fact) {
    Seen seen{.fact = fact,
              .key = {},
              .args = {},
              .login_name = std::string(fact.login_name),
              .user_name = std::string(fact.user_name),
              .address = std::string(fact.source_address),
              .terminal = std::string(fact.source_terminal),
              .target = std::string(fact.target_name),
              .words = words_of(fact)};
    if (fact.audit != nullptr) {
      seen.key = fact.audit->key;
      if (fact.audit->exec) {
        for (const ExecArgument& arg : fact.audit->exec->args) {
          seen.args.emplace_back(arg.present ? fact.audit->bytes(arg.value) : "<missing>");
        }
      }
      if (fact.ends_event) ended.push_back(seen.key);
    }
    seen.fact.audit = nullptr;
    facts.push_back(std::move(seen));
  }
};

}  // namespace spoor::agent::test
