#include "agent/correlate/network_facts.h"

#include "tests/unit/agent/correlate/call_event.h"

namespace spoor::agent {
namespace {

using test::CallEvent;

std::string read(const CallEvent& event) {
  static const char* const kNames[] = {"unknown", "connect", "bind", "accept", "listen", "send"};
  const AuditEvent decoded = test::decoded(event);
  std::string path;
  const auto network = network_of(decoded, path);
  if (!network) return "none";
  std::string text = kNames[static_cast<int>(network->operation)];
  text += " " + std::string(network->family);
  text += " " + std::string(network->local_address) + ":" + std::to_string(network->local_port);
  text += " " + std::string(network->remote_address) + ":" + std::to_string(network->remote_port);
  return text + " " + std::string(network->path);
}

CallEvent call(uint32_t number, const std::string& address, std::vector<uint64_t> args = {3}) {
  CallEvent event{.number = number, .args = std::move(args)};
  if (!address.empty()) event.others = {{1306, "saddr=" + address}};
  return event;
}

const char* kWeb = "02000050CB0071070000000000000000";  // 203.0.113.7:80

TEST(NetworkFacts, TheRecordIsTheOtherSidesAddressOrOurs) {
  EXPECT_EQ(read(call(42, kWeb)), "connect inet :0 203.0.113.7:80 ");
  EXPECT_EQ(read(call(49, kWeb)), "bind inet 203.0.113.7:80 :0 ");
  EXPECT_EQ(read(call(43, kWeb)), "accept inet :0 203.0.113.7:80 ");
  EXPECT_EQ(read(call(288, kWeb)), "accept inet :0 203.0.113.7:80 ");
  EXPECT_EQ(read(call(44, kWeb)), "send inet :0 203.0.113.7:80 ");
  EXPECT_EQ(read(call(50, "")), "listen  :0 :0 ");
  EXPECT_EQ(read(call(42, "0A0001BB0000000020010DB800000000000000000000000100000000")),
            "connect inet6 :0 2001:db8::1:443 ");
  // A pointer to nowhere: there is no address.
  EXPECT_EQ(read(call(42, "")), "connect  :0 :0 ");
  EXPECT_EQ(read(call(45, kWeb)), "none");  // recvfrom
  EXPECT_EQ(read(call(41, "")), "none");    // socket
}

TEST(NetworkFacts, LocalSockets) {
  // /run/x, x, and an abstract name, which is in no folder.
  EXPECT_EQ(read(call(42, "01002F72756E2F7800")), "connect unix :0 :0 /run/x");
  EXPECT_EQ(read(call(49, "01007800")), "bind unix :0 :0 /home/alice/x");
  EXPECT_EQ(read(call(42, "0100006162")), std::string("connect unix :0 :0 ") + '\0' + "ab");
  EXPECT_EQ(read(call(49, "100000000100000001000000")), "bind netlink 1:0 :0 ");
}

TEST(NetworkFacts, ThroughSocketcall) {
  const auto through = [](uint64_t number) {
    CallEvent event = call(102, kWeb, {number, 0xbf00});
    event.arch = 0x40000003;
    return read(event);
  };
  EXPECT_EQ(through(3), "connect inet :0 203.0.113.7:80 ");
  EXPECT_EQ(through(2), "bind inet 203.0.113.7:80 :0 ");
  EXPECT_EQ(through(4), "listen inet :0 203.0.113.7:80 ");
  EXPECT_EQ(through(18), "accept inet :0 203.0.113.7:80 ");
  EXPECT_EQ(through(11), "send inet :0 203.0.113.7:80 ");
  EXPECT_EQ(through(1), "none");
}

TEST(NetworkFacts, ThroughARing) {
  const std::string head = test::stamp(5000, 1);
  const AuditEvent event = test::decoded({
      {1336, head + "uring_op=16 success=no exit=-111 items=0 ppid=60 pid=70 uid=0 gid=0 euid=0 "
                    "suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 key=\"ring\""},
      {1306, head + "saddr=" + kWeb}});
  std::string path;
  const auto network = network_of(event, path);
  ASSERT_TRUE(network.has_value());
  EXPECT_EQ(network->operation, Network::Operation::connect);
  EXPECT_EQ(network->remote_port, 80u);
}

}  // namespace
}  // namespace spoor::agent
