#include "collector/index/row_maker.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/support/frame_event.h"
#include "tests/support/left_to_log.h"
#include "tests/support/odd_wire.h"
#include "tests/support/random_event.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class RowMakerTest : public ::testing::Test {
 protected:
  const Row& row(const v1::Event& event) {
    wire_ = bytes_of(event);
    kept_ = in_frame(place_, wire_, 17);
    return *maker_.row_of(kept_);
  }
  static v1::Event command() {
    v1::Event e = EventMaker().started(5, 4711, 2, 4000);
    e.mutable_actor()->set_realm(v1::Actor::REALM_HOST);
    e.mutable_actor()->set_id("0");
    e.mutable_actor()->set_name("root");
    e.mutable_kernel()->set_time_ms(e.time_ns() / kNsPerMs);
    e.mutable_kernel()->set_serial(99);
    e.mutable_outcome()->set_result(v1::Outcome::RESULT_SUCCESS);
    e.add_incomplete(v1::INCOMPLETE_CWD_MISSING);
    e.mutable_place()->set_unit("ssh.service");
    v1::CommandStarted& c = *e.mutable_command_started();
    c.clear_args();
    c.add_args("ls");
    c.add_args("a b");
    c.set_argc(2);
    c.set_exe("/usr/bin/ls");
    c.set_comm("ls");
    c.set_cwd("/srv");
    c.mutable_credentials()->set_uid(1000);
    c.mutable_credentials()->set_euid(0);
    c.set_started_ns(e.time_ns());
    c.set_born_ns(e.time_ns() - 5);
    c.set_depth(0);
    v1::PathItem& path = *c.add_paths();
    path.set_name("/bin/ls");
    path.set_inode(247'230);
    path.set_mode(0100755);
    return e;
  }
  RowMaker maker_;
  const IndexedEvent place_ = EventMaker().index({});
  std::string wire_;
  FrameEvent kept_;
};

TEST_F(RowMakerTest, ACommandStandsInItsColumns) {
  const v1::Event event = command();
  const Row& r = row(event);
  EXPECT_EQ(r[Number::kind], 100u);
  EXPECT_EQ(r[Number::time_ms], static_cast<uint64_t>(event.time_ns() / kNsPerMs));
  EXPECT_EQ(r[Number::entry], 17u);
  EXPECT_EQ(r[Number::epoch], 1u);
  EXPECT_EQ(r[Number::order], event.order());
  EXPECT_EQ(r[Number::sequence], 1u);
  EXPECT_EQ(r[Number::serial], 99u);
  EXPECT_EQ(r[Number::ses], 5u);
  EXPECT_EQ(r[Number::login_uid], 1001u);
  EXPECT_EQ(r[Number::uid], 1001u);
  EXPECT_EQ(r[Number::euid], 1u);
  EXPECT_EQ(r[Number::pid], 4711u);
  EXPECT_EQ(r[Number::exec], 2u);
  EXPECT_EQ(r[Number::parent_pid], 4000u);
  EXPECT_EQ(r[Number::depth], 1u);
  EXPECT_EQ(r[Number::started], 0u);
  EXPECT_EQ(r[Number::born], static_cast<uint64_t>(event.time_ns() - 5));
  EXPECT_EQ(r[Number::exit], 0u);
  EXPECT_EQ(r[Number::result], 1u);
  EXPECT_EQ(r[Number::inode], 247'230u);
  EXPECT_EQ(r[Number::mode], 0100755u);
  EXPECT_EQ(r[Number::incomplete], 1u << v1::INCOMPLETE_CWD_MISSING);
  EXPECT_EQ(r[Text::host].text, "web1");
  EXPECT_EQ(r[Text::stream].text, std::string(16, '\x07'));
  EXPECT_EQ(r[Text::session].text, event.session_uid());
  EXPECT_EQ(r[Text::boot].text, event.kernel().boot_id());
  EXPECT_EQ(r[Text::user].text, "alice");
  EXPECT_EQ(r[Text::as].text, "root");
  EXPECT_EQ(r[Text::unit].text, "ssh.service");
  EXPECT_EQ(r[Text::exe].text, "/usr/bin/ls");
  EXPECT_EQ(r[Text::comm].text, "");
  EXPECT_EQ(r[Text::command].text, "ls a b");
  EXPECT_EQ(r[Text::command].cuts, "\x02\x03");
  EXPECT_EQ(r[Text::cwd].text, "/srv");
}

// Who runs the same once more has the same rest: so few of them are kept.
TEST_F(RowMakerTest, TheRestIsTheSameOfAnotherProcessAtAnotherTime) {
  v1::Event event = command();
  const std::string before(row(event)[Text::rest].text);
  EXPECT_LT(before.size(), 150u);
  event.set_order(4'000);
  event.set_time_ns(event.time_ns() + 1'234'567);
  event.mutable_kernel()->set_time_ms(event.time_ns() / kNsPerMs);
  event.mutable_kernel()->set_serial(12'345);
  v1::CommandStarted& c = *event.mutable_command_started();
  EventMaker::set_process(*c.mutable_command()->mutable_process(), 9'999, 77);
  c.set_args(1, "another");
  c.add_args("one");
  c.set_argc(3);
  c.set_cwd("/tmp");
  c.mutable_paths(0)->set_inode(3);
  EXPECT_EQ(row(event)[Text::rest].text, before);
  c.set_argc(4);
  EXPECT_NE(row(event)[Text::rest].text, before);
}

// Numbers and names in the kernel's records are another each time; where they stand is not.
TEST_F(RowMakerTest, ValuesOfRecordsStandApart) {
  v1::Event event = EventMaker().event(5);
  event.mutable_file_access()->set_path("/tmp/x1");
  event.mutable_file_access()->add_paths()->set_name("x1");
  v1::AuditRecord& record = *event.add_records();
  record.set_type(1300);
  v1::AuditField& exit = *record.add_fields();
  exit.set_name("exit");
  exit.set_number(3);
  v1::AuditField& address = *record.add_fields();
  address.set_name("a1");
  address.set_hex(0x7fff'1234'5678);
  const std::string rest(row(event)[Text::rest].text);
  EXPECT_EQ(row(event)[Text::values].text, std::string("\x06\x02x1", 4));
  EXPECT_EQ(row(event)[Text::files].text, "/tmp/x1");
  exit.set_number(4);
  address.set_hex(0x7fff'0000'0000);
  event.mutable_file_access()->set_path("/tmp/x2");
  event.mutable_file_access()->mutable_paths(0)->set_name("x2");
  EXPECT_EQ(row(event)[Text::rest].text, rest);
  // What a small argument, or one with a name, stands for is no address.
  address.set_hex(65'535);
  EXPECT_EQ(row(event)[Text::values].text.size(), 7u);
  address.set_hex(0xffffff9c);
  address.set_meaning("AT_FDCWD");
  EXPECT_EQ(row(event)[Text::values].text.size(), 9u);
}

// The account's name is in three places: one column has it, and `rest` what differs from that.
TEST_F(RowMakerTest, WhatDiffersFromAColumnIsInTheRest) {
  v1::Event event = EventMaker().event(5);
  event.mutable_actor()->set_id("0");
  event.mutable_source()->set_terminal("pts/0");
  event.mutable_target()->set_name("root");
  v1::Authentication& auth = *event.mutable_authentication();
  auth.set_account("root");
  EXPECT_EQ(row(event)[Text::target].text, "root");
  const size_t alike = row(event)[Text::rest].text.size();
  auth.set_account("admin");
  EXPECT_EQ(row(event)[Text::target].text, "root");
  EXPECT_EQ(row(event)[Text::rest].text.size(), alike + 2 + 5);
  auth.clear_account();  // said by the column of the target, but not of the account
  EXPECT_EQ(row(event)[Text::rest].text.size(), alike + 2);
}

TEST_F(RowMakerTest, OfNumbersThatDifferTheFirstHasTheColumn) {
  v1::Event event = command();
  event.mutable_actor()->set_id("7");
  event.mutable_command_started()->mutable_credentials()->set_euid(1000);
  EXPECT_EQ(row(event)[Number::euid], 8u);
}

TEST_F(RowMakerTest, NumbersThatNoColumnCanSayAreInTheRest) {
  v1::Event event = EventMaker().event(5);
  event.mutable_actor()->set_id("007");
  event.set_time_ns(-1);
  event.mutable_outcome()->set_error(-13);
  event.add_incomplete(v1::INCOMPLETE_LATE);
  event.add_incomplete(v1::INCOMPLETE_ARG_CUT);
  event.mutable_network()->set_operation(static_cast<v1::Network::Operation>(-1));
  const Row& r = row(event);
  for (const Number column : {Number::euid, Number::time_ms, Number::time_ns, Number::error,
                              Number::incomplete, Number::operation}) {
    EXPECT_EQ(r[column], 0u) << name_of(column);
  }
}

TEST_F(RowMakerTest, FilesAddressesAndKeysAreWords) {
  v1::Event event = EventMaker().event(5);
  event.mutable_file_access()->set_new_path("/b");
  EXPECT_EQ(row(event)[Text::files].text, " /b");
  event.mutable_file_access()->set_path("/a");
  EXPECT_EQ(row(event)[Text::files].text, "/a /b");
  event.mutable_network()->set_remote_address("2001:db8::1");
  event.mutable_network()->set_local_address("2001:db8::2");
  event.mutable_network()->set_path("/run/s");
  EXPECT_EQ(row(event)[Text::addresses].text, "2001:db8::1 2001:db8::2");
  EXPECT_EQ(row(event)[Text::files].text, "/run/s");
  event.mutable_session_fact()->set_key_fingerprint("SHA256:x");
  EXPECT_EQ(row(event)[Text::keys].text, "SHA256:x");
}

TEST_F(RowMakerTest, LongTextsAreCut) {
  v1::Event event = command();
  v1::CommandStarted& c = *event.mutable_command_started();
  for (int i = 0; i < 5'000; ++i) c.add_args("word");
  c.set_cwd(std::string(kIndexTextMax + 1, 'x'));
  const Row& r = row(event);
  EXPECT_TRUE(r[Text::command].is_cut && r[Text::cwd].is_cut);
  EXPECT_EQ(r[Text::command].text.size(), kIndexTextMax);
  EXPECT_EQ(r[Text::cwd].text.size(), kIndexTextMax);
  EXPECT_FALSE(r[Text::rest].is_cut);
  EXPECT_EQ(r[Number::marks] & kLeftToLog, 0u);
}

// A field that is not there, and a column that another one claims behind it.
TEST_F(RowMakerTest, WhatIsNotThereIsToldThoughItsColumnIsClaimedLater) {
  v1::Event event = command();
  event.mutable_actor()->clear_id();
  event.mutable_command_started()->mutable_credentials()->set_euid(1000);
  event.mutable_source()->set_hostname("h");
  event.mutable_command_started()->set_terminal("pts/0");
  const std::string rest(row(event)[Text::rest].text);
  v1::Event told;
  ASSERT_TRUE(told.ParseFromString(rest));
  EXPECT_NE(rest.find(std::string("\x12\x00", 2)), rest.npos);  // actor.id
  EXPECT_NE(rest.find(std::string("\x1a\x01h\x22\x00", 5)), rest.npos);  // source.terminal
  EXPECT_EQ(row(event)[Text::terminal].text, "pts/0");
  EXPECT_EQ(row(event)[Text::command].text, "ls a b");
}

// In whatever form it comes, the row is that of the event which protobuf reads.
TEST_F(RowMakerTest, AnyFormOfAnEventHasItsRow) {
  size_t none = 0;
  RowMaker other;
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    v1::Event event = seed % 2 == 0 ? command() : RandomEvent(seed % 500).event();
    const std::string wire = OddWire(seed).of(*v1::Event::descriptor(), bytes_of(event));
    const FrameEvent as_it_came = in_frame(place_, wire, 17);
    const Row* const made = other.row_of(as_it_came);
    ASSERT_EQ(made != nullptr, event.ParseFromString(wire)) << seed;
    if (made == nullptr) {
      ++none;
      continue;
    }
    const Row& want = row(event);
    ASSERT_EQ(made->numbers, want.numbers) << seed;
    ASSERT_TRUE(made->texts == want.texts) << seed << event.DebugString();
  }
  EXPECT_GT(none, 500u);
  EXPECT_LT(none, 5'000u);
}

TEST_F(RowMakerTest, WhatIsNoEventHasNoRow) {
  for (const std::string_view wire : {"\x08", "\x2a\x03\x12\x01\xff", "\x07", "\x0b"}) {
    EXPECT_EQ(maker_.row_of(in_frame(place_, wire)), nullptr);
  }
  EXPECT_EQ(row(command())[Text::command].text, "ls a b");  // and it goes on
}

// Half a rest would be no protobuf.
TEST_F(RowMakerTest, ALongRestIsLeftToTheLog) {
  v1::Event event = command();
  event.mutable_outcome()->set_reason(std::string(kIndexTextMax, 'x'));
  event.add_records()->set_type_name("USER");
  const Row& r = row(event);
  EXPECT_NE(r[Number::marks] & kLeftToLog, 0u);
  v1::Event rest;
  ASSERT_TRUE(rest.ParseFromString(std::string(r[Text::rest].text)));
  EXPECT_TRUE(rest.has_command_started() && rest.has_outcome());
  EXPECT_EQ(rest.outcome().reason(), "");
  EXPECT_EQ(rest.records_size(), 0);
  event.mutable_outcome()->clear_reason();
  event.mutable_records(0)->set_rest(std::string(kIndexTextMax, 'x'));
  EXPECT_NE(row(event)[Number::marks] & kLeftToLog, 0u);
  event.mutable_records(0)->set_rest("x");
  EXPECT_EQ(row(event)[Number::marks] & kLeftToLog, 0u);
}

}  // namespace
}  // namespace spoor::collector
