#include "agent/event_messages.h"

#include <gtest/gtest.h>

#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

TEST(EventMessagesTest, FactBecomesTheMessageOfItsHost) {
  EventMessages messages;
  Fact fact;
  fact.order = 7;
  fact.kind = AgentState{.change = AgentState::Change::started};
  Host web1, web2;
  web1.name = "web1";
  web2.name = "web2";
  EXPECT_EQ(messages.of(fact, web1).agent_state().host(), "web1");
  EXPECT_EQ(messages.of(fact, web2).agent_state().host(), "web2");
  EXPECT_EQ(messages.of(fact, web1).agent_state().host(), "web1");
  EXPECT_EQ(messages.of(fact, web1).order(), 7u);
}

// The ids of a session are of its boot.
TEST(EventMessagesTest, BootsOfAHostAreToldApart) {
  EventMessages messages;
  Fact fact;
  fact.ses = 6;
  fact.kind = AgentState{};
  Host host;
  host.name = "web1";
  host.boot_id = Id{1};
  host.boot_in_log = 1;
  const std::string first = messages.of(fact, host).session_uid();
  host.boot_id = Id{2};
  host.boot_in_log = 2;
  const v1::Event& second = messages.of(fact, host);
  EXPECT_NE(second.session_uid(), first);
  EXPECT_EQ(second.origin().host(), "web1");
  EXPECT_EQ(second.origin().boot_in_log(), 2u);
}

// Nothing of the event before is left in the message.
TEST(EventMessagesTest, EachMessageIsNew) {
  EventMessages messages;
  Fact fact;
  fact.source_address = "10.0.3.17";
  fact.kind = AgentState{.change = AgentState::Change::started};
  messages.of(fact, Host{});
  fact.source_address = {};
  fact.kind = Loss{.count = 3};
  const v1::Event& second = messages.of(fact, Host{});
  EXPECT_FALSE(second.has_source());
  EXPECT_EQ(second.loss().count(), 3u);
}

}  // namespace
}  // namespace spoor::agent
