#include "agent/correlate/audit_facts.h"

#include <algorithm>
#include <random>

#include "agent/decode/audit_record.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::exec_records;
using test::ExecEvent;
using test::Record;

AuditEvent event_of(const std::vector<Record>& records) {
  AuditEvent e;
  for (const Record& r : records) {
    decode_record({r.type, r.text}, *decode_header(r.text, nullptr), e);
  }
  return e;
}

std::vector<Record> without(uint16_t type, const ExecEvent& exec = {.pid = 7}) {
  std::vector<Record> records = exec_records(exec);
  std::erase_if(records, [&](const Record& r) { return r.type == type; });
  return records;
}

uint32_t bits(std::initializer_list<Incomplete> all) {
  uint32_t out = 0;
  for (const Incomplete one : all) out |= incomplete_bit(one);
  return out;
}

TEST(AuditFacts, WhatIsMissingIsSaid) {
  using I = Incomplete;
  EXPECT_EQ(incomplete_bits(event_of(exec_records({.pid = 7}))), 0u);
  EXPECT_EQ(incomplete_bits(event_of(without(1300))), bits({I::syscall_missing}));
  EXPECT_EQ(incomplete_bits(event_of(without(1309))), bits({I::args_missing}));
  EXPECT_EQ(incomplete_bits(event_of(without(1307))), bits({I::cwd_missing}));
  EXPECT_EQ(incomplete_bits(event_of(without(1302))), bits({I::paths_missing}));
  EXPECT_EQ(incomplete_bits(event_of(without(1320))), bits({I::end_missing}));
  EXPECT_EQ(incomplete_bits(event_of(without(1327))), 0u);  // a hint, nothing more
  // A failed one has no arguments to miss.
  EXPECT_EQ(incomplete_bits(event_of(exec_records({.pid = 7, .error = 2}))), 0u);
}

TEST(AuditFacts, ItemsAreCountedByTheirNumbers) {
  auto records = exec_records({.pid = 7});
  records[4] = records[3];  // item 0 twice, item 1 never
  EXPECT_EQ(incomplete_bits(event_of(records)), bits({Incomplete::paths_missing}));
  std::swap(records[3], records[5]);
  records[4] = exec_records({.pid = 7})[4];
  EXPECT_EQ(incomplete_bits(event_of(records)), 0u);
}

// The kernel counts the folder of a message queue, and hides it.
TEST(AuditFacts, HiddenPathsAreNotMissed) {
  const auto event = [](const char* number) {
    const auto records = exec_records({.pid = 7});
    return event_of({{1300, test::syscall_text({.pid = 7}, number)}, records[2], records[3],
                     {1320, test::stamp(0, 1)}});
  };
  EXPECT_EQ(incomplete_bits(event("240")), 0u);
  EXPECT_EQ(incomplete_bits(event("241")), 0u);
  EXPECT_EQ(incomplete_bits(event("257")), bits({Incomplete::paths_missing}));
}

TEST(AuditFacts, WhatOnlySyscallsWriteMissesItsSyscall) {
  const std::string head = test::stamp(0, 1);
  for (const auto& [type, body] : {std::pair<uint16_t, std::string>{1306, "saddr=0100"},
                                   {1318, "opid=1 ouid=0"}, {1317, "fd0=3 fd1=4"},
                                   {1322, "pid=1 cap_pi=0"}, {1327, "proctitle=6C73"}}) {
    EXPECT_EQ(incomplete_bits(event_of({{type, head + body}, {1320, head}})),
              bits({Incomplete::syscall_missing})) << type;
  }
  EXPECT_EQ(incomplete_bits(event_of({{1336, head + "uring_op=18 pid=1 uid=0 items=1"},
                                      {1320, head}})), 0u);
  EXPECT_EQ(incomplete_bits(event_of({{1326, head + "auid=1 pid=1 sig=9 code=0x0"}})), 0u);
}

// `cwd="<too_long>"`: no such folder exists, and none is claimed.
TEST(AuditFacts, AFolderTheKernelCouldNotWrite) {
  auto records = exec_records({.pid = 7});
  records[2].text = test::stamp(0, 1) + "cwd=\"<too_long>\"";
  EXPECT_EQ(incomplete_bits(event_of(records)), bits({Incomplete::cwd_missing}));
}

TEST(AuditFacts, ExecIsKnownOnEveryArchitecture) {
  AuditEvent event;
  event.syscall.emplace();
  for (const auto& [arch, number] : {std::pair<uint32_t, uint32_t>{0xC000003E, 59},
                                     {0xC000003E, 0x40000208}, {0x40000003, 358},
                                     {0xC00000B7, 221}, {0x40000028, 11}, {0x80000016, 354},
                                     {0xC0000015, 11}, {0xC00000F3, 281}}) {
    event.syscall->arch = arch;
    event.syscall->number = number;
    EXPECT_TRUE(is_exec(event)) << arch;
    event.syscall->number = number + 1;
    EXPECT_FALSE(is_exec(event)) << arch;
  }
}

TEST(AuditFacts, ArgumentsCutLostUnparsedLate) {
  using I = Incomplete;
  auto records = exec_records({.pid = 7});
  const std::string head = test::stamp(0, 1);
  records[1].text = head + "argc=3 a0=\"x\" a1_len=10 a1[0]=\"abc\"";
  EXPECT_EQ(incomplete_bits(event_of(records)), bits({I::args_missing, I::arg_cut}));
  records[1].text = head + "argc=1 a0=xyz";
  EXPECT_EQ(incomplete_bits(event_of(records)), bits({I::args_missing, I::unparsed}));
  AuditEvent late = event_of({records[2]});
  late.late = true;
  EXPECT_EQ(incomplete_bits(late), bits({I::late}));
  AuditEvent cut = event_of(exec_records({.pid = 7}));
  cut.records_cut = 1;
  EXPECT_EQ(incomplete_bits(cut), bits({I::text_cut}));
}

TEST(AuditFacts, AProgramWithoutEvenItsNameMissesNothing) {
  auto records = exec_records({.pid = 7});
  records[1].text = test::stamp(0, 1) + "argc=0";
  EXPECT_EQ(incomplete_bits(event_of(records)), 0u);
  records[1].text = test::stamp(0, 1) + "a0=\"ls\"";  // the record before it did not come
  EXPECT_EQ(incomplete_bits(event_of(records)), bits({Incomplete::args_missing}));
}

// It is there, and its text is kept: translated by somebody, say.
TEST(AuditFacts, ASyscallThatDoesNotParseIsNotMissing) {
  auto records = exec_records({.pid = 7});
  records[0].text = test::stamp(0, 1) + "arch=x86_64 syscall=execve success=yes pid=7 uid=alice";
  const AuditEvent event = event_of(records);
  EXPECT_EQ(incomplete_bits(event), bits({Incomplete::unparsed}));
  Fact fact;
  fill_envelope(event, fact);
  EXPECT_FALSE(fact.uid) << "alice is not root";
}

TEST(AuditFacts, ANameInPlaceOfAnIdIsNobodysId) {
  for (const char* who : {"uid=alice", "auid=alice", "ses=unset", "euid=alice", "ppid=x"}) {
    auto records = exec_records({.pid = 7});
    std::string& text = records[0].text;
    const std::string_view word(who);
    const std::string name = " " + std::string(word.substr(0, word.find('=') + 1));
    const size_t at = text.find(name) + 1;
    text.replace(at, text.find(' ', at) - at, word);
    const AuditEvent event = event_of(records);
    EXPECT_FALSE(event.syscall) << who;
    Fact fact;
    fill_envelope(event, fact);
    EXPECT_TRUE(!fact.uid && fact.auid == kUnsetId) << who;
    EXPECT_TRUE(fact.incomplete & incomplete_bit(Incomplete::unparsed));
  }
  Fact fact;
  const std::string user = test::stamp(0, 1) + "pid=5 uid=alice auid=bob msg='op=x'";
  fill_envelope(event_of({{1112, user}}), fact);
  EXPECT_TRUE(!fact.uid && fact.auid == kUnsetId);
  EXPECT_TRUE(fact.incomplete & incomplete_bit(Incomplete::unparsed));
}

// The EXECVE records of these arguments, as audit_log_execve_info() breaks them, with buffers so
// small that there is much to lose.
std::vector<Record> execve_records(const std::vector<std::string>& args, size_t room) {
  std::vector<Record> records = {{1309, test::stamp(0, 1) + "argc=" + std::to_string(args.size())}};
  size_t left = room;
  const auto put = [&](const std::string& text) {
    if (text.size() > left) {
      records.push_back({1309, test::stamp(0, 1)});
      left = std::max(room, text.size());
    }
    left -= text.size();
    records.back().text += text;
  };
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string name = " a" + std::to_string(i), value = test::untrusted(args[i]);
    if (value.size() + name.size() < room) {
      put(name + "=" + value);
      continue;
    }
    // In pieces: all in hex, since it does not fit a buffer.
    const std::string hex = to_hex(as_bytes(args[i]));
    std::string upper = hex;
    std::transform(hex.begin(), hex.end(), upper.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    const size_t step = room / 2 / 2 * 2;
    for (size_t at = 0, piece = 0; at < upper.size(); at += step, ++piece) {
      put((piece == 0 ? name + "_len=" + std::to_string(upper.size()) : "") + name + "[" +
          std::to_string(piece) + "]=" + upper.substr(at, step));
    }
  }
  return records;
}

// Any records of an event may be lost: whatever is not there is said, and nothing else is.
TEST(AuditFacts, WhateverIsLostIsSaidAndNothingElse) {
  std::mt19937 random(17);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> args(1 + random() % 6);
    for (std::string& arg : args) {
      arg.resize(random() % (random() % 3 != 0 ? 12 : 300));
      for (char& c : arg) c = static_cast<char>(random() % 5 != 0 ? 'a' + random() % 26 : random());
    }
    const std::vector<Record> execve = execve_records(args, 60 + random() % 100);
    std::vector<Record> records = exec_records({.pid = 7});
    records.erase(records.begin() + 1);
    records.insert(records.begin() + 1, execve.begin(), execve.end());
    const size_t one_in = 1 + random() % 12;
    bool execve_lost = false, path_lost = false, cwd_lost = false;
    std::vector<Record> kept;
    for (const Record& record : records) {
      if (record.type == 1300 || record.type == 1320 || random() % one_in != 0) {
        kept.push_back(record);
        continue;
      }
      execve_lost |= record.type == 1309;
      path_lost |= record.type == 1302;
      cwd_lost |= record.type == 1307;
    }
    std::shuffle(kept.begin(), kept.end(), random);
    const AuditEvent event = event_of(kept);
    const uint32_t said = incomplete_bits(event);
    const uint32_t args_bits = bits({Incomplete::args_missing, Incomplete::arg_cut});
    EXPECT_EQ((said & args_bits) != 0, execve_lost) << round;
    EXPECT_EQ((said & bits({Incomplete::paths_missing})) != 0, path_lost) << round;
    EXPECT_EQ((said & bits({Incomplete::cwd_missing})) != 0, cwd_lost) << round;
    EXPECT_EQ(said & ~(args_bits | bits({Incomplete::paths_missing, Incomplete::cwd_missing})), 0u);
    if (!event.exec) continue;
    for (size_t i = 0; i < event.exec->args.size(); ++i) {
      const ExecArgument& arg = event.exec->args[i];
      const std::string_view value = event.bytes(arg.value);
      if (!arg.present) EXPECT_EQ(value, "");
      else if (arg.cut) EXPECT_TRUE(value.size() < args[i].size() && args[i].starts_with(value));
      else EXPECT_EQ(value, args[i]) << round;
    }
  }
}

TEST(AuditFacts, MorePathsThanItemsIsNoLoss) {
  auto records = exec_records({.pid = 7});
  records[0].text.replace(records[0].text.find("items=2"), 7, "items=0");
  EXPECT_EQ(incomplete_bits(event_of(records)), 0u);
  records[0].text.replace(records[0].text.find("items=0"), 7, "items=1");
  EXPECT_EQ(incomplete_bits(event_of(records)), 0u);
}

TEST(AuditFacts, ALoginWithoutASyscallIsWhole) {
  EXPECT_EQ(incomplete_bits(event_of({test::login_record(0, 1, 5, 1000, 3)})), 0u);
  EXPECT_EQ(incomplete_bits(event_of({test::user_record(1105, 0, 1, 5, 1, 2, "op=x")})), 0u);
}

TEST(AuditFacts, WhichCallsExecute) {
  const auto exec = [](uint32_t arch, uint32_t number) {
    AuditEvent e;
    e.syscall = SyscallFields{};
    e.syscall->arch = arch;
    e.syscall->number = number;
    return is_exec(e);
  };
  for (const uint32_t number : {59u, 322u, 0x40000000u + 520, 0x40000000u + 545}) {
    EXPECT_TRUE(exec(0xC000003E, number)) << number;
  }
  EXPECT_TRUE(exec(0x40000003, 11) && exec(0x40000003, 358));
  EXPECT_TRUE(exec(0xC00000B7, 221) && exec(0xC00000B7, 281));
  EXPECT_FALSE(exec(0xC000003E, 11) || exec(0x40000003, 59) || exec(1, 59));
}

TEST(AuditFacts, Envelope) {
  const AuditEvent e =
      event_of(exec_records({.pid = 7, .ms = 12, .auid = 5, .ses = 6, .error = 13}));
  Fact fact;
  fill_envelope(e, fact);
  EXPECT_EQ(fact.time_ns, test::kBootRealtimeNs + 12 * test::kMs);
  EXPECT_EQ(fact.auid, 5u);
  EXPECT_EQ(fact.ses, 6u);
  EXPECT_EQ(fact.uid, 0u);  // the effective one
  EXPECT_EQ(fact.success, false);
  EXPECT_EQ(fact.error, 13);
  EXPECT_EQ(fact.source_terminal, "pts0");
  EXPECT_EQ(fact.audit, &e);
}

TEST(AuditFacts, KindsOfUserRecords) {
  const auto kind = [](uint16_t type, std::optional<bool> success) {
    UserFields user;
    user.type = type;
    user.success = success;
    return user_kind(user);
  };
  EXPECT_EQ(kind(1100, false), UserKind::authentication);
  EXPECT_EQ(kind(1105, true), UserKind::session_start);
  EXPECT_EQ(kind(1105, std::nullopt), UserKind::session_start);
  EXPECT_EQ(kind(1112, false), UserKind::authentication);
  EXPECT_EQ(kind(1106, true), UserKind::session_end);
  EXPECT_EQ(kind(1123, true), UserKind::privilege);
  EXPECT_EQ(kind(1114, true), UserKind::account);
  EXPECT_EQ(kind(1108, false), UserKind::account);
  EXPECT_EQ(kind(1131, true), UserKind::service);
  EXPECT_EQ(kind(1107, true), UserKind::other);
  EXPECT_EQ(kind(2404, true), UserKind::authentication);
}

TEST(AuditFacts, BaseName) {
  EXPECT_EQ(base_name("/usr/sbin/sshd"), "sshd");
  EXPECT_EQ(base_name("sshd"), "sshd");
  EXPECT_EQ(base_name("/"), "");
  EXPECT_EQ(base_name(""), "");
}

AuditEvent raised(uint32_t mode, uint32_t euid, uint32_t egid, const std::string& exe) {
  AuditEvent event;
  event.values = exe;
  event.exec.emplace();
  event.syscall.emplace();
  event.syscall->success = true;
  event.syscall->pid = 7;
  event.syscall->uid = event.syscall->gid = 1000;
  event.syscall->euid = euid;
  event.syscall->egid = egid;
  event.syscall->exe = {0, static_cast<uint32_t>(exe.size())};
  event.paths.resize(1);
  event.paths[0].mode = mode;
  return event;
}

TEST(AuditFacts, ProgramsThatTheirFilesRaise) {
  const auto user = raised_by_file(raised(0104755, 0, 1000, "/usr/bin/mount"));
  ASSERT_TRUE(user);
  EXPECT_EQ(user->by, "set-user-id");
  EXPECT_EQ(user->from_uid, 1000u);
  EXPECT_EQ(user->to_uid, 0u);
  EXPECT_EQ(user->to_gid, 0u);
  const auto group = raised_by_file(raised(0102755, 1000, 42, "/usr/bin/chage"));
  ASSERT_TRUE(group);
  EXPECT_EQ(group->by, "set-group-id");
  EXPECT_EQ(group->to_gid, 42u);
  AuditEvent ping = raised(0100755, 1000, 1000, "/usr/bin/ping");
  EXPECT_FALSE(raised_by_file(ping));
  ping.capabilities = CapabilityFields{.file_permitted = 0x2000, .before = 0, .after = 0x2000};
  const auto capable = raised_by_file(ping);
  ASSERT_TRUE(capable);
  EXPECT_EQ(capable->by, "file capabilities");
  EXPECT_EQ(capable->capabilities, 0x2000u);
  ping.capabilities->before = 0x2000;
  EXPECT_FALSE(raised_by_file(ping)) << "it had them already";
}

// Of a script the bits of its interpreter count, which is a later item.
TEST(AuditFacts, AScriptWithARaisedInterpreter) {
  AuditEvent script = raised(0100755, 0, 1000, "/var/tmp/suidsh");
  script.paths.resize(2);
  script.paths[1].item = 1;
  script.paths[1].mode = 0104755;
  const auto change = raised_by_file(script);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->by, "set-user-id");
  EXPECT_EQ(change->program, "/var/tmp/suidsh");
}

TEST(AuditFacts, ProgramsThatAreNotRaised) {
  // Raised before, and handed on: the file has no such bit.
  EXPECT_FALSE(raised_by_file(raised(0100755, 0, 1000, "/bin/sh")));
  EXPECT_FALSE(raised_by_file(raised(0104755, 1000, 1000, "/usr/bin/mount"))) << "nosuid";
  AuditEvent failed = raised(0104755, 0, 1000, "/usr/bin/mount");
  failed.syscall->success = false;
  EXPECT_FALSE(raised_by_file(failed));
  AuditEvent without_path = raised(0, 0, 1000, "/usr/bin/mount");
  without_path.paths.clear();
  EXPECT_TRUE(raised_by_file(without_path));
}

}  // namespace
}  // namespace spoor::agent
