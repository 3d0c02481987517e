#include "agent/encode/told_events.h"

#include <gtest/gtest.h>

#include "agent/encode/encoder.h"

namespace spoor::agent {
namespace {

class ToldEventsTest : public testing::Test {
 protected:
  ToldEventsTest() {
    event_.key = {1'700'000'000'123, 45};
    event_.text = "audit(1700000000.123:45): x";
    event_.records.push_back({1300, true, 0, static_cast<uint32_t>(event_.text.size())});
  }
  Fact audit_fact(std::variant_alternative_t<0, decltype(Fact::kind)> kind = {}) const {
    Fact fact;
    fact.audit = &event_;
    fact.kind = kind;
    return fact;
  }
  static Fact ended(uint32_t pid, uint32_t exec_number) {
    Fact fact;
    ProcessEnded end;
    end.command = {{pid, 900, false}, exec_number};
    fact.kind = end;
    return fact;
  }
  // As a run before us sealed them.
  ToldEvents told(const std::vector<Fact>& facts) {
    ToldEvents told{Host()};
    Encoder encoder(Host(), WriterPlace(), [&](EncodedFrame&& frame) {
      EXPECT_TRUE(told.add(as_bytes(frame.frame.block)).is_ok());
    });
    uint64_t order = 0;
    for (Fact fact : facts) {
      fact.order = ++order;
      encoder.add(fact, Instant());
    }
    encoder.flush();
    return told;
  }

  AuditEvent event_;
};

TEST_F(ToldEventsTest, IsTakenOnceForEachTimeItWasTold) {
  ToldEvents events = told({audit_fact(), ended(7, 1), ended(7, 1)});
  EXPECT_TRUE(events.take(audit_fact()));
  EXPECT_FALSE(events.take(audit_fact()));
  EXPECT_TRUE(events.take(ended(7, 1)));
  EXPECT_TRUE(events.take(ended(7, 1)));
  EXPECT_TRUE(events.is_empty());
}

TEST_F(ToldEventsTest, AnotherSerialTimeKindOrExecIsAnotherEvent) {
  ToldEvents events = told({audit_fact(), ended(7, 1)});
  AuditEvent other = event_;
  Fact fact = audit_fact();
  fact.audit = &other;
  ++other.key.serial;
  EXPECT_FALSE(events.take(fact));
  other.key = {event_.key.time_ms + 1, event_.key.serial};
  EXPECT_FALSE(events.take(fact));
  fact = audit_fact();
  fact.kind = SessionFact();
  EXPECT_FALSE(events.take(fact));
  EXPECT_FALSE(events.take(ended(7, 2)));
  EXPECT_FALSE(events.take(ended(8, 1)));
}

TEST_F(ToldEventsTest, ALogsLineIsKnownByAllThatItSays) {
  Fact line;
  line.origin = "journal";
  line.time_ns = 5;
  line.read = {7, 7};
  line.kind = LogMessage{"sshd", "words", "", 4711};
  ToldEvents events = told({line});
  line.read = {9, 9};
  Fact other = line;
  other.kind = LogMessage{"sshd", "other words", "", 4711};
  EXPECT_FALSE(events.take(other));
  other = line;
  other.time_ns = 6;
  EXPECT_FALSE(events.take(other));
  EXPECT_TRUE(events.take(line));
  EXPECT_FALSE(events.take(line));
}

TEST_F(ToldEventsTest, WhatTheAgentSaysOfItselfIsNeverTheSame) {
  Fact started;
  started.kind = AgentState{};
  ToldEvents events = told({started});
  EXPECT_TRUE(events.is_empty());
  EXPECT_FALSE(events.take(started));
}

TEST_F(ToldEventsTest, WhatALogToldIsAllThatItSays) {
  const auto line = [](const char* message, int64_t time_ns, const char* origin) {
    Fact fact;
    fact.time_ns = time_ns;
    fact.origin = origin;
    fact.kind = LogMessage{"sshd", message, "", 0, false};
    return fact;
  };
  ToldEvents events = told({line("a", 1, "/log"), line("a", 1, "/log")});
  Fact later = line("a", 1, "/log");
  later.order = 99;
  later.read = {7, 8};
  EXPECT_FALSE(events.take(line("b", 1, "/log")));
  EXPECT_FALSE(events.take(line("a", 2, "/log")));
  EXPECT_FALSE(events.take(line("a", 1, "journal")));
  EXPECT_TRUE(events.take(later));
  EXPECT_TRUE(events.take(later));
  EXPECT_FALSE(events.take(later));
}

TEST_F(ToldEventsTest, ALossIsWhatWasLostWhereAndWhy) {
  Fact fact;
  const Loss loss{.count = 3, .first = 10, .last = 12};
  fact.kind = loss;
  ToldEvents events = told({fact});
  const auto other = [&](auto change) {
    Loss changed = loss;
    change(changed);
    Fact asked;
    asked.kind = changed;
    return events.take(asked);
  };
  EXPECT_FALSE(other([](Loss& l) { l.scope = Loss::Scope::socket; }));
  EXPECT_FALSE(other([](Loss& l) { l.cause = Loss::Cause::agent_down; }));
  EXPECT_FALSE(other([](Loss& l) { l.unit = "records"; }));
  EXPECT_FALSE(other([](Loss& l) { l.count = 2; }));
  EXPECT_FALSE(other([](Loss& l) { l.first = 9; }));
  EXPECT_TRUE(other([](Loss& l) { l.order_before = 7; })) << "that is this run's";
}

TEST_F(ToldEventsTest, WhatTheKernelsCountersToldIsKnownAgain) {
  Fact fact;
  const AgentState waited{.change = AgentState::Change::backlog_wait, .count = 40};
  fact.kind = waited;
  ToldEvents events = told({fact});
  Fact other = fact;
  other.kind = AgentState{.change = AgentState::Change::backlog_wait, .count = 44};
  EXPECT_FALSE(events.take(other));
  EXPECT_TRUE(events.take(fact));
}

TEST_F(ToldEventsTest, TheRestOfATypedLineIsKnownByItsProcessTimeAndText) {
  Fact fact;
  fact.time_ns = 7;
  fact.kind = TypedInput{.command = {}, .typed = "ls", .edited = "ls", .terminal = {}, .comm = {},
                         .pid = 70, .unfinished = true};
  ToldEvents events = told({fact});
  const auto other = [&](auto change) {
    Fact changed = fact;
    change(changed, std::get<TypedInput>(changed.kind));
    return events.take(changed);
  };
  EXPECT_FALSE(other([](Fact&, TypedInput& typed) { typed.pid = 71; }));
  EXPECT_FALSE(other([](Fact&, TypedInput& typed) { typed.typed = "lsa"; }));
  EXPECT_FALSE(other([](Fact& changed, TypedInput&) { changed.time_ns = 8; }));
  EXPECT_TRUE(events.take(fact));
}

TEST_F(ToldEventsTest, BlockThatDoesNotOpenIsRefused) {
  ToldEvents events{Host()};
  EXPECT_FALSE(events.add(as_bytes("no block")).is_ok());
}

}  // namespace
}  // namespace spoor::agent
