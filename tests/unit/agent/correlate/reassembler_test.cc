#include "agent/correlate/reassembler.h"

#include <algorithm>
#include <map>
#include <random>

#include "agent/decode/audit_record.h"
#include "agent/limits.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::exec_records;
using test::ExecEvent;
using test::Record;
using test::stamp;

struct Closed {
  EventKey key;
  size_t records = 0;
  bool ended = false, late = false;
  std::vector<std::string> args;
  std::string text;
};

class Bench {
 public:
  Bench()
      : r([this](AuditEvent& e) { take(e); }, [this](EventKey key) { began.push_back(key); }) {}
  void feed(const Record& record, Instant now) {
    const EventKey key = *decode_header(record.text, nullptr);
    AuditEvent& event = r.event_for(key, now);
    decode_record({record.type, record.text}, key, event);
    r.record_added(event, now);
  }
  void take(const AuditEvent& e) {
    Closed c{e.key, e.records.size(), e.ended, e.late, {}, e.text};
    if (e.exec) {
      for (const auto& arg : e.exec->args) c.args.emplace_back(e.bytes(arg.value));
    }
    closed.push_back(c);
  }

  std::vector<Closed> closed;
  std::vector<EventKey> began;
  Reassembler r;
};

TEST(Reassembler, EndOfEventCloses) {
  Bench b;
  for (const Record& record : exec_records({.pid = 7, .ms = 100, .serial = 9})) {
    EXPECT_TRUE(b.closed.empty());
    b.feed(record, at_ms(100));
  }
  ASSERT_EQ(b.closed.size(), 1u);
  EXPECT_EQ(b.closed[0].records, 7u);
  EXPECT_TRUE(b.closed[0].ended);
  EXPECT_EQ(b.closed[0].args, (std::vector<std::string>{"ls", "-l"}));
  EXPECT_EQ(b.r.in_flight(), 0u);
  EXPECT_EQ(b.r.bytes_in_flight(), 0u);
  EXPECT_EQ(b.began.size(), 1u);
}

TEST(Reassembler, QuietTimes) {
  Bench b;
  const auto exec = exec_records({.pid = 7, .ms = 0, .serial = 1});
  b.feed(exec[0], at_ms(0));
  b.feed(test::login_record(0, 2, 8, 1000, 3), at_ms(0));
  b.r.tick(at_ms(49));
  EXPECT_TRUE(b.closed.empty());
  b.r.tick(at_ms(50));  // no SYSCALL: nothing tells that more will come
  ASSERT_EQ(b.closed.size(), 1u);
  EXPECT_EQ(b.closed[0].key.serial, 2u);
  EXPECT_FALSE(b.closed[0].ended);
  b.feed(exec[1], at_ms(1000));
  b.r.tick(at_ms(2999));
  EXPECT_EQ(b.closed.size(), 1u);
  b.r.tick(at_ms(3000));
  ASSERT_EQ(b.closed.size(), 2u);
  EXPECT_EQ(b.closed[1].records, 2u);
}

TEST(Reassembler, LateRecordsAreAnEventOfTheirOwn) {
  Bench b;
  const auto records = exec_records({.pid = 7, .ms = 0, .serial = 1});
  b.feed(records[0], at_ms(0));
  b.r.flush();
  b.feed(records[1], at_ms(1));
  b.feed(records[6], at_ms(1));
  ASSERT_EQ(b.closed.size(), 2u);
  EXPECT_FALSE(b.closed[0].late);
  EXPECT_TRUE(b.closed[1].late);
  EXPECT_EQ(b.closed[1].records, 2u);
  EXPECT_EQ(b.began.size(), 1u);
  // The serial comes again after 2^32 more, at another time: another event.
  b.feed(exec_records({.pid = 7, .ms = 50, .serial = 1})[0], at_ms(50));
  b.r.flush();
  EXPECT_FALSE(b.closed[2].late);
  EXPECT_EQ(b.began.size(), 2u);
}

TEST(Reassembler, RemembersAsManyAsPromised) {
  Bench b;
  for (uint32_t serial = 0; serial <= kClosedRemembered; ++serial) {
    b.feed(test::user_record(1100, 0, serial, 1, 0, 1, "op=x"), at_ms(0));
  }
  b.closed.clear();
  b.feed({1320, stamp(0, 1)}, at_ms(1));
  b.feed({1320, stamp(0, 0)}, at_ms(1));
  EXPECT_TRUE(b.closed.at(0).late);
  EXPECT_FALSE(b.closed.at(1).late);
}

TEST(Reassembler, OldestGoesWhenThereIsTooMuch) {
  Bench b;
  const std::string filler(8000, 'x');
  const uint32_t count = static_cast<uint32_t>(kInFlightBytesMax / 8000) + 50;
  for (uint32_t serial = 1; serial <= count; ++serial) {
    b.feed({1300, stamp(0, serial) + filler}, at_ms(0));
    ASSERT_LE(b.r.bytes_in_flight(), kInFlightBytesMax);
  }
  ASSERT_GT(b.closed.size(), 49u);
  for (uint32_t i = 0; i < b.closed.size(); ++i) EXPECT_EQ(b.closed[i].key.serial, i + 1);
  EXPECT_EQ(b.r.in_flight() + b.closed.size(), count);
}

TEST(Reassembler, AnArgumentIndexThatClaimsMemoryCountsAsSuch) {
  Bench b;
  const std::string last = "a" + std::to_string(kExecArgsMax - 1) + "=\"x\"";
  for (uint32_t serial = 1; serial <= 20; ++serial) {
    b.feed({1309, stamp(0, serial) + last}, at_ms(0));
    EXPECT_LE(b.r.in_flight(), 1u);
  }
  EXPECT_EQ(b.closed.size(), 19u);
}

// A record of thirty bytes makes an event of a kilobyte.
TEST(Reassembler, ManySmallEventsAreBoundedToo) {
  Bench b;
  for (uint32_t serial = 1; serial <= 50'000; ++serial) {
    b.feed({1300, stamp(0, serial)}, at_ms(0));
    ASSERT_LE(b.r.in_flight() * sizeof(AuditEvent), kInFlightBytesMax);
  }
  EXPECT_EQ(b.r.in_flight() + b.closed.size(), 50'000u);
}

// A syscall that blocked for an hour bears the time of its entry; its records come now.
TEST(Reassembler, AnEventStampedLongAgoIsClosedByItsEnd) {
  Bench b;
  const auto old = exec_records({.pid = 7, .ms = 0, .serial = 50});
  const auto young = exec_records({.pid = 8, .ms = 3'600'000, .serial = 49});
  for (size_t i = 0; i < old.size(); ++i) {
    b.feed(young[i], at_ms(3'600'000));
    b.feed(old[i], at_ms(3'600'000));
    b.r.tick(at_ms(3'600'000));
  }
  ASSERT_EQ(b.closed.size(), 2u);
  for (const Closed& c : b.closed) {
    EXPECT_EQ(c.records, 7u);
    EXPECT_TRUE(c.ended && !c.late);
  }
}

// An event is its time and its serial: the same serial at another time is another event, in flight
// at once.
TEST(Reassembler, TheSameSerialAtAnotherTime) {
  Bench b;
  const auto one = exec_records({.pid = 7, .ms = 1, .serial = 9, .args = {"one"}});
  const auto two = exec_records({.pid = 8, .ms = 2, .serial = 9, .args = {"two"}});
  for (size_t i = 0; i < one.size(); ++i) {
    b.feed(one[i], at_ms(5));
    b.feed(two[i], at_ms(5));
  }
  ASSERT_EQ(b.closed.size(), 2u);
  EXPECT_EQ(b.closed[0].args, std::vector<std::string>{"one"});
  EXPECT_EQ(b.closed[1].args, std::vector<std::string>{"two"});
}

// LOGIN and AVC are written while the syscall runs, its SYSCALL record when it returns.
TEST(Reassembler, RecordsBeforeSyscall) {
  Bench b;
  b.feed({1400, stamp(0, 1) + "avc:  denied  { read } for  pid=7"}, at_ms(0));
  b.r.tick(at_ms(20));
  for (const Record& record : exec_records({.pid = 7, .ms = 0, .serial = 1})) {
    b.feed(record, at_ms(21));
  }
  ASSERT_EQ(b.closed.size(), 1u);
  EXPECT_EQ(b.closed[0].records, 8u);
}

TEST(Reassembler, LeastSerialAcrossTheWrap) {
  Bench b;
  EXPECT_FALSE(b.r.least_serial_in_flight());
  for (const uint32_t serial : {1u, 0xFFFFFFFEu, 0u, 0xFFFFFFFFu, 2u}) {
    b.feed({1300, stamp(0, serial)}, at_ms(0));
  }
  EXPECT_EQ(b.r.least_serial_in_flight(), 0xFFFFFFFEu);
  std::vector<uint32_t> order;
  b.r.for_each_in_flight([&](const AuditEvent& e) { order.push_back(e.key.serial); });
  EXPECT_EQ(order, (std::vector<uint32_t>{1, 0xFFFFFFFE, 0, 0xFFFFFFFF, 2}));
}

TEST(Reassembler, EventsUsedAgainCarryNothingOver) {
  Bench b;
  for (const Record& r : exec_records({.pid = 7, .ms = 1, .serial = 1})) b.feed(r, at_ms(1));
  const AuditEvent& again = b.r.event_for({5, 2}, at_ms(2));
  EXPECT_TRUE(again.text.empty() && again.values.empty() && again.records.empty());
  EXPECT_TRUE(again.paths.empty() && !again.exec && !again.syscall && !again.cwd);
  EXPECT_FALSE(again.ended || again.late || again.proctitle || again.user || again.login);
  EXPECT_EQ(again.key, (EventKey{5, 2}));
}

// However the records of many events interleave, as long as each event's EOE is its last, the
// events come out the same.
TEST(Reassembler, AnyInterleavingGivesTheSameEvents) {
  std::mt19937 random(4711);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::vector<Record>> events;
    for (uint32_t i = 0; i < 8; ++i) {
      const uint32_t serial = 0xFFFFFFFCu + i;  // wraps
      std::vector<std::string> args;
      for (auto n = random() % 4 + 1; n != 0; --n) args.emplace_back(random() % 9, 'x');
      events.push_back(exec_records({.pid = 100 + i, .ms = static_cast<int64_t>(random() % 5),
                                     .serial = serial, .args = args}));
      std::shuffle(events.back().begin(), events.back().end() - 1, random);
    }
    std::map<EventKey, Closed> alone;
    for (const auto& records : events) {
      Bench b;
      for (const Record& record : records) b.feed(record, at_ms(0));
      alone[b.closed.at(0).key] = b.closed.at(0);
    }
    Bench b;
    std::vector<size_t> at(events.size(), 0);
    for (size_t left = events.size(); left != 0;) {
      const size_t i = random() % events.size();
      if (at[i] == events[i].size()) continue;
      b.feed(events[i][at[i]++], at_ms(static_cast<int64_t>(random() % 40)));
      if (at[i] == events[i].size()) --left;
    }
    ASSERT_EQ(b.closed.size(), events.size());
    for (const Closed& c : b.closed) {
      ASSERT_EQ(c.text, alone.at(c.key).text);
      ASSERT_EQ(c.args, alone.at(c.key).args);
      ASSERT_TRUE(c.ended && !c.late);
    }
    ASSERT_EQ(b.r.bytes_in_flight(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
