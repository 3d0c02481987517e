#include "collector/index/memory_index.h"

#include <gmock/gmock.h>

#include <thread>

#include "collector/index/fold.h"
#include "collector/limits.h"
#include "tests/support/index_answers.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

class MemoryIndexTest : public testing::Test {
 protected:
  void add(const std::vector<IndexedEvent>& events) {
    const Position from = index_.position();
    ASSERT_TRUE(index_.apply(events, from, {from.entry + 1}).is_ok());
  }
  // Which losses a session's events include, by count.
  size_t losses_of(uint8_t session) {
    size_t count = 0;
    for (const IndexedEvent& e : events_of(index_, {"web1", sample_uid(session)}))
      count += e.event->has_loss();
    return count;
  }
  std::vector<uint32_t> sessions(std::optional<Index::After> after = {}, size_t limit = 100) {
    std::vector<uint32_t> out;
    for (const SessionSummary& s : sessions_of(index_, limit, after)) out.push_back(s.row.ses);
    return out;
  }
  MemoryIndex index_;
  EventMaker make_;
};

TEST_F(MemoryIndexTest, ApplyingTwiceChangesNothing) {
  const std::vector<IndexedEvent> events = {make_.index(make_.event(1))};
  ASSERT_TRUE(index_.apply(events, {0}, {5}).is_ok());
  ASSERT_TRUE(index_.apply(events, {0}, {5}).is_ok());
  ASSERT_TRUE(index_.apply(events, {0}, {3}).is_ok());
  EXPECT_EQ(index_.events_total(), 1u);
  EXPECT_EQ(index_.position(), Position{5});
  EXPECT_EQ(index_.apply(events, {6}, {7}).code(), Code::invalid);  // a hole
  EXPECT_EQ(index_.apply(events, {4}, {7}).code(), Code::invalid);  // an overlap
  EXPECT_EQ(index_.position(), Position{5});
}

TEST_F(MemoryIndexTest, SessionsNewestFirstPageByPage) {
  for (const uint8_t session : std::vector<uint8_t>{3, 1, 2})
    add({make_.index(make_.event(session))});
  EXPECT_THAT(sessions(), ElementsAre(2, 1, 3));
  EXPECT_THAT(sessions({}, 2), ElementsAre(2, 1));
  const SessionRow second = sessions_of(index_, 2)[1].row;
  EXPECT_THAT(sessions(Index::After{second.first_ns, second.key}), ElementsAre(3));
}

TEST_F(MemoryIndexTest, AnOlderEventMovesASessionBack) {
  add({make_.index(make_.event(1)), make_.index(make_.event(2))});
  v1::Event late = make_.event(2);
  late.set_time_ns(kBase - 1);
  add({make_.index(late)});
  EXPECT_THAT(sessions(), ElementsAre(1, 2));
  const auto row = row_of(index_, {"web1", sample_uid(2)});
  ASSERT_TRUE(row);
  EXPECT_EQ(row->first_ns, kBase - 1);
  EXPECT_GT(row->last_ns, kBase);
}

// What lists show is what the trail's first line says.
TEST_F(MemoryIndexTest, SummariesAreWhatTheFoldHas) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_type(v1::SessionOpened::TYPE_SSH);
  const v1::Event start = make_.started(1, 10);
  const v1::Event end = make_.ended(1, 10, 3);
  add({make_.index(end), make_.index(make_.started(1, 11)), make_.index(opened)});
  add({make_.index(start), make_.index(make_.loss(2, 3)), make_.index(make_.closed(1))});
  const SessionSummary listed = sessions_of(index_, 1).at(0);
  const Trail trail = fold(listed.row, events_of(index_, listed.row.key), [] {
                        return false;
                      }).value();
  EXPECT_EQ(listed.sums, trail.session.sums);
  EXPECT_EQ(listed.sums.commands_failed, 1u);
  EXPECT_EQ(listed.sums.losses, 1u);
  EXPECT_EQ(listed.head.type, v1::SessionOpened::TYPE_SSH);
  EXPECT_EQ(listed.head.ended_ns, trail.session.head.ended_ns);
  EXPECT_EQ(listed.head.state, SessionHead::State::closed);
}

TEST_F(MemoryIndexTest, AHostCannotReachAnothersSession) {
  EventMaker liar("evil");
  add({make_.index(make_.event(1)), liar.index(liar.event(1))});
  EXPECT_EQ(events_of(index_, {"web1", sample_uid(1)}).size(), 1u);
  EXPECT_EQ(index_.sessions_by_uid(sample_uid(1)).value().size(), 2u);
  EXPECT_EQ(index_.sessions_named("web1", 1).value().size(), 1u);
  EXPECT_TRUE(index_.sessions_named("web1", 9).value().empty());
  EXPECT_FALSE(row_of(index_, {"other", sample_uid(1)}));
  EXPECT_TRUE(events_of(index_, {"other", sample_uid(1)}).empty());
}

TEST_F(MemoryIndexTest, TheNextBootEndsASession) {
  const SessionKey key{"web1", sample_uid(1)};
  add({make_.index(make_.event(1))});
  EXPECT_FALSE(row_of(index_, key)->boot_over);
  EventMaker next("web1", 2);  // the agent alone began anew
  add({next.index(next.event(2))});
  EXPECT_FALSE(row_of(index_, key)->boot_over);
  EventMaker other("web2", 3), booted("web1", 3);
  for (EventMaker* maker : {&other, &booted}) {
    EXPECT_FALSE(row_of(index_, key)->boot_over);
    v1::Event started = maker->event(0);
    started.mutable_agent_state()->set_boot_id(std::string(16, '\x9d'));
    add({maker->index(started)});
  }
  EXPECT_TRUE(row_of(index_, key)->boot_over);
  EXPECT_TRUE(sessions_of(index_, 10)[0].row.boot_over);
}

// Sessions found running have no audit event, and yet a boot.
TEST_F(MemoryIndexTest, ABootIsKnownFromTheAgentsOwnEvents) {
  v1::Event found = make_.event(1);
  found.clear_kernel();
  found.mutable_session_opened()->set_found_running(true);
  add({make_.index(found)});
  EXPECT_EQ(row_of(index_, {"web1", sample_uid(1)})->boot_id, Id{});
  v1::Event started = make_.event(0);
  started.mutable_agent_state()->set_boot_id(std::string(16, '\x9c'));
  add({make_.index(started)});
  EXPECT_EQ(row_of(index_, {"web1", sample_uid(1)})->boot_id, sample_uid(0x9c));
}

TEST_F(MemoryIndexTest, AUserManagerIsFoundFromItsUsersLogins) {
  v1::Event manager = make_.event(2);
  manager.mutable_session_fact()->add_logins_of_user(1);
  v1::Event claim = make_.event(3);
  claim.mutable_session_fact()->add_logins_of_user(1);
  claim.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
  v1::Event other_boot = make_.event(4);
  other_boot.mutable_kernel()->set_boot_id(std::string(16, 'b'));
  other_boot.mutable_session_fact()->add_logins_of_user(1);
  add({make_.index(make_.event(1)), make_.index(manager), make_.index(claim),
       make_.index(other_boot)});
  const auto managers = index_.user_managers(*row_of(index_, {"web1", sample_uid(1)})).value();
  ASSERT_EQ(managers.size(), 1u);
  EXPECT_EQ(managers[0].ses, 2u);
  EXPECT_TRUE(index_.user_managers(*row_of(index_, {"web1", sample_uid(2)})).value().empty());
}

TEST_F(MemoryIndexTest, WhatBelongsToNoSessionIsCounted) {
  v1::Event odd = make_.event(1);
  odd.set_session_uid("too short");
  add({make_.index(make_.event(0)), make_.index(odd)});
  EXPECT_EQ(index_.events_total(), 2u);
  EXPECT_TRUE(sessions().empty());
}

TEST_F(MemoryIndexTest, EventsComeInOrderOverEpochs) {
  EventMaker later("web1", 2);
  const IndexedEvent second = make_.index(make_.event(1));
  const IndexedEvent first = [&] {
    make_.set_order(0);
    return make_.index(make_.event(1));
  }();
  add({later.index(later.event(1))});
  v1::Event e = *second.event;
  e.set_order(5);
  add({make_.index(e), first});
  std::vector<std::pair<uint64_t, uint64_t>> order;
  for (const IndexedEvent& event : events_of(index_, {"web1", sample_uid(1)}))
    order.emplace_back(event.epoch, event.event->order());
  EXPECT_THAT(order, ElementsAre(std::pair(1, 1), std::pair(1, 5), std::pair(2, 1)));
}

TEST_F(MemoryIndexTest, ALossTouchesWhatItsOrdersMeet) {
  make_.set_order(9);
  add({make_.index(make_.event(1)), make_.index(make_.event(1))});  // orders 10 and 11
  struct Case { uint64_t before, after; bool touches; };
  for (const Case& c : {Case{8, 9, false}, {8, 10, true}, {10, 11, true}, {11, 14, true},
                        {12, 14, false}, {5, 0, true}, {12, 0, false}, {5, 20, true}}) {
    MemoryIndex fresh;
    ASSERT_TRUE(fresh.apply({{make_.index(make_.loss(c.before, c.after))}}, {0}, {1}).is_ok());
    make_.set_order(9);
    ASSERT_TRUE(fresh.apply({{make_.index(make_.event(1)), make_.index(make_.event(1))}}, {1}, {2})
                    .is_ok());
    EXPECT_EQ(events_of(fresh, {"web1", sample_uid(1)}).size(), c.touches ? 3u : 2u)
        << c.before << "," << c.after;
  }
}

TEST_F(MemoryIndexTest, ALossOfAnotherAgentTouchesNothing) {
  EventMaker other("web2");
  add({make_.index(make_.event(1)), other.index(other.loss(0, 0))});
  EXPECT_EQ(losses_of(1), 0u);
}

TEST_F(MemoryIndexTest, ALossBetweenEpochs) {
  EventMaker later("web1", 2);
  // 1 lives on both sides, 2 had ended, 3 was last heard of before, 4 began after, 5 was found
  // running after.
  add({make_.index(make_.event(1)), make_.index(make_.event(2)), make_.index(make_.closed(2)),
       make_.index(make_.event(3))});
  v1::Event down = later.loss(0, 1);
  later.set_order(1);
  v1::Event found = later.event(5);
  found.mutable_session_opened()->set_found_running(true);
  add({later.index(down), later.index(found), later.index(later.event(1)),
       later.index(later.event(4))});
  EXPECT_EQ(losses_of(1), 1u);
  EXPECT_EQ(losses_of(2), 0u);
  EXPECT_EQ(losses_of(3), 1u);
  EXPECT_EQ(losses_of(4), 0u);
  EXPECT_EQ(losses_of(5), 1u);
}

// An agent cannot say yet what comes after; it reports the loss when that is behind it.
TEST_F(MemoryIndexTest, AReportedLossEndsWhereItIsReported) {
  v1::Event loss = make_.loss(2, 0);
  loss.set_order(3);
  make_.set_order(9);
  add({make_.index(loss), make_.index(make_.event(1))});
  EXPECT_EQ(losses_of(1), 0u);
}

TEST_F(MemoryIndexTest, ReadersAndTheFollowerAtOnce) {
  std::thread reader([&] {
    while (index_.events_total() < 2000) {
      for (const SessionSummary& s : sessions_of(index_, 10))
        static_cast<void>(events_of(index_, s.row.key));
    }
  });
  for (int i = 0; i < 2000; ++i)
    add({make_.index(make_.event(static_cast<uint8_t>(1 + i % 20)))});
  reader.join();
  EXPECT_EQ(sessions_of(index_, 100).size(), 20u);
}

TEST(MemoryIndexOwnEvents, TheCollectorsNewestAreKeptAndNobodyElses) {
  MemoryIndex index;
  EventMaker own(kOwnAgent), host("web1");
  std::vector<IndexedEvent> events = {host.index(host.event(0))};
  for (size_t i = 0; i < kOwnEventsMax + 2; ++i) events.push_back(own.index(own.event(0)));
  ASSERT_TRUE(index.apply(events, {}, {1}).is_ok());
  const std::vector<IndexedEvent> kept = index.own_events();
  ASSERT_EQ(kept.size(), kOwnEventsMax);
  EXPECT_EQ(kept.front().sequence, 3u);
  EXPECT_EQ(kept.back().sequence, kOwnEventsMax + 2);
  EXPECT_EQ(index.events_total(), kOwnEventsMax + 3);
}

// A hostile agent brings about any number of them.
TEST(MemoryIndexOwnEvents, OneAgentLeavesThoseOfOthers) {
  MemoryIndex index;
  EventMaker own(kOwnAgent);
  std::vector<IndexedEvent> events;
  const auto add = [&](v1::Event event) { events.push_back(own.index(std::move(event))); };
  const auto health = [&](const std::string& agent) {
    v1::Event event = own.event(0);
    event.mutable_agent_health()->add_agents(agent);
    return event;
  };
  const auto action = [&](const std::string& operation, const std::string& kind,
                          const std::string& name) {
    v1::Event event = own.event(0);
    event.mutable_operator_action()->set_operation(operation);
    event.mutable_target()->set_kind(kind);
    event.mutable_target()->set_name(name);
    return event;
  };
  add(health("web1"));
  add(action("rename", "agent", "web1"));
  v1::Event conflict = own.event(0);
  conflict.mutable_stream_conflict()->set_agent("web1");
  add(conflict);
  v1::Event state = own.event(0);
  state.mutable_collector_state()->set_change(v1::CollectorState::CHANGE_STARTED);
  add(state);
  for (size_t i = 0; i < kOwnEventsMax; ++i) {
    const std::string any = "host" + std::to_string(i);
    v1::Event came = own.event(0);
    came.mutable_collector_state()->set_change(v1::CollectorState::CHANGE_AGENT_CAME);
    add(came);
    add(health("evil"));
    add(action("checkpoint refused", "host", "evil"));
    add(action("connect refused", "host", any));  // who is refused says any name
  }
  ASSERT_TRUE(index.apply(events, {}, {1}).is_ok());
  const std::vector<IndexedEvent> kept = index.own_events();
  ASSERT_EQ(kept.size(), kOwnEventsMax);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(kept[i].sequence, i + 1);
}

TEST(MemoryIndexFailedLogins, OneHostLeavesThoseOfOthers) {
  MemoryIndex index;
  EventMaker host("web1"), evil("evil");
  const auto attempt = [](EventMaker& of) {
    v1::Event event = of.event(0);
    event.mutable_authentication()->set_account("root");
    event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
    return of.index(event);
  };
  std::vector<IndexedEvent> events = {attempt(host)};
  for (size_t i = 0; i < kOwnEventsMax; ++i) events.push_back(attempt(evil));
  ASSERT_TRUE(index.apply(events, {}, {1}).is_ok());
  EXPECT_EQ(index.failed_logins().size(), kOwnEventsMax);
  EXPECT_EQ(index.failed_logins().front().agent, "web1");
}

TEST(MemoryIndexFailedLogins, TheNewestOfNoSessionAreKept) {
  MemoryIndex index;
  EventMaker host("web1");
  const auto attempt = [&](uint8_t session, v1::Outcome::Result result) {
    v1::Event event = host.event(session);
    event.mutable_authentication()->set_account("root");
    event.mutable_outcome()->set_result(result);
    return host.index(event);
  };
  using O = v1::Outcome;
  std::vector<IndexedEvent> events = {attempt(0, O::RESULT_SUCCESS), attempt(1, O::RESULT_FAILURE),
                                      host.index(host.event(0))};
  ASSERT_TRUE(index.apply(events, {}, {1}).is_ok());
  EXPECT_TRUE(index.failed_logins().empty());
  events.clear();
  for (size_t i = 0; i < kOwnEventsMax + 1; ++i) events.push_back(attempt(0, O::RESULT_FAILURE));
  ASSERT_TRUE(index.apply(events, {1}, {2}).is_ok());
  const std::vector<IndexedEvent> kept = index.failed_logins();
  ASSERT_EQ(kept.size(), kOwnEventsMax);
  EXPECT_EQ(kept.front().sequence, 5u);
  EXPECT_TRUE(index.own_events().empty());
}

}  // namespace
}  // namespace spoor::collector
