#include "agent/source/audit_socket.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

#include "agent/source/read_ring.h"
#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// A pair of Unix datagram sockets stands for the kernel: senders have no netlink port, as it has.
class AuditSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    kernel_.reset(pair[0]);
    socket_.emplace(AuditSocket::adopt(UniqueFd(pair[1]), ring_.audit()));
  }
  void send(uint16_t type, const std::string& text) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    // As the kernel's unicast records have it: without the header's own size.
    header.nlmsg_len = static_cast<uint32_t>(text.size());
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += text;
    ASSERT_EQ(::send(kernel_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  bool receive() {
    const auto drained = socket_->receive(
        {[this] { order_.push_back("received"); },
         [this](const Datagram& d) {
           order_.push_back(std::to_string(d.type) + " " + std::string(d.text));
         },
         [this] { order_.push_back("done"); }});
    EXPECT_TRUE(drained.is_ok());
    return drained.is_ok() && *drained;
  }

  ReadRing ring_ = ReadRing::in_memory();
  UniqueFd kernel_;
  std::optional<AuditSocket> socket_;
  std::vector<std::string> order_;
};

TEST_F(AuditSocketTest, RecordsComeWholeAndAfterTheBatchWasReceived) {
  send(1300, "audit(1.000:1): last sixteen bytes");
  send(1006, std::string("audit(1.000:2): LOGIN\0", 22));
  EXPECT_TRUE(receive());
  EXPECT_EQ(order_, (std::vector<std::string>{"received", "1300 audit(1.000:1): last sixteen bytes",
                                              "1006 audit(1.000:2): LOGIN", "done"}));
}

TEST_F(AuditSocketTest, AnswersAndRequestsAreNoRecords) {
  send(NLMSG_ERROR, std::string(4, '\0'));
  send(1000, "a status");
  send(1013, "a list");
  ASSERT_EQ(::send(kernel_.get(), "short", 5, 0), 5);
  EXPECT_TRUE(receive());
  EXPECT_EQ(order_, (std::vector<std::string>{"received", "done"}));
}

TEST_F(AuditSocketTest, FullBatchMayHaveMoreBehindIt) {
  for (int i = 0; i < 64; ++i) send(1320, "audit(1.000:1): ");
  EXPECT_FALSE(receive());
  EXPECT_TRUE(receive());
  EXPECT_EQ(order_.size(), 66u);
}

TEST(AuditSocketOpenTest, OpensWithoutTakingTheSeat) {
  SPOOR_NEEDS_ROOT();
  ReadRing ring = ReadRing::in_memory();
  auto socket = AuditSocket::open(ring.audit());
  ASSERT_TRUE(socket.is_ok()) << socket.status().message();
  EXPECT_EQ(socket->drops(), 0u);
}

}  // namespace
}  // namespace spoor::agent
