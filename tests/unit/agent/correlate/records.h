// Audit records in the kernel's own style, for tests.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model.h"

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

}  // namespace spoor::agent::test
