#include "agent/correlate/audit_facts.h"

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

}  // namespace
}  // namespace spoor::agent
