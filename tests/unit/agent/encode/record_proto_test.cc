#include "agent/encode/record_proto.h"

#include "agent/encode/event_proto.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

// An event of one record whose fields the test adds.
class Sample {
 public:
  Sample() {
    event.records.emplace_back();
    event.records.back().type = 1400;
  }
  Slice put(std::string_view bytes) {
    const Slice slice{static_cast<uint32_t>(event.values.size()),
                      static_cast<uint32_t>(bytes.size())};
    event.values.append(bytes);
    return slice;
  }
  RecordField& add(std::string_view name, RecordField::Kind kind) {
    RecordField field;
    field.name = put(name);
    field.kind = kind;
    event.fields.push_back(field);
    event.records.back().fields = static_cast<uint32_t>(event.fields.size());
    return event.fields.back();
  }
  v1::Event message() const {
    WireWriter w;
    put_records(w, event);
    v1::Event out;
    EXPECT_TRUE(out.ParseFromArray(w.view().data(), static_cast<int>(w.view().size())));
    return out;
  }

  AuditEvent event;
};

using Kind = RecordField::Kind;

v1::OtherRecord other_record(const AuditEvent& event) {
  WireWriter w;
  put_other_record(w, event);
  v1::OtherRecord out;
  EXPECT_TRUE(out.ParseFromArray(w.view().data(), static_cast<int>(w.view().size())));
  return out;
}

TEST(RecordProto, EachKindInItsPlace) {
  Sample s;
  s.add("exit", Kind::number).number = -13;
  s.add("a0", Kind::hex).number = -1;
  s.add("comm", Kind::text).value = s.put("a\xff");
  s.add("exe", Kind::path).value = s.put("/bin/a");
  s.add("auid", Kind::id).number = 1000;
  s.add("res", Kind::word).value = s.put("success");
  s.event.records[0].rest = s.put("avc: denied { read } for");
  const v1::Event event = s.message();
  ASSERT_EQ(event.records_size(), 1);
  const v1::AuditRecord& record = event.records(0);
  EXPECT_EQ(record.type(), 1400u);
  EXPECT_EQ(record.type_name(), "AVC");
  EXPECT_EQ(record.rest(), "avc: denied { read } for");
  ASSERT_EQ(record.fields_size(), 6);
  EXPECT_EQ(record.fields(0).number(), -13);
  EXPECT_EQ(record.fields(1).hex(), UINT64_MAX);
  EXPECT_EQ(record.fields(2).text(), "a\xff");
  EXPECT_EQ(record.fields(3).path(), "/bin/a");
  EXPECT_EQ(record.fields(4).id(), 1000u);
  EXPECT_EQ(record.fields(5).word(), "success");
}

TEST(RecordProto, NothingToSayIsNoValue) {
  Sample s;
  s.add("key", Kind::word).absent = true;
  RecordField& auid = s.add("auid", Kind::id);
  auid.absent = true;
  auid.number = kUnsetId;
  const v1::Event event = s.message();
  EXPECT_TRUE(event.records(0).fields(0).absent());
  EXPECT_EQ(event.records(0).fields(0).value_case(), v1::AuditField::VALUE_NOT_SET);
  EXPECT_EQ(event.records(0).fields(1).id(), kUnsetId);
}

TEST(RecordProto, ZeroAndEmptyAreValues) {
  Sample s;
  s.add("exit", Kind::number);
  s.add("a0", Kind::hex);
  s.add("uid", Kind::id);
  s.add("comm", Kind::text);
  s.add("mac", Kind::word);
  const v1::AuditRecord record = s.message().records(0);
  const std::vector<v1::AuditField::ValueCase> want = {
      v1::AuditField::kNumber, v1::AuditField::kHex, v1::AuditField::kId, v1::AuditField::kText,
      v1::AuditField::kWord};
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(record.fields(static_cast<int>(i)).value_case(), want[i]);
  }
}

TEST(RecordProto, Addresses) {
  Sample s;
  SocketAddress address;
  address.family = s.put("inet6");
  address.address = s.put("fe80::1");
  address.scope = s.put("2");
  address.port = 443;
  s.event.addresses.push_back(address);
  s.add("saddr", Kind::address);
  const v1::Event event = s.message();
  const v1::SocketAddress& out = event.records(0).fields(0).address();
  EXPECT_EQ(out.family(), "inet6");
  EXPECT_EQ(out.address(), "fe80::1");
  EXPECT_EQ(out.scope(), "2");
  EXPECT_EQ(out.port(), 443u);
}

TEST(RecordProto, HostileWordsStillParse) {
  Sample s;
  s.add("a\xff", Kind::word).value = s.put("b\xfe");
  const v1::Event event = s.message();
  EXPECT_EQ(event.records(0).fields(0).name(), "a\\xff");
  EXPECT_EQ(event.records(0).fields(0).text(), "b\xfe");
}

TEST(RecordProto, RecordsWithoutFieldsAreLeftOut) {
  Sample s;
  EXPECT_EQ(s.message().records_size(), 0);
}

TEST(RecordProto, OtherRecordTellsWhoWithoutASyscall) {
  Sample s;
  s.add("pid", Kind::id).number = 77;
  s.add("exe", Kind::path).value = s.put("/bin/a");
  v1::OtherRecord out = other_record(s.event);
  EXPECT_EQ(out.record_type(), "AVC");
  EXPECT_EQ(out.pid(), 77u);
  EXPECT_EQ(out.exe(), "/bin/a");
  s.event.syscall.emplace();
  s.event.syscall->arch = 0xC00000B7;
  s.event.syscall->number = 56;
  s.event.syscall->pid = 78;
  out = other_record(s.event);
  EXPECT_EQ(out.pid(), 78u);
  EXPECT_EQ(out.syscall(), "openat");
}

// PROCTITLE is what a task was called at its first event, cut at 128 bytes and of its own choice.
TEST(RecordProto, ProctitleIsNeverAnArgumentVector) {
  AuditEvent audit;
  audit.values = "rm-rf";
  audit.proctitle = Slice{0, 5};
  Fact fact;
  fact.audit = &audit;
  fact.kind = CommandStarted{};
  EventProto proto{Host{}};
  const std::string bytes(proto.event(fact));
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(bytes));
  EXPECT_EQ(event.command_started().args_size(), 0);
  EXPECT_EQ(event.command_started().argc(), 0u);
  EXPECT_EQ(bytes.find("rm-rf"), std::string::npos);
}

}  // namespace
}  // namespace spoor::agent
