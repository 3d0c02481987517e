#include "agent/uplink/connection.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "agent/uplink/tls_channel.h"
#include "common/unique_fd.h"
#include "spoor/v1/uplink.grpc.pb.h"
#include "tests/support/temp_folder.h"

namespace spoor::uplink {
namespace {

// What goes over it is tested in uplink_test.cc.
TEST(ConnectionTest, SocketThatNobodyListensOnIsAProblemInWords) {
  const Address address = *parse_address("unix:/nowhere/at/all.sock");
  for (int i = 0; i < 20; ++i) {
    Connection connection(open_channel(address, nullptr), -1);
    EXPECT_TRUE(connection.is_open());
    EXPECT_FALSE(connection.send({}));
    EXPECT_FALSE(connection.send({}));
    EXPECT_FALSE(connection.is_open());
    EXPECT_FALSE(connection.problem().empty());
    EXPECT_TRUE(connection.take().empty());
  }
}

// Who takes the connection, and never says a word of HTTP/2.
TEST(ConnectionTest, AStopIsHeardWhileItConnects) {
  const TempFolder folder;
  const std::string path = folder / "mute.sock";
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  const UniqueFd mute(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(mute.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(mute.get(), 5), 0);
  const UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  std::thread stopping([&] {
    const UniqueFd caller(::accept(mute.get(), nullptr, nullptr));
    ::eventfd_write(stop.get(), 1);
    // The connection stays open until the call has ended.
    char byte = 0;
    while (::read(caller.get(), &byte, 1) > 0) {
    }
  });
  {
    Connection connection(open_channel(*parse_address("unix:" + path), nullptr), stop.get());
    while (connection.send({})) {
    }
    EXPECT_NE(connection.problem().find("CANCELLED"), std::string::npos) << connection.problem();
  }
  stopping.join();
}

// Says why, and takes nothing.
class Refusing final : public v1::Uplink::Service {
  grpc::Status Ship(grpc::ServerContext*,
                    grpc::ServerReaderWriter<v1::ShipResponse, v1::ShipRequest>* stream) override {
    v1::ShipResponse refuse;
    refuse.mutable_refuse()->set_text("no");
    stream->Write(refuse);
    return grpc::Status::OK;
  }
};

// A Hello of many epochs is larger than what the collector's side takes unread.
TEST(ConnectionTest, ARefusalIsHeardThoughTheHelloWasNotTaken) {
  const TempFolder folder;
  const std::string path = "unix:" + (folder / "refusing.sock");
  Refusing service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(path, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  v1::ShipRequest hello;
  hello.mutable_hello()->set_host(std::string(4u << 20, 'h'));
  for (int i = 0; i < 50; ++i) {
    Connection connection(open_channel(*parse_address(path), nullptr), -1);
    while (connection.send(hello)) {
    }
    const auto said = connection.take();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].refuse().text(), "no");
  }
}

// Says more and more, and reads nothing.
class Talkative final : public v1::Uplink::Service {
 public:
  static constexpr int kMost = 64;
  std::atomic<int> said = 0;

 private:
  grpc::Status Ship(grpc::ServerContext*,
                    grpc::ServerReaderWriter<v1::ShipResponse, v1::ShipRequest>* stream) override {
    v1::ShipResponse response;
    response.mutable_refuse()->set_text(std::string(1u << 20, 'r'));
    while (said < kMost && stream->Write(response)) ++said;
    return grpc::Status::OK;
  }
};

TEST(ConnectionTest, WhatNobodyTookYetIsBounded) {
  const TempFolder folder;
  const std::string path = "unix:" + (folder / "talkative.sock");
  Talkative service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(path, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  std::thread sending([&] {
    Connection connection(open_channel(*parse_address(path), nullptr), stop.get());
    v1::ShipRequest frame;
    frame.mutable_frame()->set_block(std::string(4u << 20, 'f'));
    while (connection.send(frame)) {
    }
  });
  // All of it is said at once where somebody listens.
  for (int i = 0; i < 100 && service.said < Talkative::kMost; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::eventfd_write(stop.get(), 1);
  sending.join();
  EXPECT_GT(service.said, 0);
  EXPECT_LT(service.said, 8);
}

}  // namespace
}  // namespace spoor::uplink
