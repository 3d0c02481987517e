#include "agent/decode/audit_record.h"

#include "agent/limits.h"

namespace spoor::agent {
namespace {

const std::string kHead = "audit(1700000000.123:45): ";
using Types = std::vector<uint16_t>;
constexpr EventKey kKey{1700000000123, 45};

void add(AuditEvent& e, uint16_t type, const std::string& body) {
  const std::string text = kHead + body;
  decode_record({type, text}, kKey, e);
}

TEST(Header, Reads) {
  size_t body = 0;
  const auto key = decode_header(kHead + "arch=1", &body);
  ASSERT_TRUE(key);
  EXPECT_EQ(*key, kKey);
  EXPECT_EQ(body, kHead.size());
  EXPECT_EQ(decode_header("audit(0.000:4294967295):", nullptr)->serial, 4294967295u);
  EXPECT_EQ(decode_header("audit(1490239800.477:34) config changed", &body)->serial, 34u);
  EXPECT_EQ(body, 25u);
}

TEST(Header, RefusesWhatCannotBe) {
  for (const char* bad : {"", "audit(", "audit(1.2:3", "audit(1:3)", "audit(.2:3)", "audit(1.:3)",
                          "audit(1.2:)", "audit(1.1000:3)", "audit(1.2:4294967296)",
                          "audit(4000000001.0:1)", "audit(99999999999999999999.0:1)",
                          "audit(-1.2:3)", "udit(1.2:3)", " audit(1.2:3)", "?"}) {
    EXPECT_FALSE(decode_header(bad, nullptr)) << bad;
  }
}

TEST(HeaderReader, SaysWhatDecodeHeaderSays) {
  HeaderReader reader;
  for (const std::string_view text :
       {"audit(1700000000.123:45): a=1", "audit(1700000000.123:45): b=2",
        "audit(1700000000.123:4): ", "audit(1700000000.123:45): ", "audit(1700000000.123:45):c=1",
        "audit(1700000000.123:45): d=1", "audit(1700000000.123:45) e=1", "audit(1700000000.123:45",
        "", "audit(x): ", "audit(1700000000.123:45): f=1", "audit(1700000001.123:45): g=1"}) {
    size_t body = 0;
    const auto key = decode_header(text, &body);
    EXPECT_EQ(reader.read(text).key, key) << text;
    EXPECT_EQ(reader.read(text).body, body) << text;
  }
}

TEST(Record, Syscall) {
  AuditEvent e;
  add(e, 1300,
      "arch=c000003e syscall=59 per=400000 success=yes exit=0 a0=55df1048ec88 a1=ffffffffffffff9c "
      "a2=1 a3=0 items=2 ppid=27851 pid=27854 auid=1000 uid=1 gid=2 euid=3 suid=4 fsuid=5 egid=6 "
      "sgid=7 fsgid=8 tty=pts1 ses=9 comm=67726570206D65 exe=\"/bin/grep\" subj=unconfined "
      "key=73706F6F720161\x1d" "ARCH=x86_64 AUID=\"alice\" pid=99");
  ASSERT_TRUE(e.syscall);
  const SyscallFields& s = *e.syscall;
  EXPECT_EQ(s.arch, 0xC000003Eu);
  EXPECT_EQ(s.number, 59u);
  EXPECT_EQ(s.success, true);
  EXPECT_EQ(s.args[1], 0xffffffffffffff9cu);
  EXPECT_EQ(s.items, 2u);
  EXPECT_EQ(s.ppid, 27851u);
  EXPECT_EQ(s.pid, 27854u);  // what is enriched is not ours to believe
  EXPECT_EQ(s.fsgid, 8u);
  EXPECT_EQ(e.bytes(s.comm), "grep me");
  EXPECT_EQ(e.bytes(s.key), "spoor\x01" "a");
  EXPECT_EQ(e.bytes(s.tty), "pts1");
  EXPECT_TRUE(e.records.at(0).parsed);
  EXPECT_FALSE(e.ended);
  EXPECT_EQ(e.key, kKey);
}

TEST(Record, SyscallThatNeverReturned) {
  AuditEvent e;
  add(e, 1300, "arch=c000003e syscall=231 a0=7f a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 "
               "auid=4294967295 tty=(none) ses=4294967295 comm=\"x\" exe=\"/x\" key=(null)");
  EXPECT_FALSE(e.syscall->success);
  EXPECT_EQ(e.syscall->args[0], 0x7fu);
  EXPECT_EQ(e.syscall->auid, kUnsetId);
  EXPECT_EQ(e.syscall->tty.size, 0u);
  EXPECT_EQ(e.syscall->key.size, 0u);
}

TEST(Record, UnparsedIsKept) {
  AuditEvent e;
  add(e, 1300, "arch=zz syscall=1 pid=2");
  add(e, 1300, "arch=c000003e syscall=1 pid=2 exit=abc comm=xyz");
  add(e, 1302, "name=\"/x\"");
  add(e, 1307, "cwd=123");
  ASSERT_EQ(e.records.size(), 4u);
  for (const auto& record : e.records) EXPECT_FALSE(record.parsed);
  EXPECT_EQ(e.syscall->pid, 2u);
  EXPECT_EQ(e.record_text(e.records[3]), kHead + "cwd=123");
  EXPECT_EQ(e.paths.size(), 0u);
  EXPECT_FALSE(e.cwd);
}

// Once as the kernel writes it, and once with a field that it does not write: both ways to read it.
TEST(Record, LabelsDevicesAndCapabilities) {
  for (const std::string odd : {"", " odd=1"}) {
    AuditEvent e;
    add(e, 1300, "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=ffffffffffffff9c "
                 "items=1 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 "
                 "fsgid=0 tty=pts0 ses=3 comm=\"ls\" exe=\"/bin/ls\" "
                 "subj=u:r:t:s0-s0:c0.c1023 key=(null)" + odd);
    add(e, 1302, "item=0 name=\"/dev/sda1\" inode=5 dev=00:05 mode=060660 ouid=0 ogid=6 rdev=08:01 "
                 "obj=u:object_r:t:s0 nametype=NORMAL cap_fp=3 cap_fi=5 cap_fe=1 cap_fver=3 "
                 "cap_frootid=100000" + odd);
    add(e, 1302, "item=1 name=\"/mnt\" inode=5 dev=00:05 mode=040755 ouid=0 ogid=6 rdev=00:00 "
                 "nametype=NORMAL cap_fp=? cap_fi=? cap_fe=? cap_fver=? cap_frootid=?" + odd);
    EXPECT_EQ(e.bytes(e.syscall->subject), "u:r:t:s0-s0:c0.c1023");
    EXPECT_EQ(e.syscall->args[3], 0xffffffffffffff9cu);
    EXPECT_EQ(e.syscall->key.size, 0u);
    const PathFields& device = e.paths.at(0);
    EXPECT_EQ(e.bytes(device.special), "08:01");
    EXPECT_EQ(e.bytes(device.object), "u:object_r:t:s0");
    EXPECT_TRUE(device.cap_fp == 3 && device.cap_fi == 5 && device.cap_fe == 1);
    EXPECT_TRUE(device.cap_fver == 3 && device.cap_frootid == 100000);
    EXPECT_FALSE(device.capabilities_unknown);
    EXPECT_EQ(e.paths.at(1).special.size, 0u);
    EXPECT_TRUE(e.paths.at(1).capabilities_unknown);
    for (const auto& record : e.records) EXPECT_TRUE(record.parsed) << e.record_text(record);
  }
}

TEST(Record, AnOwnerThatIsNoNumberIsNotRoot) {
  AuditEvent e;
  add(e, 1302, "item=0 name=\"/x\" inode=5 mode=file,755 ouid=alice ogid=root");
  EXPECT_FALSE(e.records[0].parsed);
  EXPECT_EQ(e.paths.at(0).owner_uid, kUnsetId);
  EXPECT_EQ(e.paths.at(0).owner_gid, kUnsetId);
}

TEST(Record, PathCwdProctitle) {
  AuditEvent e;
  add(e, 1307, " cwd=2F746D702F6120622063");
  add(e, 1302, "item=1 name=\"/usr/bin/ping\" inode=18446744073709551615 dev=fd:01 "
               "mode=0104755 ouid=7 ogid=8 rdev=00:00 obj=x nametype=NORMAL "
               "cap_fp=0000000000002000 cap_fi=0 cap_fe=1 cap_fver=2 cap_frootid=0");
  add(e, 1302, "item=0 name=(null) inode=1 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 "
               "objtype=PARENT");
  add(e, 1327, "proctitle=6C73002D6C");
  EXPECT_EQ(e.bytes(*e.cwd), "/tmp/a b c");
  ASSERT_EQ(e.paths.size(), 2u);
  const PathFields& p = e.paths[0];
  EXPECT_EQ(p.item, 1u);
  EXPECT_EQ(e.bytes(*p.name), "/usr/bin/ping");
  EXPECT_EQ(p.inode, UINT64_MAX);
  EXPECT_EQ(e.bytes(p.device), "fd:01");
  EXPECT_EQ(p.mode, 0104755u);
  EXPECT_EQ(p.owner_gid, 8u);
  EXPECT_EQ(p.cap_fp, 0x2000u);
  EXPECT_EQ(p.cap_fe, 1u);
  EXPECT_FALSE(e.paths[1].name);
  EXPECT_EQ(e.bytes(e.paths[1].nametype), "PARENT");
  EXPECT_EQ(e.bytes(*e.proctitle), std::string_view("ls\0-l", 5));
}

TEST(Record, WhoHasAnEnd) {
  const auto ends = [](uint16_t type) {
    AuditEvent e;
    add(e, type, "pid=1 uid=0 auid=0 ses=1 msg='op=x res=1'");
    return e.ended;
  };
  for (const uint16_t type :
       Types{1005, 1100, 1112, 1130, 1199, 1203, 1320, 1324, 2000, 2100, 2404, 2999}) {
    EXPECT_TRUE(ends(type)) << type;
  }
  for (const uint16_t type :
       Types{1006, 1300, 1305, 1309, 1326, 1327, 1335, 1400, 1701, 1334, 3000}) {
    EXPECT_FALSE(ends(type)) << type;
  }
}

TEST(Record, WhomAnAnomalySpeaksOf) {
  AuditEvent e;
  add(e, 1701, "auid=1000 uid=48 gid=48 ses=5 subj=x pid=31242 comm=\"httpd\" sig=11");
  ASSERT_TRUE(e.subject);
  EXPECT_EQ(e.subject->pid, 31242u);
  EXPECT_EQ(e.subject->ses, 5u);
  EXPECT_EQ(e.subject->uid, 48u);
}

TEST(Record, PathsAreBounded) {
  AuditEvent e;
  for (size_t i = 0; i < kPathsMax + 9; ++i) {
    add(e, 1302, "item=" + std::to_string(i) + " name=\"x\"");
  }
  EXPECT_EQ(e.paths.size(), kPathsMax);
  EXPECT_EQ(e.records.size(), kPathsMax + 9);
}

TEST(Record, TextIsBoundedAndStillDecoded) {
  AuditEvent e;
  const std::string filler(8000, ' ');
  for (int i = 0; i < 700; ++i) {
    add(e, 1309, (i == 0 ? "argc=700 a0=\"x\"" : "a" + std::to_string(i) + "=\"x\"") + filler);
  }
  add(e, 1327, "proctitle=\"short\"");
  EXPECT_LE(e.text.size(), kEventTextBytesMax);
  EXPECT_GT(e.records_cut, 30u);
  EXPECT_EQ(e.records.size() + e.records_cut, 701u);
  EXPECT_EQ(e.exec->args.size(), 700u);
  EXPECT_TRUE(e.exec->args[699].present);
  EXPECT_TRUE(e.proctitle);
}

TEST(Record, ADatagramAsLongAsTheBufferIsNotWhole) {
  AuditEvent e;
  add(e, 1307, "cwd=\"/x\" " + std::string(kDatagramBytesMax - 16 - kHead.size() - 9, ' '));
  ASSERT_EQ(e.text.size(), kDatagramBytesMax - 16);
  EXPECT_FALSE(e.records.at(0).parsed);
}

TEST(AuditRecord, CapabilitiesBeforeAndBehindAnExec) {
  const std::string head = "audit(1.000:1): fver=0 fp=2000 fi=0 fe=1 ";
  for (const char* names : {"old_pp=1 old_pi=0 old_pe=1 old_pa=0 pp=3 pi=0 pe=3 pa=0 frootid=0",
                            "old_pp=1 old_pi=0 old_pe=1 new_pp=3 new_pi=0 new_pe=3"}) {
    AuditEvent event;
    decode_record({1321, head + names}, {1000, 1}, event);
    ASSERT_TRUE(event.capabilities);
    EXPECT_TRUE(event.records[0].parsed);
    EXPECT_EQ(event.capabilities->file_permitted, 0x2000u);
    EXPECT_EQ(event.capabilities->before, 1u);
    EXPECT_EQ(event.capabilities->after, 3u);
  }
  AuditEvent event;
  decode_record({1321, "audit(1.000:1): fp=xyz"}, {1000, 1}, event);
  EXPECT_FALSE(event.records[0].parsed);
}

// Where it ran was asked before a secret was taken out of it.
TEST(AuditRecord, DecodedAgainItStaysWhatWasAskedOfIt) {
  AuditEvent event;
  const std::string text = "audit(1700000000.123:45): argc=1 a0=\"id\"";
  decode_record({1309, text}, {1'700'000'000'123, 45}, event);
  event.seen = std::make_shared<const ProcessSight>(ProcessSight{.place = Place::container});
  event.place_unknown = event.rewritten = true;
  decode_again(event);
  ASSERT_NE(event.seen, nullptr);
  EXPECT_EQ(event.seen->place, Place::container);
  EXPECT_TRUE(event.place_unknown);
  EXPECT_TRUE(event.rewritten);
  EXPECT_EQ(event.text, text);
}

}  // namespace
}  // namespace spoor::agent
