#include "collector/cli/agents_view.h"

#include <gtest/gtest.h>

#include "common/clock.h"

namespace spoor::cli {
namespace {

constexpr int64_t kNow = 1'700'000'000 * kNsPerSecond;

v1::Agent agent(const std::string& name, v1::Agent::State state) {
  v1::Agent out;
  out.set_name(name);
  out.add_states(state);
  out.set_enrolled(true);
  out.set_last_seen_ns(kNow - 4 * kNsPerSecond);
  out.set_certificate_until_ns(kNow + 80LL * 24 * 3600 * kNsPerSecond);
  out.set_version("0.1.0");
  out.set_spool_bytes(50 << 20);
  out.set_spool_bytes_max(100 << 20);
  (*out.mutable_labels())["rack"] = "7";
  (*out.mutable_labels())["env"] = "prod";
  return out;
}

TEST(AgentsView, ATable) {
  v1::Agent second = agent("database-7", v1::Agent::STATE_LOSSY);
  second.add_states(v1::Agent::STATE_BEHIND);
  second.set_lost_total(1204);
  second.set_oldest_unsent_ns(kNow - 90 * kNsPerSecond);
  v1::Agent third;
  third.set_name("new");
  third.add_states(v1::Agent::STATE_SILENT);
  third.set_bad_checkpoint_ns(kNow);
  EXPECT_EQ(
      render_agents({agent("web1", v1::Agent::STATE_CONNECTED), second, third}, kNow, {}),
      "AGENT       STATE                     SEEN  BEHIND   LOST  SPOOL  CERT  VERSION  LABELS\n"
      "web1        connected                4.0 s       -      -   49 %  80 d  0.1.0    "
      "env=prod,rack=7\n"
      "database-7  lossy,behind             4.0 s  1m 30s  1,204   49 %  80 d  0.1.0    "
      "env=prod,rack=7\n"
      "new         silent (bad checkpoint)      -       -      -      -     -  -        -\n");
}

TEST(AgentsView, WhatIsTooWideLosesLabelsFirst) {
  const std::string out =
      render_agents({agent("web1", v1::Agent::STATE_CONNECTED)}, kNow, {.width = 70});
  EXPECT_EQ(out.find("LABELS"), std::string::npos);
  EXPECT_NE(out.find("VERSION"), std::string::npos);
}

TEST(AgentsView, NothingPaintsTheTerminal) {
  v1::Agent hostile = agent("web\x1b[31m", v1::Agent::STATE_CONNECTED);
  hostile.set_version("1\x1b[2J");
  hostile.set_oldest_unsent_ns(INT64_MIN);
  EXPECT_EQ(render_agents({hostile}, kNow, {}).find('\x1b'), std::string::npos);
}

TEST(AgentsView, Words) {
  EXPECT_EQ(state_word(v1::Agent::STATE_STALLED), "stalled");
  EXPECT_EQ(state_of_word("stalled"), v1::Agent::STATE_STALLED);
  EXPECT_EQ(state_of_word("well"), v1::Agent::STATE_UNSPECIFIED);
  EXPECT_EQ(state_word(static_cast<v1::Agent::State>(77)), "77");
}

TEST(AgentsView, Empty) { EXPECT_EQ(render_agents({}, kNow, {}), ""); }

}  // namespace
}  // namespace spoor::cli
