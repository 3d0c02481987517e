#include "collector/query/agent_answers.h"

namespace spoor::collector {
namespace {

AgentView view(const std::string& name, const std::string& env, std::vector<AgentState> states) {
  AgentView out;
  out.record.name = name;
  out.record.labels = {{"env", env}, {"rack", "7"}};
  out.record.certificate_until_s = 9;
  out.is_enrolled = true;
  out.last_seen_ns = 7;
  out.bad_checkpoint_ns = 6;
  out.report.frames_behind = 5;
  out.states = std::move(states);
  return out;
}

const std::vector<AgentView> kAgents = {
    view("db1", "prod", {AgentState::connected}),
    view("web1", "prod", {AgentState::lossy, AgentState::behind}),
    view("web2", "test", {AgentState::silent}),
};

std::string names(const v1::AgentsRequest& request) {
  std::string out;
  const auto answer = list_agents(kAgents, request);
  for (const v1::Agent& agent : answer->agents()) out += agent.name() + " ";
  return out + answer->next_cursor();
}

TEST(AgentAnswers, AllThatIsKnownOfOne) {
  const v1::Agent agent = to_message(kAgents[1]);
  EXPECT_EQ(agent.name(), "web1");
  ASSERT_EQ(agent.states_size(), 2);
  EXPECT_EQ(agent.states(0), v1::Agent::STATE_LOSSY);
  EXPECT_EQ(agent.states(1), v1::Agent::STATE_BEHIND);
  EXPECT_EQ(agent.labels().at("env"), "prod");
  EXPECT_EQ(agent.certificate_until_ns(), 9'000'000'000);
  EXPECT_EQ(agent.last_seen_ns(), 7);
  EXPECT_EQ(agent.bad_checkpoint_ns(), 6);
  EXPECT_EQ(agent.frames_behind(), 5u);
}

TEST(AgentAnswers, Filters) {
  v1::AgentsRequest request;
  EXPECT_EQ(names(request), "db1 web1 web2 ");
  request.set_name("web*");
  EXPECT_EQ(names(request), "web1 web2 ");
  request.add_labels("env=prod");
  EXPECT_EQ(names(request), "web1 ");
  request.add_labels("rack=8");
  EXPECT_EQ(names(request), "");
  v1::AgentsRequest behind;
  behind.set_state(v1::Agent::STATE_BEHIND);
  EXPECT_EQ(names(behind), "web1 ");
}

TEST(AgentAnswers, Pages) {
  v1::AgentsRequest request;
  request.set_limit(2);
  EXPECT_EQ(names(request), "db1 web1 web1");
  request.set_cursor("web1");
  EXPECT_EQ(names(request), "web2 ");
}

TEST(AgentAnswers, WhatIsNoFilter) {
  v1::AgentsRequest request;
  request.set_name("web?");
  EXPECT_EQ(list_agents(kAgents, request).code(), Code::invalid);
  request.set_name("");
  request.add_labels("env");
  EXPECT_EQ(list_agents(kAgents, request).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::collector
