#include "agent/source/proc_connector.h"

#include <gtest/gtest.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>
#include <thread>

#include "agent/source/read_ring.h"
#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

void expect_request(int fd, uint32_t operation) {
  char request[256];
  const ssize_t size = recv(fd, request, sizeof request, MSG_DONTWAIT);
  ASSERT_EQ(size, static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(cn_msg) + sizeof operation));
  EXPECT_EQ(std::memcmp(request + size - sizeof operation, &operation, sizeof operation), 0);
}

// The real kernel: births and ends of our own children, and of their threads.
TEST(ProcConnectorTest, TellsOfBirthAndEndOfAChildAndOfItsThread) {
  SPOOR_NEEDS_ROOT();
  ReadRing ring = ReadRing::in_memory();
  auto connector = ProcConnector::open(ring.connector());
  ASSERT_TRUE(connector.is_ok()) << connector.status().message();
  const pid_t child = fork();
  if (child == 0) {
    std::thread([] {}).join();
    _exit(37);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  std::optional<ProcessMessage> birth, end;
  std::string kinds;
  while (!end) {
    pollfd wait{connector->fd(), POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 120'000), 1) << "the end was not told";
    const auto drained = connector->receive(1'000'000'000'000, [&](const ProcessMessage& m) {
      if (m.pid != static_cast<uint32_t>(child)) return;
      kinds += std::to_string(static_cast<int>(m.kind));
      if (m.kind == ProcessMessage::Kind::fork) birth = m;
      if (m.kind == ProcessMessage::Kind::exit) end = m;
    });
    ASSERT_TRUE(drained.is_ok());
  }
  ASSERT_TRUE(birth);
  // The thread is waited for before its end is told.
  EXPECT_TRUE(kinds == "0231" || kinds == "0213" || kinds == "021") << kinds;
  EXPECT_EQ(birth->parent_pid, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(end->wait_status, static_cast<uint32_t>(status));
  EXPECT_LT(birth->boottime_ns, end->boottime_ns);
  EXPECT_GT(birth->boottime_ns, 1'000'000'000'000) << "the suspended time is added";
  EXPECT_EQ(connector->drops(), 0u);
}

TEST(ProcConnectorTest, AProbeLeavesNoSubscription) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd ours(ends[0]), kernel(ends[1]);
  ASSERT_EQ(send(kernel.get(), "x", 1, 0), 1);  // it answers before it is asked
  const auto answers = probe_connector(ours.get(), 120'000);
  ASSERT_TRUE(answers.is_ok()) << answers.status().message();
  EXPECT_TRUE(*answers);
  for (const uint32_t operation : {PROC_CN_MCAST_LISTEN, PROC_CN_MCAST_IGNORE}) {
    expect_request(kernel.get(), operation);
  }
}

TEST(ProcConnectorTest, AStopEndsTheSubscription) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd kernel(ends[1]);
  ReadRing ring = ReadRing::in_memory();
  {
    const auto connector = ProcConnector::adopt(UniqueFd(ends[0]), ring.connector());
    ASSERT_TRUE(connector.unsubscribe().is_ok());
    expect_request(kernel.get(), PROC_CN_MCAST_IGNORE);
  }
  char more;
  EXPECT_LE(recv(kernel.get(), &more, 1, MSG_DONTWAIT), 0) << "one start, one end";
}

// As a socket that an older program left behind, which let nothing of threads through.
TEST(ProcConnectorTest, AnAdoptedSocketGetsOurFilter) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd kernel(ends[1]);
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, nothing};
  ASSERT_EQ(setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
  ReadRing ring = ReadRing::in_memory();
  const auto connector = ProcConnector::adopt(UniqueFd(ends[0]), ring.connector());
  std::string message(NLMSG_HDRLEN + sizeof(cn_msg) + sizeof(proc_event), '\0');
  const uint32_t what = proc_event::PROC_EVENT_EXIT;
  std::memcpy(message.data() + NLMSG_HDRLEN + sizeof(cn_msg), &what, sizeof what);
  ASSERT_GT(send(kernel.get(), message.data(), message.size(), 0), 0);
  char got[256];
  EXPECT_EQ(recv(ends[0], got, sizeof got, MSG_DONTWAIT), static_cast<ssize_t>(message.size()));
  const uint32_t other = proc_event::PROC_EVENT_EXEC;
  std::memcpy(message.data() + NLMSG_HDRLEN + sizeof(cn_msg), &other, sizeof other);
  (void)!send(kernel.get(), message.data(), message.size(), MSG_DONTWAIT);
  EXPECT_LT(recv(ends[0], got, sizeof got, MSG_DONTWAIT), 0);
}

// The real kernel: what comes after it is not heard.
TEST(ProcConnectorTest, AfterItNothingIsToldAnyMore) {
  SPOOR_NEEDS_ROOT();
  ReadRing ring = ReadRing::in_memory();
  auto connector = ProcConnector::open(ring.connector());
  ASSERT_TRUE(connector.is_ok()) << connector.status().message();
  ASSERT_TRUE(connector->unsubscribe().is_ok());
  const pid_t child = fork();
  if (child == 0) _exit(37);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  bool told = false, drained = false;
  while (!drained) {
    const auto received = connector->receive(
        0, [&](const ProcessMessage& m) { told = told || m.pid == static_cast<uint32_t>(child); });
    ASSERT_TRUE(received.is_ok());
    drained = *received;
  }
  EXPECT_FALSE(told);
}

TEST(ProcConnectorTest, AProbeOfTheKernel) {
  SPOOR_NEEDS_ROOT();
  const auto answers = connector_answers(120'000);
  ASSERT_TRUE(answers.is_ok()) << answers.status().message();
  EXPECT_TRUE(*answers);
}

}  // namespace
}  // namespace spoor::agent
