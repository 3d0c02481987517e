#include "collector/receive/visitors.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>

#include "collector/connection_limits.h"
#include "collector/receive/network_listener.h"

namespace spoor::collector {
namespace {

// The test stands where gRPC does: it has the descriptors, and reads and closes them as it likes.
class VisitorsTest : public testing::Test {
 protected:
  void start(size_t descriptors_max = 10'000, const char* door = "127.0.0.1:0") {
    auto listener = listen_on_network(door);
    ASSERT_TRUE(listener.is_ok());
    port_ = listener->port;
    Visitors::Hooks hooks;
    hooks.admit = [this](int fd) {
      const std::lock_guard lock(mutex_);
      admitted_.push_back(std::make_unique<UniqueFd>(fd));
      changed_.notify_all();
    };
    hooks.on_cut = [this](const std::string& agent, const std::string& address,
                          const std::string& why) {
      const std::lock_guard lock(mutex_);
      cuts_.push_back(agent + "@" + address + ": " + why);
    };
    visitors_ = std::make_unique<Visitors>(std::move(listener->sockets), descriptors_max, clock_,
                                           std::move(hooks));
    visitors_->start();
  }
  UniqueFd call(uint32_t own_address = INADDR_LOOPBACK, int own_port = 0,
                uint32_t door = INADDR_LOOPBACK) {
    UniqueFd caller(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(caller.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_port = htons(static_cast<uint16_t>(own_port));
    own.sin_addr.s_addr = htonl(own_address);
    EXPECT_EQ(::bind(caller.get(), reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port_));
    to.sin_addr.s_addr = htonl(door);
    EXPECT_EQ(::connect(caller.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    return caller;
  }
  static int port_of(const UniqueFd& caller) {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(caller.get(), reinterpret_cast<sockaddr*>(&own), &size);
    return ntohs(own.sin_port);
  }
  // As gRPC names it.
  static std::string name_of(const UniqueFd& caller) {
    return "ipv4:127.0.0.1:" + std::to_string(port_of(caller));
  }
  // The door's end of the n-th that was let in.
  int door_end(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return admitted_.size() > n; });
    return admitted_[n]->get();
  }
  std::vector<std::string> cuts() {
    const std::lock_guard lock(mutex_);
    return cuts_;
  }
  // Sends so many bytes, which the door's end reads, and says whether all went.
  static bool send(const UniqueFd& caller, int door, size_t bytes) {
    const std::string text(1u << 14, 'x');
    std::string read(1u << 20, '\0');
    while (bytes > 0) {
      const ssize_t sent =
          ::send(caller.get(), text.data(), std::min(bytes, text.size()), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes -= static_cast<size_t>(sent);
      while (::recv(door, read.data(), read.size(), MSG_DONTWAIT) > 0) {
      }
    }
    return true;
  }
  // Waits until it is; the visitors' clock goes on meanwhile.
  void wait_until_reset(const UniqueFd& caller, int64_t step_ns = kNsPerSecond / 10) {
    char byte = 0;
    pollfd waits{caller.get(), POLLIN, 0};
    while (::poll(&waits, 1, 10) == 0) advance_ns(step_ns);
    EXPECT_EQ(::recv(caller.get(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
  }
  void advance_ns(int64_t ns) { clock_.late_ns += ns; }
  static bool is_open(const UniqueFd& caller) {
    char byte = 0;
    return ::recv(caller.get(), &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
  }

  class LateClock final : public Clock {
   public:
    Instant now() const override {
      Instant at = clock.now();
      at.boottime_ns += late_ns;
      return at;
    }
    int64_t suspended_ns() const override { return 0; }
    SystemClock clock;
    std::atomic<int64_t> late_ns = 0;
  };
  LateClock clock_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<UniqueFd>> admitted_;
  std::vector<std::string> cuts_;
  std::unique_ptr<Visitors> visitors_;
};

TEST_F(VisitorsTest, AStrangerMaySendAnEnrolment) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  EXPECT_TRUE(send(caller, door, kStrangerBytesMax - 1'000));
  const UniqueFd talker = call();
  while (send(talker, door_end(1), kStrangerBytesMax)) {
  }
  EXPECT_TRUE(is_open(caller));
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre(testing::StartsWith("@127.0.0.1: too much came")));
}

TEST_F(VisitorsTest, WhoShowedACertificateMaySendWhatIsTaken) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  const auto visitor = visitors_->vouch(name_of(caller), "web1");
  ASSERT_TRUE(visitor);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(send(caller, door, kUnreadBytesMax / 2));
    visitor->took(kUnreadBytesMax / 2);
    advance_ns(kNsPerSecond);
  }
  EXPECT_THAT(cuts(), testing::IsEmpty());
  while (send(caller, door, kUnreadBytesMax / 8)) {
  }
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre("web1@127.0.0.1: a message that is too long"));
}

TEST_F(VisitorsTest, StrangersGoAfterAWhileAndOthersStay) {
  start();
  const UniqueFd known = call();
  door_end(0);
  const auto visitor = visitors_->vouch(name_of(known), "web1");
  ASSERT_TRUE(visitor);
  wait_until_reset(call(), kNsPerSecond);
  EXPECT_TRUE(is_open(known));
  visitors_->leave(visitor);  // a stranger again
  wait_until_reset(known, kNsPerSecond);
  EXPECT_EQ(visitors_->vouch("ipv4:127.0.0.1:1", "web1"), nullptr);
  EXPECT_EQ(visitors_->vouch("unix:", "web1"), nullptr);
}

// gRPC would name both by that port: the second would have what the first has shown.
TEST_F(VisitorsTest, OfTwoFromOnePortTheSecondIsClosed) {
  start(10'000, "0.0.0.0:0");
  const UniqueFd first = call();
  door_end(0);
  const UniqueFd second = call(INADDR_LOOPBACK, port_of(first), INADDR_LOOPBACK + 1);
  char byte = 0;
  EXPECT_EQ(::recv(second.get(), &byte, 1, 0), 0);
  const auto visitor = visitors_->vouch(name_of(first), "web1");
  ASSERT_TRUE(visitor);
  wait_until_reset(call(), kNsPerSecond);
  EXPECT_TRUE(is_open(first));  // it is the one that was vouched for
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre("@127.0.0.1: a second connection from the same port"));
}

// Both ends of each connection are descriptors of this process.
TEST_F(VisitorsTest, StrangersMakeRoomForOthers) {
  constexpr size_t kMost = 400;
  start(kMost);
  const UniqueFd known = call();
  door_end(0);
  ASSERT_TRUE(visitors_->vouch(name_of(known), "web1"));
  std::vector<UniqueFd> crowd;
  for (size_t i = 0; i < kMost; ++i) crowd.push_back(call());
  wait_until_reset(crowd.front());
  EXPECT_TRUE(is_open(known));
  {
    const std::lock_guard lock(mutex_);
    for (const auto& fd : admitted_) EXPECT_LT(fd->get(), static_cast<int>(kMost));
  }
  crowd.clear();
  const size_t before = [&] {
    const std::lock_guard lock(mutex_);
    for (size_t i = 1; i < admitted_.size(); ++i) admitted_[i]->reset();
    return admitted_.size();
  }();
  const UniqueFd late = call();
  EXPECT_GE(door_end(before), 0);
  EXPECT_TRUE(is_open(late));
}

// A crowd of which each comes from a network of its own, as over IPv6 it may.
TEST_F(VisitorsTest, WhoHasJustComeStaysWhereAllNetworksHaveAsMany) {
  start(400);
  std::vector<UniqueFd> crowd;
  const auto gather = [&](uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
      crowd.push_back(call(INADDR_LOOPBACK + 0x10000 + static_cast<uint32_t>(crowd.size())));
  };
  gather(100);
  door_end(99);
  advance_ns(kNsPerSecond);
  const UniqueFd honest = call();
  door_end(100);
  gather(100);
  wait_until_reset(crowd.front(), 0);
  EXPECT_TRUE(is_open(honest));
}

// Over each of its connections less than one may leave unread: together they would fill what gRPC
// may hold for all.
TEST_F(VisitorsTest, AnAgentsConnectionsShareABound) {
  start();
  constexpr size_t kPiece = 1u << 20;
  std::vector<UniqueFd> callers;
  for (size_t i = 0; i < 4; ++i) {
    callers.push_back(call());
    door_end(i);
    ASSERT_TRUE(visitors_->vouch(name_of(callers[i]), "evil"));
  }
  const UniqueFd honest = call();
  const int door = door_end(callers.size());
  const auto visitor = visitors_->vouch(name_of(honest), "web1");
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(send(honest, door, kUnreadBytesMax - kPiece));
  // What is taken counts for none of them.
  const auto read = visitors_->vouch(name_of(callers[0]), "evil");
  ASSERT_TRUE(send(callers[0], door_end(0), kAgentUnreadBytesMax / 2));
  read->took(kAgentUnreadBytesMax / 2);

  ASSERT_TRUE(send(callers[1], door_end(1), kAgentUnreadBytesMax / 2));
  ASSERT_TRUE(send(callers[2], door_end(2), kAgentUnreadBytesMax / 2 - kPiece));
  EXPECT_THAT(cuts(), testing::IsEmpty());
  (void)send(callers[3], door_end(3), 2 * kPiece);
  wait_until_reset(callers[1]);  // which has most
  EXPECT_TRUE(is_open(callers[0]));
  EXPECT_TRUE(is_open(callers[2]));
  EXPECT_TRUE(is_open(callers[3]));
  EXPECT_TRUE(is_open(honest));
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre(
                          "evil@127.0.0.1: too much unread over several connections"));
}

// Statuses without a word, and beside them a message that never ends.
TEST_F(VisitorsTest, SmallMessagesHideNoOther) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  const auto visitor = visitors_->vouch(name_of(caller), "web1");
  ASSERT_TRUE(visitor);
  constexpr size_t kSmall = 1'000;
  for (size_t i = 0; i < kSmall; ++i) visitor->took(2);
  size_t sent = 0;
  for (; sent < 2 * kUnreadBytesMax && send(caller, door, 2 * 7 * kSmall); sent += 7 * kSmall) {
    for (size_t i = 0; i < kSmall; ++i) visitor->took(2);
  }
  EXPECT_LT(sent, 2 * kUnreadBytesMax);
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre("web1@127.0.0.1: a message that is too long"));
}

// Frames of 300 bytes, of which each goes alone: with what carries it, it takes 36 more.
TEST_F(VisitorsTest, AFrameIsTakenWithWhatCarriesIt) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  const auto visitor = visitors_->vouch(name_of(caller), "web1");
  ASSERT_TRUE(visitor);
  constexpr size_t kAtOnce = 1'000;
  for (size_t beside = 0; beside <= kUnreadBytesMax + (1u << 20); beside += 36 * kAtOnce) {
    ASSERT_TRUE(send(caller, door, 336 * kAtOnce));
    for (size_t i = 0; i < kAtOnce; ++i) visitor->took(300);
  }
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::IsEmpty());
}

// Pings and windows of an hour, ten times as many as an uplink sends.
TEST_F(VisitorsTest, WhatComesBesideMessagesIsForgotten) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  ASSERT_TRUE(visitors_->vouch(name_of(caller), "web1"));
  for (size_t sent = 0; sent < 2 * kUnreadBytesMax; sent += 15'000) {
    advance_ns(kNsPerSecond);
    ASSERT_TRUE(send(caller, door, 15'000));
  }
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::IsEmpty());
}

TEST_F(VisitorsTest, ALongReadIsSeenByWhatComesMeanwhile) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  const auto visitor = visitors_->vouch(name_of(caller), "web1");
  ASSERT_TRUE(visitor);
  LongRead read;
  read.begin();
  ASSERT_TRUE(send(caller, door, kWholeMessageBytesMax));
  EXPECT_FALSE(read.is_endless(*visitor));  // counts from here
  ASSERT_TRUE(send(caller, door, 1));
  EXPECT_FALSE(read.is_endless(*visitor));
  ASSERT_TRUE(send(caller, door, kWholeMessageBytesMax - 1));
  EXPECT_FALSE(read.is_endless(*visitor));
  visitor->took(1 << 20);  // another call's
  ASSERT_TRUE(send(caller, door, 1));
  EXPECT_TRUE(read.is_endless(*visitor));
  read.begin();
  EXPECT_FALSE(read.is_endless(*visitor));
}

TEST_F(VisitorsTest, AConnectionIsFoundAndKnowsItsCalls) {
  start();
  const UniqueFd caller = call();
  door_end(0);
  const auto visitor = visitors_->find(name_of(caller));
  ASSERT_TRUE(visitor);
  EXPECT_EQ(visitors_->vouch(name_of(caller), "web1"), visitor);
  EXPECT_FALSE(visitor->is_shared());
  EXPECT_EQ(visitors_->vouch(name_of(caller), "web1"), visitor);
  EXPECT_TRUE(visitor->is_shared());
  visitors_->leave(visitor);
  EXPECT_FALSE(visitor->is_shared());
  EXPECT_EQ(visitors_->find("unix:"), nullptr);
}

// What comes a little at a time, of a message that never ends.
TEST_F(VisitorsTest, ADripIsCutToo) {
  start();
  const UniqueFd caller = call();
  const int door = door_end(0);
  ASSERT_TRUE(visitors_->vouch(name_of(caller), "web1"));
  ASSERT_TRUE(send(caller, door, kUnreadBytesMax - (1u << 20)));
  bool is_cut = false;
  for (size_t sent = 0; sent < (2u << 20) && !is_cut; sent += 4'096) {
    is_cut = !send(caller, door, 4'096);
    advance_ns(kNsPerSecond / 20);
  }
  if (!is_cut) wait_until_reset(caller);
  visitors_->stop();
  EXPECT_THAT(cuts(), testing::ElementsAre("web1@127.0.0.1: a message that is too long"));
}

// The number is another connection's by now.
TEST_F(VisitorsTest, NobodyIsTakenForWhoHadHisDescriptor) {
  start();
  const UniqueFd first = call();
  const int door = door_end(0);
  const auto visitor = visitors_->vouch(name_of(first), "web1");
  ASSERT_TRUE(visitor);
  const UniqueFd other(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(::dup2(other.get(), door), door);  // closes the first's
  visitors_->leave(visitor);
  advance_ns(10 * kStrangerLifeNs);
  const UniqueFd second = call();
  door_end(1);
  ASSERT_TRUE(visitors_->vouch(name_of(second), "web2"));
  EXPECT_TRUE(is_open(second));
}

}  // namespace
}  // namespace spoor::collector
