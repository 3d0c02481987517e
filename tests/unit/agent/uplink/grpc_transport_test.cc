#include "agent/uplink/grpc_transport.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace spoor::uplink {
namespace {

TEST(GrpcTransportTest, LinkThatNobodyAnswersWakesAndSaysWhy) {
  std::mutex mutex;
  std::condition_variable woken;
  bool news = false;
  GrpcTransport transport(-1, [&] {
    const std::lock_guard lock(mutex);
    news = true;
    woken.notify_all();
  });
  const auto link = transport.connect("unix:/nowhere/at/all.sock");
  ASSERT_TRUE(link.is_ok());
  std::unique_lock lock(mutex);
  ASSERT_TRUE(woken.wait_for(lock, std::chrono::seconds(30), [&] { return news; }));
  EXPECT_FALSE((*link)->is_open());
  EXPECT_FALSE((*link)->problem().empty());
}

}  // namespace
}  // namespace spoor::uplink
