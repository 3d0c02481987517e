// The change itself needs the kernel (tests/system/restart_test.py); here is what can stop it.
#include "agent/seat_change.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "agent/source/read_ring.h"
#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// The old socket is a Unix one; whoever has its other end is the kernel.
class SeatChangeTest : public testing::Test {
 protected:
  SeatChangeTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    kernel_.reset(fds[0]);
    socket_.emplace(AuditSocket::adopt(UniqueFd(fds[1]), ring_.audit()));
    old_ = socket_->fd();
  }
  void send(const std::string& text) {
    nlmsghdr header{};
    header.nlmsg_type = 1300;
    const std::string bytes = std::string(reinterpret_cast<char*>(&header), sizeof header) + text;
    ASSERT_GT(::send(kernel_.get(), bytes.data(), bytes.size(), 0), 0);
  }
  Result<bool> change(AuditSocket fresh) {
    return change_seat(*socket_, std::move(fresh),
                       {[] {}, [this](const Datagram& record) { taken_.emplace_back(record.text); },
                        [this] { ++published_; }},
                       {[this](int) {
                          EXPECT_EQ(releases_, 0) << "at any time one of them is kept";
                          EXPECT_NE(fcntl(old_, F_GETFD), -1);
                          ++keeps_;
                          return keeps_well_ ? ok() : unavailable("the manager does not answer");
                        },
                        [this] {
                          ++releases_;
                          return internal("the manager is gone");
                        }});
  }

  ReadRing ring_ = ReadRing::in_memory();
  UniqueFd kernel_;
  std::optional<AuditSocket> socket_;
  int old_ = -1, keeps_ = 0, releases_ = 0, published_ = 0;
  bool keeps_well_ = true;
  std::vector<std::string> taken_;
};

TEST_F(SeatChangeTest, WhoMayNotListenGoesOnWithTheOldSocket) {
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
  const UniqueFd other(fds[0]);
  send("a");
  const auto changed = change(AuditSocket::adopt(UniqueFd(fds[1]), ring_.audit()));
  ASSERT_TRUE(changed.is_ok());
  EXPECT_FALSE(*changed);
  EXPECT_EQ(socket_->fd(), old_);
  EXPECT_EQ(keeps_ + releases_, 0);
  EXPECT_TRUE(taken_.empty());
}

TEST_F(SeatChangeTest, OldSocketIsReadBeforeItGoes) {
  SPOOR_NEEDS_ROOT();
  auto fresh = AuditSocket::open(ring_.audit());
  ASSERT_TRUE(fresh.is_ok()) << fresh.status().message();
  send("a");
  send("b");
  const auto changed = change(std::move(fresh).value());
  EXPECT_EQ(changed.code(), Code::internal) << "the release failed";
  EXPECT_EQ(taken_, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(published_, 1);
  EXPECT_EQ(keeps_, 1);
  EXPECT_TRUE(socket_->listens());
}

TEST_F(SeatChangeTest, OldSocketStaysWhereTheNewOneCannotBeKept) {
  SPOOR_NEEDS_ROOT();
  auto fresh = AuditSocket::open(ring_.audit());
  ASSERT_TRUE(fresh.is_ok()) << fresh.status().message();
  send("a");
  keeps_well_ = false;
  const auto changed = change(std::move(fresh).value());
  ASSERT_TRUE(changed.is_ok());
  EXPECT_FALSE(*changed);
  EXPECT_EQ(socket_->fd(), old_);
  EXPECT_EQ(releases_, 0);
  EXPECT_EQ(taken_, (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace spoor::agent
