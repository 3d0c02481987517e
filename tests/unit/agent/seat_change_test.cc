// The change itself needs the kernel (tests/system/restart_test.py); here is what it takes twice.
#include "agent/seat_change.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "agent/source/read_ring.h"

namespace spoor::agent {
namespace {

class SeatChangeTest : public testing::Test {
 protected:
  SeatChangeTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    multicast_.reset(fds[0]);
    change_.emplace(AuditSocket::adopt(UniqueFd(), ring_.audit()),
                    AuditSocket::adopt(UniqueFd(fds[1]), aside_.audit()));
  }
  void unicast(const std::string& text, uint16_t type = 1300) {
    if (change_->is_first({type, text})) taken_.push_back(text);
  }
  void multicast(const std::string& text, uint16_t type = 1300) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    const std::string bytes = std::string(reinterpret_cast<char*>(&header), sizeof header) + text;
    ASSERT_GT(send(multicast_.get(), bytes.data(), bytes.size(), 0), 0);
    ASSERT_TRUE(change_->read_listener([] {}, [&](const Datagram& record) {
      taken_.emplace_back(record.text);
    }).is_ok());
  }

  ReadRing ring_ = ReadRing::in_memory(), aside_ = ReadRing::in_memory();
  UniqueFd multicast_;
  std::optional<SeatChange> change_;
  std::vector<std::string> taken_;
};

TEST_F(SeatChangeTest, EachRecordIsTakenWhenItComesFirst) {
  unicast("a");
  multicast("a");
  multicast("b");  // the old socket refused it
  multicast("c");
  unicast("c");
  unicast("b");    // and the kernel sends it to the new one, late
  EXPECT_EQ(taken_, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(SeatChangeTest, WhatTheKernelSaysTwiceIsTakenTwice) {
  unicast("same");
  unicast("same");
  multicast("same");
  multicast("same");
  multicast("same");
  unicast("same");
  EXPECT_EQ(taken_.size(), 3u);
}

TEST_F(SeatChangeTest, SameTextOfAnotherTypeIsAnotherRecord) {
  unicast("audit(1.000:1): ", 1320);
  multicast("audit(1.000:1): ", 1327);
  EXPECT_EQ(taken_.size(), 2u);
}

}  // namespace
}  // namespace spoor::agent
