// The event of one system call, from records as the kernel writes them, for tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/decode/audit_record.h"
#include "agent/decode/record_fields.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent::test {

inline constexpr uint64_t kCwd = 0xffffff9c;  // AT_FDCWD

struct CallPath {
  std::string type, name;  // name "(null)": none
  uint64_t inode = 0;
  uint32_t mode = 0100644;
};

struct CallEvent {
  uint32_t number = 0;
  std::vector<uint64_t> args = {};
  std::vector<CallPath> paths = {};
  std::string cwd = "/home/alice";
  int error = 0;
  uint32_t arch = 0xC000003E;
  std::vector<Record> others = {};  // whose texts lack the stamp
};

inline std::vector<Record> records_of(const CallEvent& e, uint32_t pid = 70, uint32_t ses = 3,
                                      int64_t ms = 5000, uint32_t serial = 1) {
  const std::string head = stamp(ms, serial);
  char call[256];
  const auto arg = [&](size_t i) {
    return static_cast<unsigned long long>(i < e.args.size() ? e.args[i] : 0);
  };
  std::snprintf(call, sizeof call, "arch=%x syscall=%u success=%s exit=%d a0=%llx a1=%llx a2=%llx "
                "a3=%llx items=%zu ppid=60 pid=%u auid=1000 ", e.arch, e.number,
                e.error == 0 ? "yes" : "no", -e.error, arg(0), arg(1), arg(2), arg(3),
                e.paths.size(), pid);
  std::vector<Record> records = {
      {1300, head + call + "uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 "
                           "fsgid=1000 tty=pts0 ses=" + std::to_string(ses) +
                 " comm=\"x\" exe=\"/usr/bin/x\" key=\"spoor-x\""}};
  for (const Record& other : e.others) records.push_back({other.type, head + other.text});
  if (!e.cwd.empty()) records.push_back({1307, head + "cwd=" + untrusted(e.cwd)});
  uint32_t item = 0;
  for (const CallPath& path : e.paths) {
    std::string text = head + "item=" + std::to_string(item++) + " name=" +
                       (path.name == "(null)" ? path.name : untrusted(path.name));
    if (path.inode != 0) {
      char inode[96];
      std::snprintf(inode, sizeof inode, " inode=%llu dev=08:01 mode=%07o ouid=0 ogid=0 rdev=00:00",
                    static_cast<unsigned long long>(path.inode), path.mode);
      text += inode;
    }
    records.push_back({1302, text + " nametype=" + path.type +
                                 " cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"});
  }
  records.push_back({1320, head});
  return records;
}

inline AuditEvent decoded(const std::vector<Record>& records) {
  AuditEvent event;
  for (const Record& record : records) {
    const auto key = decode_header(record.text, nullptr);
    decode_record({record.type, record.text}, key.value_or(EventKey()), event);
  }
  decode_fields(event, HasPlace::nothing);
  return event;
}

inline AuditEvent decoded(const CallEvent& e) { return decoded(records_of(e)); }

}  // namespace spoor::agent::test
