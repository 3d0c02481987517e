#include "collector/receive/network_listener.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <gmock/gmock.h>

#include "common/log.h"

namespace spoor::collector {
namespace {

bool can_connect(int port) {
  const UniqueFd caller(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(caller.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
}

TEST(NetworkListener, ListensWhereItIsTold) {
  for (const char* address : {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"}) {
    const auto listener = listen_on_network(address);
    ASSERT_TRUE(listener.is_ok()) << listener.status().message();
    EXPECT_GT(listener->port, 0);
    EXPECT_TRUE(can_connect(listener->port)) << address;
  }
}

// Which of two the kernel would give connections to is not for us to know.
TEST(NetworkListener, APortThatIsTakenIsSaidSo) {
  const auto first = listen_on_network("127.0.0.1:0");
  ASSERT_TRUE(first.is_ok());
  const std::string again = "127.0.0.1:" + std::to_string(first->port);
  const Status second = listen_on_network(again).status();
  EXPECT_EQ(second.code(), Code::denied);
  EXPECT_THAT(second.message(), testing::StartsWith("cannot listen on " + again + ": bind: "));
}

// What the collector logs while it listens on both 127.0.0.2 and that address.
std::string said_beside(const char* address, int port) {
  sockaddr_in at[2]{};
  addrinfo list[2]{};
  for (int i = 0; i < 2; ++i) {
    at[i].sin_family = AF_INET;
    at[i].sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, i == 0 ? address : "127.0.0.2", &at[i].sin_addr);
    list[i].ai_family = AF_INET;
    list[i].ai_socktype = SOCK_STREAM;
    list[i].ai_addr = reinterpret_cast<sockaddr*>(&at[i]);
    list[i].ai_addrlen = sizeof at[i];
  }
  list[0].ai_next = &list[1];
  testing::internal::CaptureStderr();
  open_log("spoor-test", "info");
  const auto listener = listen_on_each(list);
  EXPECT_TRUE(listener.is_ok()) << listener.status().message();
  EXPECT_EQ(listener.is_ok() ? listener->sockets.size() : 0, 1u);
  return testing::internal::GetCapturedStderr();
}

TEST(NetworkListener, OneOfSeveralThatFailsIsSaidUnlessItIsNotOurs) {
  const auto first = listen_on_network("127.0.0.1:0");
  ASSERT_TRUE(first.is_ok());
  EXPECT_THAT(said_beside("127.0.0.1", first->port),
              testing::HasSubstr("127.0.0.1:" + std::to_string(first->port) + ": bind: "));
  EXPECT_EQ(said_beside("192.0.2.1", first->port), "");
}

// Of one family or of both, at a port that is free.
UniqueFd listen_by_v6(bool is_alone, int& port) {
  UniqueFd out(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int v6_only = is_alone;
  ::setsockopt(out.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  sockaddr_in6 at{};
  at.sin6_family = AF_INET6;
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(out.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::listen(out.get(), 1), 0);
  EXPECT_EQ(::getsockname(out.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
  port = ntohs(at.sin6_port);
  return out;
}

TEST(NetworkListener, WhereIPv6FailsItIsSaidWhyAndWhatIsListenedOn) {
  int port = 0;
  const UniqueFd there = listen_by_v6(true, port);
  const std::string address = "0.0.0.0:" + std::to_string(port);
  testing::internal::CaptureStderr();
  open_log("spoor-test", "info");
  const auto listener = listen_on_network(address);
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(listener.is_ok()) << listener.status().message();
  EXPECT_TRUE(can_connect(port));
  EXPECT_THAT(said, testing::HasSubstr("listening on " + address + " by IPv4 alone; cannot listen "
                                       "on [::]:" + std::to_string(port) + ": bind: "));
}

TEST(NetworkListener, WhereBothFamiliesFailBothAreSaid) {
  int port = 0;
  const UniqueFd there = listen_by_v6(false, port);
  const std::string number = std::to_string(port);
  EXPECT_THAT(listen_on_network("0.0.0.0:" + number).status().message(),
              testing::MatchesRegex("cannot listen on 0.0.0.0:" + number +
                                    ": bind: .*; nor on \\[::]:" + number + ": bind: .*"));
}

TEST(NetworkListener, WhatIsNoAddressIsSaidSo) {
  for (const char* address : {"127.0.0.1", "192.0.2.1:0", "[::1:1", "127.0.0.1:x"})
    EXPECT_THAT(listen_on_network(address).status().message(),
                testing::StartsWith("cannot listen on "));
}

}  // namespace
}  // namespace spoor::collector
