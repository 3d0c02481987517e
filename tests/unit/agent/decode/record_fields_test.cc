#include "agent/decode/record_fields.h"

#include <random>

#include "agent/decode/audit_record.h"
#include "agent/limits.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

// Records of one event; each text without its stamp.
AuditEvent event_of(const std::vector<std::pair<uint16_t, std::string>>& records) {
  AuditEvent event;
  for (const auto& [type, body] : records) {
    decode_record({type, "audit(1700000000.123:45): " + body}, {1'700'000'000'123, 45}, event);
  }
  decode_fields(event, HasPlace::nothing);
  return event;
}

std::string shown(const AuditEvent& event, const RecordField& field) {
  using Kind = RecordField::Kind;
  std::string text = std::string(event.bytes(field.name)) + "=";
  switch (field.kind) {
    case Kind::number: text += std::to_string(field.number); break;
    case Kind::hex: {
      char hex[20];
      std::snprintf(hex, sizeof hex, "0x%llx", static_cast<unsigned long long>(field.number));
      text += hex;
      break;
    }
    case Kind::id: text += "#" + std::to_string(field.number); break;
    case Kind::text: text += "'" + std::string(event.bytes(field.value)) + "'"; break;
    case Kind::path: text += "p'" + std::string(event.bytes(field.value)) + "'"; break;
    case Kind::word: text += std::string(event.bytes(field.value)); break;
    case Kind::address: {
      const SocketAddress& a = event.addresses.at(field.address);
      text += "[" + std::string(event.bytes(a.family)) + " " + std::string(event.bytes(a.address)) +
              std::string(event.bytes(a.path)) + ":" + std::to_string(a.port) + "]";
      break;
    }
  }
  if (field.absent) text += "!";
  if (field.meaning.size != 0) text += "(" + std::string(event.bytes(field.meaning)) + ")";
  return text;
}

std::vector<std::string> fields_of(const AuditEvent& event, size_t record = 0) {
  std::vector<std::string> all;
  const AuditEvent::Record& r = event.records.at(record);
  for (uint32_t i = 0; i < r.fields; ++i)
    all.push_back(shown(event, event.fields[r.first_field + i]));
  return all;
}
std::vector<std::string> fields_of(uint16_t type, const std::string& body) {
  return fields_of(event_of({{type, body}}));
}
std::string rest_of(uint16_t type, const std::string& body) {
  const AuditEvent event = event_of({{type, body}});
  return std::string(event.bytes(event.records.at(0).rest));
}
using All = std::vector<std::string>;

TEST(RecordFields, EachByItsForm) {
  EXPECT_EQ(fields_of(1330, "name=\"dummy\""), All{"name='dummy'"});
  EXPECT_EQ(fields_of(1302, "item=0 name=2F746D702F6120 inode=5 mode=0100644 ouid=0 "
                            "nametype=CREATE"),
            (All{"item=0", "name=p'/tmp/a '", "inode=5", "mode=33188(file,rw-r--r--)", "ouid=#0",
                 "nametype=CREATE"}));
  EXPECT_EQ(
      fields_of(1399, "a=12 b=-7 c=0x1F d=007 e= f=x g=\"1\" h=99999999999999999999"),
      (All{"a=12", "b=-7", "c=0x1f", "d=007", "e=", "f=x", "g='1'", "h=99999999999999999999"}));
  EXPECT_EQ(
      fields_of(1326, "auid=4294967295 uid=-1 sig=31 arch=c000003e syscall=41 code=0x80000000"),
      (All{"auid=#4294967295!(unset)", "uid=#4294967295!(unset)", "sig=31(SIGSYS)",
           "arch=0xc000003e(x86_64)", "syscall=41(socket)", "code=0x80000000(kill_process)"}));
}

TEST(RecordFields, WhatWritersPutWhereTheyHaveNothing) {
  EXPECT_EQ(fields_of(1399, "a=(null) b=(none) c=? d=\"(null)\""),
            (All{"a=!", "b=!", "c=!", "d='(null)'"}));
  EXPECT_EQ(fields_of(1307, "cwd=\"<too_long>\""), All{"cwd=p'<too_long>'!"});
  EXPECT_EQ(fields_of(1302, "item=0 name=\"<too_long>\""),  // a program may name a file so
            (All{"item=0", "name=p'<too_long>'"}));
  EXPECT_EQ(fields_of(1100, "pid=1 uid=0 msg='acct=\"?\" res=failed'"),
            (All{"pid=#1", "uid=#0", "acct=!", "res=failed"}));
}

TEST(RecordFields, PermissionsOfAnAvc) {
  const std::string body =
      "avc:  denied  { read write } for  pid=77 comm=\"cat\" path=\"/etc/shadow\" dev=\"sda1\" "
      "ino=42 scontext=u:r:t:s0 tcontext=u:o:s:s0-s0:c0.c1023 tclass=file permissive=0";
  EXPECT_EQ(rest_of(1400, body), "avc: denied { read write } for");
  EXPECT_EQ(fields_of(1400, body),
            (All{"pid=#77", "comm='cat'", "path=p'/etc/shadow'", "dev=sda1", "ino=42",
                 "scontext=u:r:t:s0", "tcontext=u:o:s:s0-s0:c0.c1023", "tclass=file",
                 "permissive=0"}));
}

TEST(RecordFields, WordsBeforeAKey) {
  EXPECT_EQ(rest_of(1006, "login pid=1 uid=0 old auid=4294967295 new auid=0"), "login old new");
  EXPECT_EQ(fields_of(1006, "login pid=1 uid=0 old auid=4294967295 new auid=0"),
            (All{"pid=#1", "uid=#0", "auid=#4294967295!(unset)", "auid=#0"}));
  EXPECT_EQ(rest_of(1416, "netlabel: auid=0 ses=1"), "netlabel:");
  EXPECT_EQ(rest_of(1399, "  nothing   but words  "), "nothing but words");
}

TEST(RecordFields, TheProgramsMessageIsFlattened) {
  EXPECT_EQ(fields_of(1112,
                      "pid=9 uid=0 auid=1000 ses=3 subj=u:r:t:s0 msg='op=login id=1000 "
                      "exe=\"/usr/sbin/sshd\" hostname=host.example addr=10.0.0.9 "
                      "terminal=/dev/pts/0 res=success'"),
            (All{"pid=#9", "uid=#0", "auid=#1000", "ses=#3", "subj=u:r:t:s0", "op=login",
                 "id=#1000", "exe=p'/usr/sbin/sshd'", "hostname=host.example",
                 "addr=[inet 10.0.0.9:0]", "terminal=/dev/pts/0", "res=success"}));
  // auditd's names of numbers come after 0x1D; a quote in the program's text does not end it.
  const std::string enriched =
      "pid=9 uid=0 msg='op=it's cmd=6C73 res=1'\x1dUID=\"root\" AUID=\"x\"";
  EXPECT_EQ(fields_of(1123, enriched),
            (All{"pid=#9", "uid=#0", "op=it's", "cmd='ls'", "res=1(success)"}));
  EXPECT_EQ(fields_of(1305, "op=set audit_enabled=1 res=1\x1d" "AUID=\"x\""),
            (All{"op=set", "audit_enabled=1", "res=1(success)"}));
}

std::vector<std::string> enriched_of(const AuditEvent& event, size_t record = 0) {
  std::vector<std::string> all;
  const AuditEvent::Record& r = event.records.at(record);
  for (uint32_t i = 0; i < r.enriched; ++i)
    all.push_back(shown(event, event.fields.at(r.first_field + r.fields + i)));
  return all;
}

TEST(RecordFields, NamesThatAuditdAppendedAreTheirOwn) {
  AuditEvent e = event_of({{1305, "auid=1000 op=set audit_enabled=1 res=1\x1d" "AUID=\"alice\""}});
  EXPECT_EQ(fields_of(e), (All{"auid=#1000", "op=set", "audit_enabled=1", "res=1(success)"}));
  EXPECT_EQ(enriched_of(e), All{"AUID='alice'"});
  EXPECT_EQ(e.config->auid, 1000u);
  e = event_of({{1306, "saddr=02000050A9FEA9FE0000000000000000\x1d" "SADDR={ saddr_fam=inet "
                       "laddr=169.254.169.254 lport=80 }"}});
  EXPECT_EQ(fields_of(e), All{"saddr=[inet 169.254.169.254:80]"});
  EXPECT_EQ(enriched_of(e), All{"SADDR={ saddr_fam=inet laddr=169.254.169.254 lport=80 }"});
  e = event_of({{1123, "pid=9 uid=0 msg='op=it's cmd=6C73 res=1'\x1dUID=\"root\" AUID=\"x y\""}});
  EXPECT_EQ(enriched_of(e), (All{"UID='root'", "AUID='x y'"}));
  EXPECT_TRUE(e.records[0].parsed);
}

// A name may be whatever a directory server says it is.
TEST(RecordFields, NothingThatAuditdAppendedIsTakenForAField) {
  const auto config = [](const std::string& suffix) {
    return event_of({{1305, "auid=1000 ses=4 op=set res=1\x1d" + suffix}});
  };
  for (const std::string suffix :
       {"auid=0 ses=1 op=x res=0", "AUID=\"a\" auid=0", "auid=\"0\" pid=1", "\x1d" "auid=0"}) {
    const AuditEvent e = config(suffix);
    EXPECT_EQ(fields_of(e), (All{"auid=#1000", "ses=#4", "op=set", "res=1(success)"})) << suffix;
    EXPECT_EQ(e.config->auid, 1000u);
    EXPECT_EQ(e.config->success, true);
    for (const RecordField& field : e.fields) {
      const bool own = field.kind == RecordField::Kind::id;
      EXPECT_TRUE(!own || field.number != 0) << suffix;
    }
  }
  EXPECT_EQ(enriched_of(config("AUID=1000")), All{"AUID=1000"});  // a word, not a number
  EXPECT_EQ(enriched_of(config("AUID=\"unknown(1000)\" UID=\"a b\"")),
            (All{"AUID='unknown(1000)'", "UID='a b'"}));
  // What is cut, or holds a quote, is said; what stands before it is there.
  for (const std::string suffix : {"UID=\"root\" AUID=\"al", "UID=\"root\" AUID=\"a\"b\" GID=\"c\"",
                                   "UID=\"root\" words", "UID=\"root\" words GID=\"c\"",
                                   "UID=\"root\" \x01=\"c\""}) {
    const AuditEvent e = config(suffix);
    EXPECT_FALSE(e.records[0].parsed) << suffix;
    ASSERT_FALSE(enriched_of(e).empty());
    EXPECT_EQ(enriched_of(e)[0], "UID='root'") << suffix;
    EXPECT_EQ(fields_of(e).size(), 4u);
  }
  EXPECT_EQ(enriched_of(config("SADDR={ saddr_fam=inet")), All{"SADDR={ saddr_fam=inet"});
}

TEST(RecordFields, NamesOfACommandsOwnRecords) {
  const std::string path = "item=0 name=\"/bin/ls\" inode=5 dev=fe:00 mode=0100755 ouid=0 ogid=0 "
                           "rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 "
                           "cap_frootid=0\x1dOUID=\"root\" OGID=\"wheel\"";
  AuditEvent e;
  for (const auto& [type, body] : std::vector<std::pair<uint16_t, std::string>>{
           {1300, "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 "
                  "pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
                  "tty=pts0 ses=3 comm=\"ls\" exe=\"/bin/ls\" subj=unconfined key=(null)\x1d"
                  "ARCH=x86_64 SYSCALL=execve AUID=\"alice\" UID=\"root\""},
           {1309, "argc=1 a0=\"ls\""}, {1302, path}}) {
    decode_record({type, "audit(1.000:1): " + body}, {1000, 1}, e);
  }
  decode_fields(e, HasPlace::command);
  EXPECT_EQ(fields_of(e, 0), All{});
  EXPECT_EQ(enriched_of(e, 0),
            (All{"ARCH=x86_64", "SYSCALL=execve", "AUID='alice'", "UID='root'"}));
  EXPECT_EQ(enriched_of(e, 2), (All{"OUID='root'", "OGID='wheel'"}));
  EXPECT_EQ(e.syscall->uid, 0u);
  EXPECT_EQ(e.syscall->key.size, 0u);
  EXPECT_EQ(e.bytes(e.syscall->subject), "unconfined");
  EXPECT_EQ(e.paths.at(0).owner_uid, 0u);
}

// Somebody translated the numbers (ausearch -i), and took the encoding of strings away.
TEST(RecordFields, WordsInPlaceOfNumbersStayWords) {
  EXPECT_EQ(fields_of(1302, "item=0 name=dd inode=5 mode=file,755 ouid=bad ogid=root cap_fp=none"),
            (All{"item=0", "name=p'dd'", "inode=5", "mode=file,755", "ouid=bad", "ogid=root",
                 "cap_fp=none"}));
  EXPECT_EQ(fields_of(1326, "auid=unset uid=alice sig=SIGSYS arch=x86_64 syscall=socket "
                            "code=kill exit=EACCES(Permission"),
            (All{"auid=unset", "uid=alice", "sig=SIGSYS", "arch=x86_64", "syscall=socket",
                 "code=kill", "exit=EACCES(Permission"}));
  EXPECT_EQ(fields_of(1100, "pid=9 uid=alice auid=alice ses=3 msg='op=x acct=ed exe=/bin/ed'"),
            (All{"pid=#9", "uid=alice", "auid=alice", "ses=#3", "op=x", "acct='ed'",
                 "exe=p'/bin/ed'"}));
}

TEST(RecordFields, ProgramsOfOldTimes) {
  EXPECT_EQ(fields_of(1114,
                      "user pid=5 uid=0 msg='op=adding user id=1001 (exe=/usr/sbin/useradd, "
                      "hostname=?, addr=?, terminal=pts/0 res=success)'"),
            (All{"pid=#5", "uid=#0", "op=adding user", "id=#1001", "exe=p'/usr/sbin/useradd'",
                 "hostname=!", "addr=!", "terminal=pts/0", "res=success"}));
  EXPECT_EQ(fields_of(1108, "pid=5 uid=0 msg='op=change \xff id=1'"),
            (All{"pid=#5", "uid=#0", "op='change \xff'", "id=#1"}));
  EXPECT_EQ(fields_of(1108, "pid=5 uid=0 msg='op=change password'"),
            (All{"pid=#5", "uid=#0", "op=change password"}));
  const std::string daemon =
      "auditd start, ver=2.4.1, format=raw auid=4294967295 pid=251 res=success";
  EXPECT_EQ(fields_of(1200, daemon), (All{"ver=2.4.1", "format=raw", "auid=#4294967295!(unset)",
                                          "pid=#251", "res=success"}));
  EXPECT_EQ(rest_of(1200, daemon), "auditd start,");
}

TEST(RecordFields, TheSameNameInAnotherRecordIsAnotherThing) {
  EXPECT_EQ(fields_of(1321, "fver=0 fp=0000000000003000 fi=0 fe=1"),
            (All{"fver=0x0", "fp=0x3000(net_admin|net_raw)", "fi=0x0(none)", "fe=1"}));
  EXPECT_EQ(fields_of(2404, "pid=1 uid=0 msg='fp=SHA256:ab suid=74 rport=22 laddr=::1'"),
            (All{"pid=#1", "uid=#0", "fp=SHA256:ab", "suid=#74", "rport=22",
                 "laddr=[inet6 ::1:0]"}));
  EXPECT_EQ(fields_of(1400, "src=80 daddr=10.0.0.1"), (All{"src=80", "daddr=[inet 10.0.0.1:0]"}));
  EXPECT_EQ(fields_of(1338, "module=crypt error_msg='no such device' res=0"),
            (All{"module=crypt", "error_msg='no such device'", "res=0(failed)"}));
  EXPECT_EQ(fields_of(1424, "domain=195ba459b mode=enforcing"),
            (All{"domain=0x195ba459b", "mode=enforcing"}));
}

std::string syscall_body(const std::string& arch, int number, const std::string& args,
                         const std::string& exit = "0") {
  return "arch=" + arch + " syscall=" + std::to_string(number) + " success=yes exit=" + exit + " " +
         args + " items=0 ppid=1 pid=2";
}

TEST(RecordFields, ArgumentsByTheRecordsOwnArchitecture) {
  const auto args = [](const std::string& arch, int number, const std::string& values) {
    const All all = fields_of(1300, syscall_body(arch, number, values));
    return All(all.begin() + 4, all.begin() + 8);
  };
  EXPECT_EQ(args("c000003e", 257, "a0=ffffff9c a1=7ffe a2=10241 a3=1b6"),
            (All{"a0=0xffffff9c(AT_FDCWD)", "a1=0x7ffe",
                 "a2=0x10241(O_WRONLY|O_DIRECTORY|O_CREAT|O_TRUNC)", "a3=0x1b6(rw-rw-rw-)"}));
  EXPECT_EQ(args("c00000b7", 56, "a0=ffffff9c a1=7ffe a2=10000 a3=0")[2],
            "a2=0x10000(O_RDONLY|O_DIRECT)");
  EXPECT_EQ(args("40000028", 322, "a0=ffffff9c a1=7ffe a2=4000 a3=0")[2],
            "a2=0x4000(O_RDONLY|O_DIRECTORY)");
  EXPECT_EQ(args("40000003", 5, "a0=80 a1=241 a2=1a4 a3=0")[1],
            "a1=0x241(O_WRONLY|O_CREAT|O_TRUNC)");
}

TEST(RecordFields, ErrorsByName) {
  const auto exit = [](const std::string& value) {
    return fields_of(1300, syscall_body("c000003e", 2, "a0=0 a1=0 a2=0 a3=0", value))[3];
  };
  EXPECT_EQ(exit("-13"), "exit=-13(EACCES)");
  EXPECT_EQ(exit("13"), "exit=13");
  EXPECT_EQ(exit("-9223372036854775808"), "exit=-9223372036854775808");
}

TEST(RecordFields, SocketCallOfOldArchitectures) {
  const AuditEvent event = event_of({{1300, syscall_body("40000003", 102, "a0=1 a1=ff a2=0 a3=0")},
                                     {1304, "nargs=3 a0=2 a1=1 a2=6"}});
  EXPECT_EQ(fields_of(event, 0)[4], "a0=0x1(socket)");
  EXPECT_EQ(fields_of(event, 1),
            (All{"nargs=3", "a0=0x2(inet)", "a1=0x1(SOCK_STREAM)", "a2=0x6(tcp)"}));
}

TEST(RecordFields, Addresses) {
  EXPECT_EQ(fields_of(1306, "saddr=02000050A9FEA9FE0000000000000000"),
            All{"saddr=[inet 169.254.169.254:80]"});
  // In the order of the syscall's architecture, wherever in the event that stands.
  const AuditEvent big = event_of({{1306, "saddr=00100000000000070000000F"},
                                   {1300, syscall_body("80000016", 102, "a0=3 a1=1 a2=0 a3=0")}});
  EXPECT_EQ(fields_of(big, 0), All{"saddr=[netlink 7:0]"});
  EXPECT_TRUE(big.records[0].parsed);
  const AuditEvent bad = event_of({{1306, "saddr=0200zz"}});
  EXPECT_EQ(fields_of(bad), All{"saddr=0200zz"});
  EXPECT_FALSE(bad.records[0].parsed);
}

TEST(RecordFields, ACommandKeepsItsOwnRecordsOut) {
  const std::vector<std::pair<uint16_t, std::string>> records = {
      {1300, syscall_body("c000003e", 59, "a0=0 a1=0 a2=0 a3=0")}, {1309, "argc=1 a0=\"ls\""},
      {1307, "cwd=\"/\""}, {1302, "item=0 name=\"/bin/ls\""}, {1327, "proctitle=\"ls\""},
      {1321, "fver=0 fe=1"}, {1320, ""}};
  AuditEvent event = event_of(records);
  EXPECT_GT(event.fields.size(), 10u);
  decode_fields(event, HasPlace::command);
  EXPECT_EQ(event.fields.size(), 2u);
  EXPECT_EQ(event.records[0].fields, 0u);
  EXPECT_EQ(fields_of(event, 5), (All{"fver=0x0", "fe=1"}));
}

TEST(RecordFields, HostileNamesAreWords) {
  const std::string long_name(kFieldNameBytesMax + 1, 'n');
  EXPECT_EQ(fields_of(1399, "=a \x01=b \xff=c " + long_name + "=d ok=1"), All{"ok=1"});
  EXPECT_EQ(rest_of(1399, "=a \x01=b ok=1"), "=a \x01=b");
  // A word that is no UTF-8 is bytes.
  EXPECT_EQ(fields_of(1399, "w=\xff"), All{"w='\xff'"});
}

TEST(RecordFields, UnclosedQuotesAndApostrophes) {
  const AuditEvent event = event_of({{1399, "a=1 b=\"never closed"}});
  EXPECT_EQ(fields_of(event), (All{"a=1", "b='never closed'"}));
  EXPECT_FALSE(event.records[0].parsed);
  EXPECT_EQ(fields_of(1399, "a='open b=2"), (All{"a='open", "b=2"}));
  EXPECT_EQ(fields_of(1399, "a='"), All{"a='"});
}

TEST(RecordFields, BoundsHold) {
  std::string body;
  for (size_t i = 0; i < kRecordFieldsMax + 10; ++i) body += "a=1 ";
  const AuditEvent many = event_of({{1399, body}});
  EXPECT_EQ(many.fields.size(), kRecordFieldsMax);
  EXPECT_FALSE(many.records[0].parsed);
  AuditEvent full;
  decode_record({1399, "audit(1.000:1): a=1"}, {1000, 1}, full);
  full.values.resize(kEventValuesBytesMax);
  decode_fields(full, HasPlace::nothing);
  EXPECT_TRUE(full.fields.empty());
  EXPECT_FALSE(full.records[0].parsed);
  EXPECT_LE(full.values.size(), kEventValuesBytesMax);
}

TEST(RecordFields, AskedTwiceIsAskedOnce) {
  AuditEvent event = event_of({{1399, "a=1"}, {1399, "b=2"}});
  decode_fields(event, HasPlace::nothing);
  EXPECT_EQ(event.fields.size(), 2u);
  EXPECT_EQ(fields_of(event, 1), All{"b=2"});
}

}  // namespace
}  // namespace spoor::agent
