#include "collector/cli/own_event_words.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/clock.h"

namespace spoor::cli {
namespace {

std::string words(const v1::Event& event) { return own_event_text(event).render(false); }

v1::Event action(const std::string& operation, const std::string& name) {
  v1::Event out;
  out.mutable_operator_action()->set_operation(operation);
  out.mutable_outcome()->set_result(v1::Outcome::RESULT_SUCCESS);
  out.mutable_target()->set_name(name);
  return out;
}

v1::Event health(v1::AgentHealth::Condition condition, bool has_ended = false,
                 int64_t amount_ns = 0) {
  v1::Event out;
  out.mutable_agent_health()->set_condition(condition);
  out.mutable_agent_health()->set_has_ended(has_ended);
  out.mutable_agent_health()->set_amount_ns(amount_ns);
  return out;
}

v1::Event change(v1::CollectorState::Change which, const std::string& detail = "",
                 int64_t count = 0) {
  v1::Event out;
  out.mutable_collector_state()->set_change(which);
  out.mutable_collector_state()->set_detail(detail);
  out.mutable_collector_state()->set_count(count);
  out.mutable_collector_state()->set_version("0.1.0");
  return out;
}

TEST(OwnEventWords, WhoCameAndWent) {
  v1::Event enrolled = action("enrol", "web1");
  enrolled.mutable_source()->set_address("192.0.2.7");
  auto& attributes = *enrolled.mutable_operator_action()->mutable_attributes();
  attributes["token"] = "0123456789";
  attributes["serial"] = "4a";
  attributes["label.tier"] = "2";
  attributes["label.env"] = "prod";
  EXPECT_EQ(words(enrolled),
            "enrolled from 192.0.2.7 with the token 0123456789, env=prod,tier=2, certificate 4a");
  enrolled.mutable_operator_action()->set_operation("renew");
  EXPECT_EQ(words(enrolled), "renewed from 192.0.2.7, certificate 4a");
  v1::Event revoked = action("agent revoke", "web1");
  revoked.mutable_actor()->set_id("uid 0");
  revoked.mutable_operator_action()->set_reason("disk\nstolen");
  (*revoked.mutable_operator_action()->mutable_attributes())["serial"] = "4a";
  EXPECT_EQ(words(revoked), "revoked by uid 0: disk\\nstolen, certificate 4a");
  v1::Event renamed = action("rename", "web2");
  auto& known = *renamed.mutable_operator_action()->mutable_attributes();
  known["former"] = "web1";
  known["streams"] = "4";
  EXPECT_EQ(words(renamed), "was web1 before, and goes on with its 4 streams");
  v1::Event token = action("token create", "0123");
  token.mutable_actor()->set_id("uid 0");
  (*token.mutable_operator_action()->mutable_attributes())["uses"] = "5";
  (*token.mutable_operator_action()->mutable_attributes())["life_s"] = "60";
  EXPECT_EQ(words(token), "token create 0123 by uid 0, life_s 60, uses 5");
}

TEST(OwnEventWords, WhoWasRefused) {
  v1::Event refused = action("connect refused", "");
  refused.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  refused.mutable_outcome()->set_reason("it was revoked");
  refused.mutable_source()->set_address("192.0.2.7");
  EXPECT_EQ(words(refused), "connect refused from 192.0.2.7: it was revoked");
  (*refused.mutable_operator_action()->mutable_attributes())["untold"] = "7";
  EXPECT_EQ(words(refused), "connect refused from 192.0.2.7: it was revoked (and 7 more since the "
                            "last one told)");
}

TEST(OwnEventWords, EachConditionBeginsAndEnds) {
  setenv("TZ", "UTC", 1);
  for (int i = v1::AgentHealth::CONDITION_SILENT; i <= v1::AgentHealth::Condition_MAX; ++i) {
    const auto condition = static_cast<v1::AgentHealth::Condition>(i);
    EXPECT_FALSE(words(health(condition)).starts_with("condition")) << i;
    const bool has_end = condition != v1::AgentHealth::CONDITION_CLOCK_STEP;
    EXPECT_NE(words(health(condition, has_end)), "") << i;
  }
  EXPECT_EQ(words(health(v1::AgentHealth::CONDITION_CLOCK_STEP, false, -5 * kNsPerSecond)),
            "somebody set its clock by -4.9 s");
  v1::Event steps = health(v1::AgentHealth::CONDITION_CLOCK_STEP, false, -5 * kNsPerSecond);
  steps.mutable_agent_health()->set_count(60);
  EXPECT_EQ(words(steps), "somebody set its clock by -4.9 s, the last of 60 times");
  EXPECT_EQ(words(health(v1::AgentHealth::CONDITION_SKEWED, false, INT64_MIN)).substr(0, 30),
            "skewed: its clock is off by -1");
  v1::Event silent = health(v1::AgentHealth::CONDITION_SILENT);
  EXPECT_EQ(words(silent), "silent");
  silent.mutable_agent_health()->set_last_seen_ns(1'700'000'000 * kNsPerSecond);
  EXPECT_EQ(words(silent), "silent: seen last on 2023-11-14 at 22:13:20");
  v1::Event mass = health(v1::AgentHealth::CONDITION_MASS_SILENCE);
  mass.mutable_agent_health()->set_count(1204);
  EXPECT_EQ(words(mass), "1,204 agents fell silent together");
}

TEST(OwnEventWords, WhatWentApart) {
  v1::Event event;
  v1::StreamConflict& conflict = *event.mutable_stream_conflict();
  conflict.set_kind(v1::StreamConflict::KIND_CLONE);
  conflict.mutable_in_log()->set_epoch(3);
  conflict.mutable_in_log()->set_sequence(17);
  conflict.mutable_side()->set_address("192.0.2.7:4");
  conflict.mutable_side()->set_host("web\x1b");
  conflict.mutable_other()->set_address("192.0.2.8:4");
  EXPECT_EQ(words(event), "clone: two hosts with one identity, behind epoch 3 sequence 17; from "
                          "192.0.2.7:4, called web\\x1b; before: 192.0.2.8:4");
  // Who offered another's stream is named; the owner is whose event it is.
  conflict.set_agent("web1");
  conflict.mutable_side()->set_agent("db9");
  conflict.mutable_other()->set_agent("web1");
  EXPECT_EQ(words(event), "clone: two hosts with one identity, behind epoch 3 sequence 17; from "
                          "192.0.2.7:4, called web\\x1b, enrolled as db9; before: 192.0.2.8:4");
  conflict.set_kind(v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK);
  conflict.set_generation(2);
  EXPECT_EQ(words(event),
            "this log came back older than a commit that it gave: generation 2 from here on");
}

TEST(OwnEventWords, TheCollectorsOwnLife) {
  EXPECT_EQ(words(change(v1::CollectorState::CHANGE_STARTED)), "started, version 0.1.0");
  EXPECT_EQ(words(change(v1::CollectorState::CHANGE_DISK_FULL, "ENOSPC")),
            "the log's disk is full: nothing is taken: ENOSPC");
  EXPECT_EQ(words(change(v1::CollectorState::CHANGE_CLOCK_STEPPED, "", 3 * kNsPerSecond)),
            "its own clock was set by +3.0 s");
  for (int i = v1::CollectorState::CHANGE_STARTED; i <= v1::CollectorState::Change_MAX; ++i) {
    const auto which = static_cast<v1::CollectorState::Change>(i);
    EXPECT_FALSE(words(change(which)).starts_with("change")) << i;
  }
  EXPECT_EQ(words(v1::Event()), "an event of kind 0");
}

}  // namespace
}  // namespace spoor::cli
