#include "collector/query/event_answers.h"

#include <gmock/gmock.h>

#include "collector/limits.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

v1::Event action(const std::string& operation, const std::string& kind, const std::string& name) {
  v1::Event out;
  out.mutable_operator_action()->set_operation(operation);
  out.mutable_target()->set_kind(kind);
  out.mutable_target()->set_name(name);
  return out;
}

v1::Event silence(std::vector<std::string> agents) {
  v1::Event out;
  out.mutable_agent_health()->set_condition(v1::AgentHealth::CONDITION_SILENT);
  for (std::string& agent : agents) out.mutable_agent_health()->add_agents(std::move(agent));
  return out;
}

class EventAnswersTest : public testing::Test {
 protected:
  void add(v1::Event event) {
    events_.push_back(make_.index(std::move(event)));
    events_.back().received_ns = static_cast<int64_t>(events_.size());
  }
  std::vector<std::string> about(v1::Event event) {
    return agents_of(make_.index(std::move(event)));
  }
  // Their sequences.
  std::vector<std::string> ids(const std::string& agent, uint32_t limit = 0, int64_t since_ns = 0) {
    v1::EventsRequest request;
    request.set_agent(agent);
    request.set_limit(limit);
    request.set_since_ns(since_ns);
    answer_ = list_events(events_, request).value();
    std::vector<std::string> out;
    for (const v1::OwnEvent& event : answer_.events())
      out.push_back(event.event_id().substr(event.event_id().rfind('/') + 1));
    return out;
  }

  EventMaker make_{kOwnAgent, 3};
  std::vector<IndexedEvent> events_;
  v1::EventsResponse answer_;
};

TEST_F(EventAnswersTest, OfWhomEachTells) {
  EXPECT_THAT(about(action("enrol", "agent", "web1")), ElementsAre("web1"));
  EXPECT_THAT(about(action("enrol refused", "host", "web2")), ElementsAre("web2"));
  EXPECT_THAT(about(action("connect refused", "host", "")), ElementsAre());
  EXPECT_THAT(about(action("token create", "token", "0123")), ElementsAre());
  EXPECT_THAT(about(silence({"web1", "web2"})), ElementsAre("web1", "web2"));
  v1::Event conflict;
  conflict.mutable_stream_conflict()->set_agent("web3");
  EXPECT_THAT(about(conflict), ElementsAre("web3"));
  v1::Event state;
  state.mutable_collector_state();
  EXPECT_THAT(about(state), ElementsAre());
}

TEST_F(EventAnswersTest, ByNameByTimeAndTheNewestOfThem) {
  add(action("enrol", "agent", "web1"));
  add(action("token create", "token", "web1"));
  add(silence({"db1", "web2"}));
  add(action("renew", "agent", "web1"));
  EXPECT_THAT(ids(""), ElementsAre("1", "2", "3", "4"));
  EXPECT_FALSE(answer_.has_older());
  EXPECT_EQ(answer_.events(0).event_id(), "collector/command/3/1");
  EXPECT_EQ(answer_.events(0).received_ns(), 1);
  EXPECT_THAT(answer_.events(2).agents(), ElementsAre("db1", "web2"));
  EXPECT_THAT(ids("web1"), ElementsAre("1", "4"));
  EXPECT_THAT(ids("web*"), ElementsAre("1", "3", "4"));
  EXPECT_THAT(ids("collector"), ElementsAre("2"));
  EXPECT_THAT(ids("", 0, 3), ElementsAre("3", "4"));
  EXPECT_FALSE(answer_.has_older());  // none that fits
  EXPECT_THAT(ids("web*", 2), ElementsAre("3", "4"));
  EXPECT_TRUE(answer_.has_older());
  EXPECT_THAT(ids("nobody"), ElementsAre());
}

TEST_F(EventAnswersTest, AHostsEventIsAboutTheHost) {
  EventMaker host("web7");
  v1::Event attempt;
  attempt.mutable_authentication()->set_account("root");
  events_ = {host.index(attempt), EventMaker("db1").index(attempt)};
  EXPECT_THAT(ids("web*"), ElementsAre("1"));
  EXPECT_THAT(answer_.events(0).agents(), ElementsAre("web7"));
  EXPECT_THAT(ids("collector"), ElementsAre());
}

TEST_F(EventAnswersTest, BoundsAndPatterns) {
  for (size_t i = 0; i < kEventsMax + 1; ++i) add(silence({"web1"}));
  EXPECT_EQ(ids("").size(), kEventsDefault);
  EXPECT_EQ(ids("", UINT32_MAX).size(), kEventsMax);
  v1::EventsRequest request;
  request.set_agent("web 1");
  EXPECT_EQ(list_events(events_, request).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::collector
