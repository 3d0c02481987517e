#include "agent/uplink/window.h"

#include <gtest/gtest.h>

namespace spoor::uplink {
namespace {

TEST(WindowTest, CommitsAreCumulativeAndByStream) {
  Window window;
  window.sent(EventClass::command, {1, 5}, 100, 0);
  window.sent(EventClass::command, {1, 9}, 200, 0);
  window.sent(EventClass::access, {1, 3}, 50, 0);
  window.committed(EventClass::command, {1, 8});
  EXPECT_EQ(window.bytes(), 250u);
  window.committed(EventClass::command, {2, 0});  // a later epoch covers all of an earlier one
  EXPECT_EQ(window.bytes(), 50u);
  window.committed(EventClass::access, {1, 3});
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(WindowTest, IsFullWhileOneMoreFrameMightNotFit) {
  Window window;
  window.sent(EventClass::command, {1, 1}, kWindowBytesMax - kFrameBytesMax, 0);
  EXPECT_FALSE(window.is_full());
  window.sent(EventClass::command, {1, 2}, 1, 0);
  EXPECT_TRUE(window.is_full());
}

TEST(WindowTest, TellsHowMuchIsBehindAndSinceWhen) {
  Window window;
  EXPECT_EQ(window.oldest_ns(), 0);
  window.sent(EventClass::command, {1, 5}, 100, 7'000);
  window.sent(EventClass::command, {1, 6}, 100, 8'000);
  window.sent(EventClass::access, {1, 3}, 100, 7'500);
  EXPECT_EQ(window.frames(), 3u);
  EXPECT_EQ(window.oldest_ns(), 7'000);
  window.committed(EventClass::command, {1, 5});
  EXPECT_EQ(window.frames(), 2u);
  EXPECT_EQ(window.oldest_ns(), 7'500);
}

}  // namespace
}  // namespace spoor::uplink
