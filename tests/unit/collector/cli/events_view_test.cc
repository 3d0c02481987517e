#include "collector/cli/events_view.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/clock.h"

namespace spoor::cli {
namespace {

v1::OwnEvent silence(int64_t time_s, std::vector<std::string> agents) {
  v1::OwnEvent out;
  out.mutable_event()->set_time_ns(time_s * kNsPerSecond);
  out.mutable_event()->mutable_agent_health()->set_condition(v1::AgentHealth::CONDITION_SILENT);
  for (std::string& agent : agents) out.add_agents(std::move(agent));
  return out;
}

class EventsViewTest : public testing::Test {
 protected:
  EventsViewTest() { setenv("TZ", "UTC", 1); }
};

TEST_F(EventsViewTest, ALineEachAndALineADay) {
  v1::OwnEvent started;
  started.mutable_event()->set_time_ns(1'700'000'000 * kNsPerSecond);
  started.mutable_event()->mutable_collector_state()->set_change(
      v1::CollectorState::CHANGE_STOPPED);
  EXPECT_EQ(render_events({started, silence(1'700'000'060, {"web1"}),
                           silence(1'700'086'460, {"web1", "web2"})}, {}),
            "2023-11-14 +00:00\n"
            "22:13:20  collector  stopped\n"
            "22:14:20  web1       silent\n"
            "2023-11-15 +00:00\n"
            "22:14:20  web1 …     silent\n");
}

TEST_F(EventsViewTest, FailedLogins) {
  v1::OwnEvent attempt;
  attempt.add_agents("web1");
  v1::Event& event = *attempt.mutable_event();
  event.set_time_ns(1'700'000'000 * kNsPerSecond);
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  event.mutable_source()->set_address("203.0.113.9");
  event.mutable_authentication()->set_service("sshd");
  event.mutable_authentication()->set_account("ad\nmin");
  event.mutable_authentication()->set_method("password");
  event.mutable_authentication()->set_invalid_user(true);
  EXPECT_EQ(render_events({attempt}, {}),
            "2023-11-14 +00:00\n22:13:20  web1  sshd: authentication of ad\\nmin, no such user, "
            "failed from 203.0.113.9 (password)\n");
}

TEST_F(EventsViewTest, WhatIsTooWideIsCut) {
  const std::string text =
      render_events({silence(0, {std::string(64, 'w')})}, ViewOptions{.width = 40});
  EXPECT_EQ(text, "1970-01-01 +00:00\n00:00:00  " + std::string(23, 'w') + "…  sil…\n");
  EXPECT_EQ(render_events({silence(0, {"a\nb"})}, {}),
            "1970-01-01 +00:00\n00:00:00  a\\nb  silent\n");
}

}  // namespace
}  // namespace spoor::cli
