#include "agent/source/connector_sequence.h"

#include <gtest/gtest.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "common/unique_fd.h"
#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

TEST(ConnectorSequenceTest, ProcessorsCountByThemselves) {
  ConnectorSequence sequence;
  for (uint32_t n = 0; n < 5; ++n) {
    sequence.note(0, 100 + n, 1'000 + n);
    sequence.note(1, 7 + n, 1'000 + n);
  }
  const auto skips = sequence.take();
  EXPECT_EQ(skips.numbers, 0u);
  EXPECT_EQ(skips.restarts, 0u);
  EXPECT_EQ(skips.within.until_ns, 0);
}

TEST(ConnectorSequenceTest, SkipsAreCountedOverTheWrapAndTheirTimeIsBounded) {
  ConnectorSequence sequence;
  sequence.note(0, 0xFFFFFFFD, 10);
  sequence.note(0, 0xFFFFFFFE, 20);
  sequence.note(1, 50, 25);
  sequence.note(0, 2, 30);   // FFFFFFFF, 0, 1
  sequence.note(1, 52, 35);  // 51
  sequence.note(0, 3, 40);
  const auto skips = sequence.take();
  EXPECT_EQ(skips.numbers, 4u);
  EXPECT_EQ(skips.within.from_ns, 20);
  EXPECT_EQ(skips.within.until_ns, 35);
  EXPECT_EQ(sequence.take().numbers, 0u) << "told once";
}

TEST(ConnectorSequenceTest, NumberThatGoesBackIsARestartAndNoLoss) {
  ConnectorSequence sequence;
  sequence.note(0, 900, 10);
  sequence.note(0, 0, 20);
  sequence.note(0, 1, 30);
  const auto skips = sequence.take();
  EXPECT_EQ(skips.restarts, 1u);
  EXPECT_EQ(skips.numbers, 0u);
}

// The real connector, without a filter: what a full buffer refuses is what the numbers skip.
class UnfilteredConnector {
 public:
  UnfilteredConnector() {
    fd_.reset(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
    const int on = 1;
    make_room(kRoomForAll);
    setsockopt(fd_.get(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = CN_IDX_PROC;
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    struct {
      nlmsghdr header;
      cn_msg message;
    } head{};
    const uint32_t operation = PROC_CN_MCAST_LISTEN;
    head.message.id = {CN_IDX_PROC, CN_VAL_PROC};
    head.message.len = sizeof operation;
    std::string request(reinterpret_cast<const char*>(&head), sizeof head);
    request.append(reinterpret_cast<const char*>(&operation), sizeof operation);
    const auto size = static_cast<uint32_t>(request.size());
    std::memcpy(request.data(), &size, sizeof size);
    const uint16_t type = NLMSG_DONE;
    std::memcpy(request.data() + offsetof(nlmsghdr, nlmsg_type), &type, sizeof type);
    EXPECT_GT(send(fd_.get(), request.data(), request.size(), 0), 0);
  }
  static constexpr int kRoomForAll = 8 << 20, kLittleRoom = 8 << 10;
  void make_room(int bytes) {
    EXPECT_EQ(setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes), 0);
  }
  void drain(ConnectorSequence& into) {
    std::array<char, 4096> bytes;
    for (ssize_t size; (size = recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;) {
      cn_msg message;
      proc_event event{};
      constexpr size_t kHead = NLMSG_HDRLEN + sizeof message;
      std::memcpy(&message, bytes.data() + NLMSG_HDRLEN, sizeof message);
      std::memcpy(&event, bytes.data() + kHead,
                  std::min(sizeof event, static_cast<size_t>(size) - kHead));
      // The answer to the subscription bears the asker's number and no processor.
      if (event.what == proc_event::PROC_EVENT_NONE) continue;
      into.note(event.cpu, message.seq, 1);
    }
  }
  uint32_t drops() const {
    std::array<uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    EXPECT_EQ(getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size), 0);
    return info[SK_MEMINFO_DROPS];
  }

 private:
  UniqueFd fd_;
};

void fork_on(int cpu, int times) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  for (int i = 0; i < times; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
}

TEST(ConnectorSequenceTest, WithoutAFilterDropsAreTheNumbersSkipped) {
  SPOOR_NEEDS_ROOT();
  cpu_set_t before, all;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  // Whatever we were limited to: messages of other processors are lost, too.
  std::memset(&all, 0xff, sizeof all);
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  UnfilteredConnector connector;
  ConnectorSequence sequence;
  const auto on_each = [&](int times) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &all)) fork_on(cpu, times);
    }
  };
  // Each processor speaks before and after, and is heard: so what lies between is seen to be
  // missing. Others' processes speak at any time, so nothing is lost but in between.
  on_each(1);
  connector.drain(sequence);
  connector.make_room(UnfilteredConnector::kLittleRoom);
  on_each(150);
  connector.make_room(UnfilteredConnector::kRoomForAll);
  on_each(1);
  connector.drain(sequence);
  sched_setaffinity(0, sizeof before, &before);
  EXPECT_GT(connector.drops(), 0u);
  EXPECT_EQ(sequence.take().numbers, connector.drops());
}

}  // namespace
}  // namespace spoor::agent
