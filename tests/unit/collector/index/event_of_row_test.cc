#include "collector/index/event_of_row.h"

#include <gtest/gtest.h>

#include "collector/index/row_maker.h"
#include "collector/limits.h"
#include "tests/support/frame_event.h"
#include "tests/support/left_to_log.h"
#include "tests/support/random_event.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

constexpr EventClass kClass = EventClass::command;

Result<RowEvent> back(const v1::Event& event) {
  const std::string wire = bytes_of(event);
  const IndexedEvent indexed = EventMaker().index(event);
  const FrameEvent framed = in_frame(indexed, wire, 17);
  RowMaker maker;
  return event_of(*maker.row_of(framed), kClass);
}

TEST(EventOfRow, WhatTheCollectorKnewOfItComesBack) {
  IndexedEvent indexed = EventMaker("db-1", 9).index(EventMaker().started(5, 4711));
  indexed.received_ns = kBase + 123'456'789;
  const std::string wire = bytes_of(*indexed.event);
  const FrameEvent framed = in_frame(indexed, wire, 17);
  RowMaker maker;
  const auto told = event_of(*maker.row_of(framed), EventClass::access);
  ASSERT_TRUE(told.is_ok());
  EXPECT_TRUE(told->is_whole);
  EXPECT_EQ(told->entry, 17u);
  EXPECT_EQ(told->event.agent, "db-1");
  EXPECT_EQ(told->event.stream, indexed.stream);
  EXPECT_EQ(told->event.event_class, EventClass::access);
  EXPECT_EQ(told->event.epoch, 9u);
  EXPECT_EQ(told->event.sequence, 1u);
  EXPECT_EQ(told->event.received_ns, kBase + 123'000'000);  // in ms
}

// Whatever fields say, also where several of them share a column and differ.
TEST(EventOfRow, AnyEventIsTheSameAgain) {
  size_t whole = 0;
  for (uint64_t seed = 1; seed <= 3'000; ++seed) {
    const v1::Event event = RandomEvent(seed).event();
    const auto told = back(event);
    ASSERT_TRUE(told.is_ok()) << seed << ": " << told.status().message();
    if (!told->is_whole) continue;
    ++whole;
    ASSERT_EQ(bytes_of(*told->event.event), bytes_of(without_addresses(event)))
        << seed << ":\n" << event.DebugString() << "\n" << told->event.event->DebugString();
  }
  EXPECT_GT(whole, 500u);
}

// One field of all that a schema could have, in a message of ours and beside it.
TEST(EventOfRow, FieldsOfNewerAgentsComeBack) {
  v1::Event event = EventMaker().started(5, 4711);
  event.GetReflection()->MutableUnknownFields(&event)->AddLengthDelimited(4'000, "new");
  v1::Actor& actor = *event.mutable_actor();
  actor.GetReflection()->MutableUnknownFields(&actor)->AddVarint(77, 5);
  // The number of a column's field, but of another type.
  actor.GetReflection()->MutableUnknownFields(&actor)->AddVarint(v1::Actor::kNameFieldNumber, 5);
  ASSERT_TRUE(back(event).is_ok());
  EXPECT_EQ(bytes_of(*back(event)->event.event), bytes_of(event));
}

TEST(EventOfRow, ANewerAgentsKindHasNone) {
  v1::Event event = EventMaker().event(5);
  event.GetReflection()->MutableUnknownFields(&event)->AddLengthDelimited(199, "\x08\x01");
  const auto told = back(event);
  ASSERT_TRUE(told.is_ok());
  EXPECT_EQ(bytes_of(*told->event.event), bytes_of(event));
}

TEST(EventOfRow, WhatWasCutIsThereAsFarAsItGoes) {
  v1::Event event = EventMaker().started(5, 4711);
  v1::CommandStarted& c = *event.mutable_command_started();
  c.clear_args();
  for (int i = 0; i < 5'000; ++i) c.add_args("word");
  c.set_argc(5'000);
  auto told = back(event);
  ASSERT_TRUE(told.is_ok());
  EXPECT_FALSE(told->is_whole);
  EXPECT_EQ(told->event.event->command_started().args_size(), 1'639);
  EXPECT_EQ(told->event.event->command_started().argc(), 5'000u);
  // Of a rest that is left to the log the columns are there, and nothing else is made up.
  event.mutable_source()->set_hostname(std::string(kIndexTextMax, 'x'));
  event.mutable_source()->set_terminal("pts/0");
  c.clear_args();
  c.add_args("id");
  told = back(event);
  ASSERT_TRUE(told.is_ok());
  EXPECT_FALSE(told->is_whole);
  EXPECT_EQ(told->event.event->source().terminal(), "pts/0");
  EXPECT_EQ(told->event.event->source().hostname(), "");
  EXPECT_EQ(told->event.event->command_started().terminal(), "");
  EXPECT_EQ(told->event.event->command_started().args(0), "id");
  EXPECT_EQ(told->event.event->command_started().command().process().pid(), 4711u);
}

// What a column says of one field it does not say of another one that said something else.
TEST(EventOfRow, WhatIsLeftToTheLogIsNotMadeUp) {
  v1::Event event = EventMaker().event(5);
  event.mutable_source()->set_hostname(std::string(kIndexTextMax, 'x'));
  event.mutable_target()->set_name("root");
  event.mutable_authentication()->set_account("admin");
  const auto told = back(event);
  ASSERT_TRUE(told.is_ok());
  EXPECT_FALSE(told->is_whole);
  EXPECT_EQ(told->event.event->target().name(), "root");
  EXPECT_EQ(told->event.event->authentication().account(), "");
}

// A string that would be cut in the middle of a character is not in a column.
TEST(EventOfRow, LongStringsAreLeftToTheLog) {
  v1::Event event = EventMaker().event(5);
  std::string umlauts;
  for (size_t i = 0; i < kIndexTextMax; ++i) umlauts += "ü";
  event.mutable_origin()->set_source(umlauts);
  event.mutable_session_fact()->set_key_fingerprint(umlauts.substr(0, 6'000));
  const auto told = back(event);
  ASSERT_TRUE(told.is_ok());
  EXPECT_FALSE(told->is_whole);
  EXPECT_EQ(told->event.event->origin().source(), "");
}

class HostileRow : public ::testing::Test {
 protected:
  void expect_no_event() { EXPECT_EQ(event_of(row_, kClass).status().code(), Code::corrupt); }

  Row row_of(const v1::Event& event) {
    wire_ = bytes_of(event);
    framed_ = in_frame(place_, wire_);
    return *maker_.row_of(framed_);
  }

  const IndexedEvent place_ = EventMaker().index({});
  std::string wire_;
  FrameEvent framed_;
  RowMaker maker_;
  Row row_ = row_of(EventMaker().started(5, 4711));
};

TEST_F(HostileRow, ItIsOneAtFirst) { EXPECT_TRUE(event_of(row_, kClass).is_ok()); }
TEST_F(HostileRow, AStreamOfAnotherSize) {
  row_[Text::stream].text = "short";
  expect_no_event();
}
TEST_F(HostileRow, AnotherKind) {
  row_[Number::kind] = 101;
  expect_no_event();
}
TEST_F(HostileRow, ATimeThatIsNone) {
  row_[Number::time_ms] = ~uint64_t{0};
  expect_no_event();
}
TEST_F(HostileRow, MoreNanosecondsThanThereAre) {
  row_[Number::time_ns] = 1'000'000;
  expect_no_event();
}
TEST_F(HostileRow, ANumberThatIsTooLarge) {
  row_[Number::pid] = uint64_t{1} << 32;
  expect_no_event();
}
TEST_F(HostileRow, ARestThatIsNoProtobuf) {
  row_[Text::rest].text = "\xff";
  expect_no_event();
}
TEST_F(HostileRow, ValuesThatNobodyAsksFor) {
  row_[Text::values].text = "\x01";
  expect_no_event();
}
TEST_F(HostileRow, ValuesThatAreNotThere) {
  v1::Event event;
  event.mutable_log_message()->set_message("x");
  row_ = row_of(event);
  EXPECT_TRUE(event_of(row_, kClass).is_ok());
  row_[Text::values].text = "";
  expect_no_event();
  row_[Text::values].text = "\x05x";
  expect_no_event();
}
TEST_F(HostileRow, MoreFilesThanAnEventNames) {
  row_[Text::files].text = "a b c";
  expect_no_event();
}
TEST_F(HostileRow, WordsThatDoNotAddUp) {
  row_[Text::command].cuts = "\x7f";
  expect_no_event();
}
TEST_F(HostileRow, NoUtf8InAString) {
  v1::Event event;
  event.mutable_origin()->set_source("audit");
  event.mutable_log_message();
  row_ = row_of(event);
  row_[Text::source].text = "\xff";
  expect_no_event();
}

}  // namespace
}  // namespace spoor::collector
