#include "collector/index/session_told.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "collector/limits.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

// All that a head says, in one text.
std::string text_of(const SessionHead& s) {
  std::string text = std::to_string(s.login_uid.value_or(7)) + "|" + s.login_name + "|" +
                     std::to_string(s.type) + "|" + s.source.ShortDebugString() + "|" +
                     std::to_string(s.local_port) + "|" + s.terminal + "|" + s.method + "|" +
                     s.key_fingerprint + "|" + std::to_string(s.failures_before) + "|" +
                     std::to_string(s.opening_seen) + std::to_string(s.old_ses) + "|" +
                     std::to_string(static_cast<int>(s.state)) + std::to_string(s.closed_by) +
                     "|" + std::to_string(s.processes_left.value_or(99)) + "|" +
                     std::to_string(s.ended_ns);
  for (const uint32_t ses : s.logins_of_user) text += "," + std::to_string(ses);
  for (const std::string& name : s.claimed) text += ";" + name;
  return text;
}

class Story {
 public:
  explicit Story(uint32_t seed) : random_(seed) {}

  IndexedEvent next() {
    v1::Event e = make_.event(1);
    if (pick(3) == 0) e.mutable_actor()->clear_login_uid();
    if (pick(3) == 0) e.mutable_actor()->set_login_name(word({"alice", "bob", ""}));
    switch (pick(7)) {
      case 0: open(*e.mutable_session_opened()); break;
      case 1: tell(*e.mutable_session_fact()); break;
      case 2: close(*e.mutable_session_closed()); break;
      case 3: e.mutable_log_message(); break;
      case 4: e.mutable_file_access(); break;
      default: {
        v1::CommandStarted& started = *e.mutable_command_started();
        started.set_depth(static_cast<uint32_t>(pick(2)));
        started.set_terminal(word({"pts0", "pts1", "", "cron"}));
      }
    }
    if (pick(2) == 0) {
      e.mutable_source()->set_address(word({"192.0.2.1", "192.0.2.2", ""}));
      e.mutable_source()->set_port(static_cast<uint32_t>(pick(3)));
      e.mutable_source()->set_terminal(word({"ssh", "pts0", ""}));
    }
    if (pick(4) == 0)
      e.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
    return make_.index(std::move(e));
  }

 private:
  size_t pick(size_t n) { return random_() % n; }
  std::string word(const std::vector<std::string>& words) { return words[pick(words.size())]; }
  void open(v1::SessionOpened& opened) {
    opened.set_type(static_cast<v1::SessionOpened::Type>(pick(4)));
    opened.set_found_running(pick(2) == 0);
    opened.set_old_ses(static_cast<uint32_t>(pick(3)));
  }
  void tell(v1::SessionFact& fact) {
    fact.set_method(word({"publickey", "password", ""}));
    fact.set_key_fingerprint(word({"SHA256:a", "SHA256:b", ""}));
    fact.set_failures_before(static_cast<uint32_t>(pick(9)));
    fact.add_logins_of_user(static_cast<uint32_t>(pick(5)));
  }
  void close(v1::SessionClosed& closed) {
    closed.set_cause(static_cast<v1::SessionClosed::Cause>(pick(4)));
    if (pick(2) == 0) closed.set_processes_left(static_cast<uint32_t>(pick(3)));
  }

  std::mt19937 random_;
  EventMaker make_;
};

// Parts of a session, each cut down to what tells, say together what all of it says.
TEST(SessionTold, WhatTellsOfAnySplitIsEnough) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Story story(seed);
    std::vector<IndexedEvent> all;
    for (int i = 0; i < 60; ++i) all.push_back(story.next());
    std::mt19937 random(seed);
    std::vector<std::vector<IndexedEvent>> parts(1 + seed % 5);
    for (const IndexedEvent& event : all) parts[random() % parts.size()].push_back(event);
    std::vector<IndexedEvent> telling;
    for (const auto& part : parts) {
      for (const IndexedEvent& event : telling_events(part)) telling.push_back(event);
    }
    sort_events(telling);
    EXPECT_EQ(text_of(head_of(telling)), text_of(head_of(all))) << seed;
    EXPECT_LT(telling.size(), all.size());
  }
}

// What is kept of them says what they say.
TEST(SessionTold, WhatAHeadIsMadeOfIsEnough) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    Story story(seed);
    std::vector<IndexedEvent> all, kept;
    for (int i = 0; i < 30; ++i) {
      all.push_back(story.next());
      v1::Event event = *all.back().event;  // and what no head is made of
      event.add_records()->set_type(1300);
      kept.push_back(all.back());
      kept.back().event = std::make_shared<const v1::Event>(telling_fields(event));
      EXPECT_EQ(kept.back().event->records_size(), 0);
    }
    EXPECT_EQ(text_of(head_of(kept)), text_of(head_of(all))) << seed;
  }
}

TEST(SessionTold, WhatIsKeptIsSmall) {
  EventMaker make;
  v1::Event event = make.event(1);
  event.mutable_session_fact()->set_method(std::string(1u << 20, 'x'));
  for (uint32_t i = 0; i < 1'000; ++i) event.mutable_session_fact()->add_logins_of_user(i);
  EXPECT_LT(telling_fields(event).ByteSizeLong(), 2 * kSummaryTextMax);
  EXPECT_EQ(telling_fields(event).session_fact().logins_of_user_size(),
            static_cast<int>(kSessionLinksMax));
}

TEST(SessionTold, EventsComeInAnyOrder) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    Story story(seed);
    std::vector<IndexedEvent> all;
    for (int i = 0; i < 200; ++i) all.push_back(story.next());
    const std::string whole = text_of(head_of(SessionRow{}, all));
    std::mt19937 random(seed);
    std::shuffle(all.begin(), all.end(), random);
    SessionTold told;
    for (const IndexedEvent& event : all) told.add(event);
    EXPECT_EQ(text_of(told.head(SessionRow{})), whole) << seed;
  }
}

// A host closes one session over and over: its last word is heard, and its first ones.
TEST(SessionTold, WhatNeverEndsIsBounded) {
  EventMaker make;
  SessionTold told;
  v1::Event opened = make.event(1);
  opened.mutable_session_opened()->set_type(v1::SessionOpened::TYPE_SSH);
  told.add(make.index(opened));
  for (int i = 0; i < 10'000; ++i) told.add(make.index(make.closed(1)));
  v1::Event last = make.closed(1);
  last.mutable_session_closed()->set_cause(v1::SessionClosed::CAUSE_LOGGED_OUT);
  last.mutable_session_closed()->set_processes_left(0);
  told.add(make.index(last));
  const SessionHead head = told.head(SessionRow{});
  EXPECT_EQ(head.type, v1::SessionOpened::TYPE_SSH);
  EXPECT_EQ(head.closed_by, v1::SessionClosed::CAUSE_LOGGED_OUT);
  EXPECT_EQ(head.ended_ns, last.time_ns());
}

}  // namespace
}  // namespace spoor::collector
