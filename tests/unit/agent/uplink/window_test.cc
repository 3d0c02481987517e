#include "agent/uplink/window.h"

#include <gtest/gtest.h>

namespace spoor::uplink {
namespace {

TEST(WindowTest, CommitsAreCumulativeAndByStream) {
  Window window;
  window.sent(EventClass::command, {1, 5}, 100);
  window.sent(EventClass::command, {1, 9}, 200);
  window.sent(EventClass::access, {1, 3}, 50);
  window.committed(EventClass::command, {1, 8});
  EXPECT_EQ(window.bytes(), 250u);
  window.committed(EventClass::command, {2, 0});  // a later epoch covers all of an earlier one
  EXPECT_EQ(window.bytes(), 50u);
  window.committed(EventClass::access, {1, 3});
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(WindowTest, IsFullWhileOneMoreFrameMightNotFit) {
  Window window;
  window.sent(EventClass::command, {1, 1}, kWindowBytesMax - kFrameBytesMax);
  EXPECT_FALSE(window.is_full());
  window.sent(EventClass::command, {1, 2}, 1);
  EXPECT_TRUE(window.is_full());
}

}  // namespace
}  // namespace spoor::uplink
