#include "agent/decode/kernel_format.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "agent/decode/audit_record.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kSyscall = 1300, kPath = 1302;

TEST(KernelFormat, ReadsWhatStandsThere) {
  KernelFormat in("arch=c000003e n=42 mode=0100755 exit=-13 tty=pts0 comm=\"a b\" end");
  uint32_t arch = 0, n = 0, mode = 0;
  int64_t exit = 0;
  Field tty, comm;
  EXPECT_TRUE(in.hex("arch=", arch) && in.number(" n=", n) && in.octal(" mode=", mode));
  EXPECT_TRUE(in.signed_number(" exit=", exit) && in.value(" tty=", tty));
  EXPECT_TRUE(in.value(" comm=", comm));
  EXPECT_EQ(arch, 0xc000003eu);
  EXPECT_EQ(n, 42u);
  EXPECT_EQ(mode, 0100755u);
  EXPECT_EQ(exit, -13);
  EXPECT_EQ(tty.value, "pts0");
  EXPECT_FALSE(tty.quoted);
  EXPECT_EQ(comm.value, "a b");
  EXPECT_TRUE(comm.quoted);
  EXPECT_FALSE(in.at_end());
  EXPECT_FALSE(in.skip(" end "));
  EXPECT_TRUE(in.skip(" end") && in.at_end());
}

TEST(KernelFormat, NumbersAtTheirBounds) {
  const auto number = [](const char* text, auto out, bool is_hex) {
    KernelFormat in(text);
    return is_hex ? in.hex("", out) : in.number("", out);
  };
  EXPECT_TRUE(number("4294967295", uint32_t{}, false));
  EXPECT_FALSE(number("4294967296", uint32_t{}, false));
  EXPECT_TRUE(number("9999999999999999999", uint64_t{}, false));
  EXPECT_FALSE(number("18446744073709551616", uint64_t{}, false));
  EXPECT_FALSE(number("99999999999999999999999", uint64_t{}, false));
  EXPECT_FALSE(number("", uint32_t{}, false));
  EXPECT_FALSE(number("x", uint32_t{}, false));
  EXPECT_TRUE(number("ffffffffffffffff", uint64_t{}, true));
  EXPECT_FALSE(number("10000000000000000", uint64_t{}, true));
  EXPECT_FALSE(number("100000000", uint32_t{}, true));
  for (uint64_t n = 1, digits = 1; digits <= 19; n = n * 10 + digits % 10, ++digits) {
    for (const std::string& text : {std::to_string(n), std::to_string(n) + " and more behind it"}) {
      uint64_t out = 0;
      ASSERT_TRUE(number(text.c_str(), uint64_t{}, false));
      KernelFormat(text).number("", out);
      ASSERT_EQ(out, n) << text;
    }
  }
  for (const unsigned long long n : {0x0ull, 0xfull, 0x7ffd1234abcdull, ~0ull >> 4, ~0ull}) {
    std::string text(16, '\0');
    text.resize(static_cast<size_t>(std::snprintf(text.data(), 17, "%llx", n)));
    for (const std::string& whole : {text, text + " and more behind it", text + "Z and more!"}) {
      uint64_t out = 1;
      ASSERT_TRUE(KernelFormat(whole).hex("", out)) << whole;
      ASSERT_EQ(out, n) << whole;
    }
  }
  int64_t exit = 0;
  EXPECT_FALSE(KernelFormat("9223372036854775808").signed_number("", exit));
  EXPECT_TRUE(KernelFormat("-9223372036854775807").signed_number("", exit));
  Field open;
  EXPECT_FALSE(KernelFormat("\"never closed").value("", open));
}

// Everything decode says of a SYSCALL or PATH record, spelled.
std::string said(uint16_t type, const std::string& text) {
  AuditEvent event;
  decode_record({type, text}, {1, 2}, event);
  std::string out = event.records[0].parsed ? "" : "unparsed ";
  const auto add = [&](const auto&... values) { ((out += std::to_string(values) + " "), ...); };
  if (event.syscall) {
    const SyscallFields& s = *event.syscall;
    add(s.arch, s.number, s.success ? int{*s.success} : 2, s.exit, s.args[0], s.args[1], s.args[2],
        s.args[3], s.items, s.ppid, s.pid, s.auid, s.ses, s.uid, s.gid, s.euid, s.suid, s.fsuid,
        s.egid, s.sgid, s.fsgid);
    for (const Slice slice : {s.tty, s.comm, s.exe, s.key, s.subject}) {
      out += "[" + std::string(event.bytes(slice)) + "]";
    }
  }
  for (const PathFields& p : event.paths) {
    add(p.item, p.inode, p.mode, p.owner_uid, p.owner_gid, p.cap_fp, p.cap_fi, p.cap_fe,
        p.cap_fver, p.cap_frootid, int{p.capabilities_unknown});
    out += p.name ? "[" + std::string(event.bytes(*p.name)) + "]" : "none";
    for (const Slice slice : {p.nametype, p.device, p.special, p.object}) {
      out += "[" + std::string(event.bytes(slice)) + "]";
    }
  }
  return out;
}

// A field that no kernel writes sends a record the general way.
std::string said_in_general(uint16_t type, const std::string& text) {
  return said(type, text + " spoor=1");
}

std::vector<std::pair<uint16_t, std::string>> recorded() {
  std::vector<std::pair<uint16_t, std::string>> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(in_source("tests/golden/records"))) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const uint16_t type = line.starts_with("type=SYSCALL ") ? kSyscall
                            : line.starts_with("type=PATH ")  ? kPath
                                                              : 0;
      const size_t at = line.find("audit(");
      if (type != 0 && at != std::string::npos) found.emplace_back(type, line.substr(at));
    }
  }
  return found;
}

TEST(KernelFormat, SaysWhatTheGeneralWaySaysOfEveryRecording) {
  const auto records = recorded();
  ASSERT_GT(records.size(), 1000u);
  for (const auto& [type, text] : records) {
    ASSERT_EQ(said(type, text), said_in_general(type, text)) << text;
    ASSERT_FALSE(said(type, text).starts_with("unparsed")) << text;
  }
}

// Bytes changed, dropped and doubled: whichever way a record is read, it says the same.
TEST(KernelFormat, SaysWhatTheGeneralWaySaysOfMutilatedRecords) {
  const auto records = recorded();
  std::mt19937 random(11);
  const auto below = [&](size_t n) { return random() % n; };
  for (int i = 0; i < 20'000; ++i) {
    auto [type, text] = records[below(records.size())];
    const size_t body = text.find(')') + 3;
    ASSERT_LT(body, text.size());
    for (size_t changes = 1 + below(2); changes > 0; --changes) {
      const size_t at = body + below(text.size() - body);
      const size_t count = 1 + below(4);
      switch (below(3)) {
        case 0: text[at] = " =\"0f9z-\xff"[below(9)]; break;
        case 1: text.erase(at, count); break;
        default: text.insert(at, text.substr(at, count)); break;
      }
      if (text.size() <= body) break;
    }
    const std::string quick = said(type, text);
    const std::string general = said_in_general(type, text);
    // An open quote swallows what was put behind it to force the general way.
    if (general.starts_with("unparsed")) continue;
    ASSERT_EQ(quick, general) << text;
  }
}

}  // namespace
}  // namespace spoor::agent
