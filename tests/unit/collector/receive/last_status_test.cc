#include "collector/receive/last_status.h"

#include <gtest/gtest.h>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

TEST(LastStatuses, KeepsTheLastAndTheCorrectionOfTheClock) {
  LastStatuses statuses;
  EXPECT_FALSE(statuses.of("web1"));
  v1::Status status;
  status.set_agent_counter(1);
  status.set_uplink_realtime_ns(900);
  statuses.keep("web1", status, {1000, 10});
  status.set_agent_counter(2);
  status.set_uplink_realtime_ns(5000);
  statuses.keep("web1", status, {2000, 20});
  const auto last = statuses.of("web1");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->status.agent_counter(), 2u);
  EXPECT_EQ(last->received.boottime_ns, 20);
  EXPECT_EQ(last->correction_ns, -3000);
  EXPECT_EQ(last->correction_moved_ns, -3100);
  statuses.keep("web2", {}, {7, 7});
  EXPECT_EQ(statuses.of("web2")->correction_ns, 0);  // it did not say its time
  EXPECT_EQ(statuses.take_news().size(), 2u);
  statuses.keep("web2", {}, {8, 8});
  const auto news = statuses.take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].agent, "web2");
  EXPECT_EQ(news[0].received.boottime_ns, 8);
}

TEST(LastStatuses, IsBounded) {
  LastStatuses statuses;
  v1::Status status;
  status.set_agent_version(std::string(kStatusBytesMax, 'v'));
  statuses.keep("web1", status, {});
  EXPECT_FALSE(statuses.of("web1"));
  for (size_t i = 0; i < kStatusesMax + 5; ++i)
    statuses.keep("a" + std::to_string(i), {}, {});
  EXPECT_EQ(statuses.take_news().size(), kStatusesMax);
  status.set_agent_version("1");
  status.set_agent_counter(9);
  statuses.keep("a0", status, {});  // who is known is kept on
  EXPECT_EQ(statuses.of("a0")->status.agent_counter(), 9u);
}

// Hosts may say any number of their clock.
TEST(LastStatuses, NoClockIsTooWrong) {
  LastStatuses statuses;
  for (const int64_t said : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{1}, INT64_MAX}) {
    v1::Status status;
    status.set_uplink_realtime_ns(said);
    statuses.keep("web1", status, {1'700'000'000'000'000'000, 1});
    const LastStatus last = *statuses.of("web1");
    if (said <= 0) EXPECT_EQ(last.correction_ns, 0);
    else EXPECT_EQ(last.correction_ns, 1'700'000'000'000'000'000 - said);
  }
}

}  // namespace
}  // namespace spoor::collector
