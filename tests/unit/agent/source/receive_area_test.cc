#include "agent/source/receive_area.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace spoor::agent {
namespace {

constexpr ReceiveArea::Shape kShape = {4, 16, 48};

class ReceiveAreaTest : public testing::Test {
 protected:
  ReceiveAreaTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    there_.reset(fds[0]);
    here_.reset(fds[1]);
    area_.emplace(kShape, memory_, false);
  }
  void send(const std::string& bytes) {
    ASSERT_EQ(::send(there_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  alignas(64) uint8_t memory_[4096] = {};
  UniqueFd there_, here_;
  std::optional<ReceiveArea> area_;
};

TEST_F(ReceiveAreaTest, DatagramsOfEverySizeComeWholeOrCut) {
  ASSERT_LE(kShape.bytes(), sizeof memory_);
  const std::string longest(64, 'l');
  send("short");
  send(std::string(16, 's'));
  send(std::string(17, 'm'));
  send(longest + "too much");
  ASSERT_EQ(area_->fill(here_.get()), 4);
  EXPECT_FALSE(area_->emptied());
  EXPECT_EQ(area_->datagram(0), "short");
  EXPECT_EQ(area_->datagram(1), std::string(16, 's'));
  EXPECT_EQ(area_->datagram(2), std::string(17, 'm'));
  EXPECT_EQ(area_->datagram(3), longest);
  area_->done();
  EXPECT_EQ(area_->fill(here_.get()), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(ReceiveAreaTest, WhatIsDoneCanBeForgotten) {
  const auto holds = [&](const std::string& bytes) {
    return std::search(std::begin(memory_), std::end(memory_), bytes.begin(), bytes.end()) !=
           std::end(memory_);
  };
  send("-phunter2");
  ASSERT_EQ(area_->fill(here_.get()), 1);
  area_->forget();
  EXPECT_TRUE(holds("-phunter2")) << "it is not done";
  area_->done();
  EXPECT_EQ(area_->fill(here_.get()), -1);
  area_->forget();
  EXPECT_FALSE(holds("-phunter2"));
}

// A later batch that is smaller does not reach what a larger one left.
TEST_F(ReceiveAreaTest, WhatALargeBatchLeftIsForgotten) {
  const auto holds = [&](const std::string& bytes) {
    return std::search(std::begin(memory_), std::end(memory_), bytes.begin(), bytes.end()) !=
           std::end(memory_);
  };
  const std::string secret = "-phunter2" + std::string(16, 'x') + "tail";
  send("first");
  send(secret);
  ASSERT_EQ(area_->fill(here_.get()), 2);
  area_->done();
  send("small");
  ASSERT_EQ(area_->fill(here_.get()), 1);
  area_->forget_own();
  EXPECT_TRUE(holds("hunter2")) << "a batch is not done";
  area_->done();
  area_->forget_own();
  for (const char* part : {"hunter2", "tail", "small", "first"}) EXPECT_FALSE(holds(part)) << part;
  send("again");
  ASSERT_EQ(area_->fill(here_.get()), 1);
  EXPECT_EQ(area_->datagram(0), "again");
}

TEST_F(ReceiveAreaTest, LengthsOfABatchDoNotOutliveIt) {
  for (const size_t count : {4u, 1u, 3u, 2u}) {
    for (size_t i = 0; i < count; ++i) send(std::to_string(count));
    ASSERT_EQ(area_->fill(here_.get()), static_cast<int>(count));
    // Who comes after a crash here finds these and no more.
    alignas(64) uint8_t copy[sizeof memory_];
    std::copy(std::begin(memory_), std::end(memory_), std::begin(copy));
    ReceiveArea successor(kShape, copy, area_->turn_done());
    EXPECT_EQ(successor.fill(-1), static_cast<int>(count));
    area_->done();
    // And after this one, none.
    ReceiveArea later(kShape, memory_, area_->turn_done());
    EXPECT_EQ(later.fill(-1), -1);
    area_.emplace(kShape, memory_, area_->turn_done());
  }
}

TEST_F(ReceiveAreaTest, LengthThatCannotBeIsCut) {
  send("x");
  ASSERT_EQ(area_->fill(here_.get()), 1);
  reinterpret_cast<mmsghdr*>(memory_ + 64)->msg_len = 0xFFFFFFFF;
  ReceiveArea successor(kShape, memory_, false);
  ASSERT_EQ(successor.fill(-1), 1);
  EXPECT_EQ(successor.datagram(0).size(), 64u);
}

}  // namespace
}  // namespace spoor::agent
