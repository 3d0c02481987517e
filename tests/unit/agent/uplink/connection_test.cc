#include "agent/uplink/connection.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "agent/uplink/tls_channel.h"

namespace spoor::uplink {
namespace {

// What goes over it is tested in uplink_test.cc.
TEST(ConnectionTest, SocketThatNobodyListensOnIsAProblemInWords) {
  std::mutex mutex;
  std::condition_variable woken;
  bool news = false;
  const Address address = *parse_address("unix:/nowhere/at/all.sock");
  Connection connection(open_channel(address, nullptr), -1, [&] {
    const std::lock_guard lock(mutex);
    news = true;
    woken.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(woken.wait_for(lock, std::chrono::seconds(120), [&] { return news; }));
  EXPECT_FALSE(connection.is_open());
  EXPECT_FALSE(connection.problem().empty());
  EXPECT_TRUE(connection.take().empty());
}

TEST(ConnectionTest, SendThatFailsHasItsReasonAtOnce) {
  const Address address = *parse_address("unix:/nowhere/at/all.sock");
  for (int i = 0; i < 20; ++i) {
    Connection connection(open_channel(address, nullptr), -1, [] {});
    while (connection.send({})) {
    }
    EXPECT_FALSE(connection.is_open());
    EXPECT_FALSE(connection.problem().empty());
  }
}

}  // namespace
}  // namespace spoor::uplink
