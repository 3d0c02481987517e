#include "agent/encode/event_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/encode/session_uid.h"
#include "agent/limits.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

Host host() {
  Host h;
  h.name = "web1";
  h.boot_id.fill(7);
  return h;
}

v1::Event event_of(const Fact& fact) {
  v1::Event event;
  EventProto proto(host());
  const std::string bytes(proto.event(fact));
  EXPECT_TRUE(event.ParseFromString(bytes));
  // Every field in its place and nothing else: protobuf itself would write the same.
  EXPECT_EQ(event.SerializeAsString(), bytes);
  return event;
}

TEST(EventProtoTest, EndIsACodeOrASignal) {
  Fact fact;
  ProcessEnded ended;
  ended.wait_status = 37 << 8;
  fact.kind = ended;
  EXPECT_EQ(event_of(fact).process_ended().exit_code(), 37u);
  EXPECT_FALSE(event_of(fact).process_ended().has_signal());
  ended.wait_status = 11 | 0x80;
  fact.kind = ended;
  EXPECT_EQ(event_of(fact).process_ended().signal(), 11u);
  EXPECT_TRUE(event_of(fact).process_ended().core_dumped());
  ended.seen = false;
  fact.kind = ended;
  EXPECT_EQ(event_of(fact).process_ended().end_case(), v1::ProcessEnded::END_NOT_SET);
}

TEST(EventProtoTest, WhatTheKernelKeptFromBeforeTheStartIsMarked) {
  AuditEvent audit;
  Fact fact;
  fact.audit = &audit;
  Host h = host();
  const auto marked = [&](int64_t time_ms) {
    audit.key = {time_ms, 7};
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(std::string(EventProto(h).event(fact))));
    return event.origin().before_start();
  };
  EXPECT_FALSE(marked(1)) << "a run that read from the first record on";
  h.reading_since_ns = 5'000'000'000;
  EXPECT_TRUE(marked(4'988));
  EXPECT_FALSE(marked(4'990)) << "the stamp may lie a tick before the event";
  EXPECT_FALSE(marked(5'000));
}

TEST(EventProtoTest, ExitCodeZeroIsSaid) {
  Fact fact;
  fact.kind = ProcessEnded{};
  EXPECT_EQ(event_of(fact).process_ended().end_case(), v1::ProcessEnded::kExitCode);
}

TEST(EventProtoTest, ArgumentsKeepEveryByteAndTheirPlaces) {
  AuditEvent audit;
  audit.values = std::string("ls\0\xff\n", 5);
  audit.exec.emplace();
  audit.exec->argc = 3;
  audit.exec->args.resize(3);
  audit.exec->args[0].value = {0, 2};
  audit.exec->args[2].value = {2, 3};
  Fact fact;
  fact.audit = &audit;
  fact.kind = CommandStarted{};
  const v1::Event event = event_of(fact);
  ASSERT_EQ(event.command_started().args_size(), 3);
  EXPECT_EQ(event.command_started().args(0), "ls");
  EXPECT_EQ(event.command_started().args(1), "");
  EXPECT_EQ(event.command_started().args(2), std::string("\0\xff\n", 3));
}

TEST(EventProtoTest, ACommandSaysAllThatItsRecordsSay) {
  AuditEvent audit;
  audit.values = "unconfined08:01label";
  audit.syscall.emplace();
  audit.syscall->subject = {0, 10};
  audit.syscall->items = 2;
  audit.syscall->arch = 0xC000003E;
  audit.syscall->number = 322;
  audit.syscall->args[0] = 0xFFFFFFFFFFFFFF9C;
  audit.syscall->args[3] = 7;
  PathFields& path = audit.paths.emplace_back();
  path.special = {10, 5};
  path.object = {15, 5};
  path.cap_fi = 3;
  path.cap_fver = 2;
  path.cap_frootid = 1000;
  path.capabilities_unknown = true;
  Fact fact;
  fact.audit = &audit;
  fact.kind = CommandStarted{};
  const v1::CommandStarted command = event_of(fact).command_started();
  EXPECT_EQ(command.subject(), "unconfined");
  EXPECT_EQ(command.items(), 2u);
  EXPECT_THAT(command.call_args(), testing::ElementsAre(0xFFFFFFFFFFFFFF9C, 0, 0, 7));
  EXPECT_EQ(command.paths(0).special(), "08:01");
  EXPECT_EQ(command.paths(0).object(), "label");
  EXPECT_EQ(command.paths(0).cap_fi(), 3u);
  EXPECT_EQ(command.paths(0).cap_fver(), 2u);
  EXPECT_EQ(command.paths(0).cap_frootid(), 1000u);
  EXPECT_TRUE(command.paths(0).capabilities_unknown());
  // Those of execve are addresses, and stay in the text.
  audit.syscall->number = 59;
  EXPECT_EQ(event_of(fact).command_started().call_args_size(), 0);
}

TEST(EventProtoTest, MissingAndCutArgumentsAreNamed) {
  AuditEvent audit;
  audit.exec.emplace().argc = 2000;
  audit.exec->args.resize(3);
  audit.exec->args[0].present = audit.exec->args[2].present = audit.exec->args[2].cut = true;
  Fact fact;
  fact.audit = &audit;
  fact.kind = CommandStarted{};
  EXPECT_EQ(event_of(fact).command_started().args_missing_size(), 0);
  fact.incomplete = 1u << static_cast<unsigned>(Incomplete::args_missing);
  const v1::CommandStarted command = event_of(fact).command_started();
  EXPECT_THAT(command.args_missing(), testing::ElementsAre(1));
  EXPECT_THAT(command.args_cut(), testing::ElementsAre(2));
  audit.exec->args.assign(2000, {});
  EXPECT_EQ(event_of(fact).command_started().args_missing_size(),
            static_cast<int>(kArgumentGapsMax));
}

TEST(EventProtoTest, IncompleteBitsBecomeReasons) {
  Fact fact;
  fact.incomplete = 1u << static_cast<unsigned>(Incomplete::end_missing) |
                    1u << static_cast<unsigned>(Incomplete::late);
  fact.kind = OtherRecord{};
  const v1::Event event = event_of(fact);
  ASSERT_EQ(event.incomplete_size(), 2);
  EXPECT_EQ(event.incomplete(0), v1::INCOMPLETE_END_MISSING);
  EXPECT_EQ(event.incomplete(1), v1::INCOMPLETE_LATE);
}

// A proto3 string that is not UTF-8 would make the whole event unreadable.
TEST(EventProtoTest, HostileBytesInEveryTextFieldStillParse) {
  const std::string bad = "a\xff\xfe" "b";
  AuditEvent audit;
  audit.values = bad;
  const Slice slice{0, static_cast<uint32_t>(bad.size())};
  audit.syscall.emplace();
  audit.syscall->key = audit.syscall->exe = audit.syscall->comm = audit.syscall->tty = slice;
  audit.paths.resize(1);
  audit.paths[0].nametype = audit.paths[0].device = slice;
  audit.paths[0].name = slice;
  const std::vector<decltype(Fact::kind)> kinds = {
      CommandStarted{}, SessionOpened{}, SessionFact{bad, bad, bad, bad},
      Authentication{bad, bad, bad, bad}, PrivilegeChange{bad, bad, bad, bad, bad},
      AccountChange{bad, bad, bad, std::nullopt},
      AuditConfigChange{bad, bad, bad, bad, bad}, Service{bad, bad}, OtherRecord{}};
  for (const auto& kind : kinds) {
    Fact fact;
    fact.audit = &audit;
    fact.source_address = fact.source_hostname = fact.source_terminal = bad;
    fact.target_kind = fact.target_name = fact.login_name = fact.user_name = bad;
    fact.uid = 0;
    fact.kind = kind;
    std::string bytes;
    ASSERT_TRUE(event_of(fact).SerializeToString(&bytes));
    v1::Event back;
    EXPECT_TRUE(back.ParseFromString(bytes)) << kind.index();
  }
  Fact fact;
  fact.kind = SessionFact{bad, bad, bad, bad};
  EXPECT_EQ(event_of(fact).session_fact().step(), "a\\xff\\xfe" "b");
  EXPECT_EQ(event_of(fact).session_fact().account(), bad);
}

TEST(EventProtoTest, UnsetLoginUidAndSessionAreAbsent) {
  Fact fact;
  fact.uid = 0;
  fact.kind = OtherRecord{};
  v1::Event event = event_of(fact);
  EXPECT_FALSE(event.actor().has_login_uid());
  EXPECT_EQ(event.actor().id(), "0");
  EXPECT_TRUE(event.session_uid().empty());
  fact.auid = 0;
  fact.ses = 6;
  event = event_of(fact);
  EXPECT_TRUE(event.actor().has_login_uid());
  EXPECT_EQ(event.session_uid().size(), 16u);
  EXPECT_EQ(event.session_uid(), as_text(session_uid(host(), 6)));
}

TEST(EventProtoTest, EveryKindTravelsInTheClassThatTheSchemaSays) {
  const std::vector<decltype(Fact::kind)> kinds = {
      CommandStarted{}, ProcessEnded{}, SessionOpened{}, SessionFact{}, SessionClosed{},
      Authentication{}, PrivilegeChange{}, AccountChange{}, AuditConfigChange{}, Service{}, Loss{},
      AgentState{}, FileAccess{}, Network{}, TypedInput{}, SecurityDecision{}, DisbelievedRecord{},
      LogMessage{}, OtherRecord{}};
  ASSERT_EQ(kinds.size(), std::variant_size_v<decltype(Fact::kind)>);
  for (const auto& kind : kinds) {
    Fact fact;
    fact.kind = kind;
    const v1::Event event = event_of(fact);
    const auto* field = v1::Event::descriptor()->FindFieldByNumber(event.kind_case());
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(static_cast<int>(field->options().GetExtension(v1::event_class)),
              static_cast<int>(class_of(fact)))
        << field->name();
  }
}

TEST(EventProtoTest, TextIsTheRecordsVerbatimInOrder) {
  AuditEvent audit;
  audit.text = "firstsecond";
  audit.records = {{1300, true, 0, 5}, {1309, false, 5, 6}};
  audit.records_cut = 2;
  Fact fact;
  fact.audit = &audit;
  EventProto proto(host());
  v1::EventText text;
  ASSERT_TRUE(text.ParseFromString(std::string(proto.text(fact))));
  EXPECT_EQ(text.SerializeAsString(), proto.text(fact));
  ASSERT_EQ(text.records_size(), 2);
  EXPECT_EQ(text.records(1).text(), "second");
  EXPECT_EQ(text.records(1).type(), 1309u);
  EXPECT_EQ(text.records_cut(), 2u);
  // Cut: how many there were, and no more.
  ASSERT_TRUE(text.ParseFromString(std::string(proto.text(fact, true))));
  EXPECT_EQ(text.records_size(), 0);
  EXPECT_EQ(text.records_cut(), 4u);
}

TEST(EventProtoTest, OneFactOfAnEventMayLeaveItsRecordsToAnother) {
  AuditEvent audit;
  audit.text = "audit(1.2:3): data=61";
  audit.records = {{1319, true, 0, 21}};
  audit.values = "data";
  RecordField& field = audit.fields.emplace_back();
  field.kind = RecordField::Kind::number;
  field.name = {0, 4};
  field.number = 61;
  audit.records[0].fields = 1;
  Fact fact;
  fact.audit = &audit;
  fact.kind = TypedInput{};
  const auto parts = [&](bool without_records) {
    fact.without_records = without_records;
    EventProto proto{Host()};
    v1::Event event;
    v1::EventText text;
    EXPECT_TRUE(event.ParseFromString(std::string(proto.event(fact))));
    EXPECT_TRUE(text.ParseFromString(std::string(proto.text(fact))));
    EXPECT_TRUE(event.has_kernel());
    return std::pair(event.records_size(), text.records_size());
  };
  EXPECT_EQ(parts(false), std::pair(1, 1));
  EXPECT_EQ(parts(true), std::pair(0, 0));
}

TEST(EventProtoTest, WhatAllRecordsBeginWithIsSaidOnce) {
  const std::vector<std::string> records = {"audit(1700000000.123:45): arch=c000003e",
                                            "audit(1700000000.123:45): ",
                                            "audit(1700000000.123:4): of another stamp",
                                            "audit(1700000000.123:45):",
                                            "",
                                            "no stamp: at all"};
  for (size_t first = 0; first < records.size(); ++first) {
    AuditEvent audit;
    for (size_t i = 0; i < records.size(); ++i) {
      const std::string& record = records[(first + i) % records.size()];
      audit.records.push_back({1300, true, static_cast<uint32_t>(audit.text.size()),
                               static_cast<uint32_t>(record.size())});
      audit.text += record;
    }
    Fact fact;
    fact.audit = &audit;
    EventProto proto(host());
    v1::EventText text;
    ASSERT_TRUE(text.ParseFromString(std::string(proto.text(fact))));
    EXPECT_EQ(text.SerializeAsString(), proto.text(fact));
    EXPECT_EQ(text.stamp().empty(), first > 2);
    std::string whole;
    for (const auto& record : text.records()) {
      whole += (record.without_stamp() ? "" : text.stamp()) + record.text();
    }
    EXPECT_EQ(whole, audit.text);
  }
}

TEST(EventProtoTest, ASessionHasItsOwnUidAlsoAfterAnother) {
  EventProto proto(host());
  for (const uint32_t ses : {4u, 5u, 4u, 4u}) {
    Fact fact;
    fact.ses = ses;
    fact.kind = OtherRecord{};
    v1::Event event;
    ASSERT_TRUE(event.ParseFromString(std::string(proto.event(fact))));
    EXPECT_EQ(event.session_uid(), as_text(session_uid(host(), ses)));
  }
}

}  // namespace
}  // namespace spoor::agent
