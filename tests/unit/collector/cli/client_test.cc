#include "collector/cli/client.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "common/unique_fd.h"
#include "spoor/v1/query.grpc.pb.h"

namespace spoor::cli {
namespace {

// A collector that answers as told.
class FakeQuery final : public v1::Query::Service {
 public:
  grpc::Status Sessions(grpc::ServerContext*, const v1::SessionsRequest* request,
                        v1::SessionsResponse* response) override {
    response->add_sessions()->set_login_name(request->user());
    return answer;
  }
  grpc::Status Trail(grpc::ServerContext*, const v1::TrailRequest* request,
                     grpc::ServerWriter<v1::TrailItem>* writer) override {
    for (uint64_t i = 0; i < items; ++i) {
      v1::TrailItem item;
      item.mutable_command()->set_number(i);
      item.mutable_command()->add_args(request->session());
      item.mutable_command()->add_args(std::string(argument_bytes, 'x'));
      if (!writer->Write(item)) break;
    }
    return answer;
  }

  grpc::Status answer;
  uint64_t items = 3;
  size_t argument_bytes = 0;
};

// Tests that need a collector share one server: to take a gRPC server down can last 10 s.
class Client : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<Shared>();
    char name[] = "/tmp/spoor-client-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    shared_->folder = name;
    shared_->path = shared_->folder + "/query.sock";
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + shared_->path, grpc::InsecureServerCredentials());
    builder.RegisterService(&shared_->service);
    shared_->server = builder.BuildAndStart();
    ASSERT_NE(shared_->server, nullptr);
  }
  static void TearDownTestSuite() {
    shared_->server->Shutdown(std::chrono::system_clock::now());
    std::filesystem::remove_all(shared_->folder);
    shared_.reset();
  }
  void SetUp() override {
    service().answer = grpc::Status::OK;
    service().items = 3;
    service().argument_bytes = 0;
  }

  static FakeQuery& service() { return shared_->service; }
  static std::string path() { return shared_->path; }
  static std::string other_path() { return shared_->folder + "/other.sock"; }
  static Status trail(const std::string& path, size_t* count = nullptr) {
    QueryClient client("unix:" + path);
    return client.trail("web1:6", [&](const v1::TrailItem&) {
      if (count != nullptr) ++*count;
      return true;
    });
  }

 private:
  struct Shared {
    std::string folder;
    std::string path;
    FakeQuery service;
    std::unique_ptr<grpc::Server> server;
  };
  static std::unique_ptr<Shared> shared_;
};

std::unique_ptr<Client::Shared> Client::shared_;

TEST_F(Client, AsksAndHandsOn) {
  QueryClient client("unix:" + path());
  v1::SessionsRequest request;
  request.set_user("bob");
  const auto response = client.sessions(request);
  ASSERT_TRUE(response.is_ok()) << response.status().message();
  EXPECT_EQ(response->sessions(0).login_name(), "bob");
  size_t count = 0;
  EXPECT_TRUE(trail(path(), &count).is_ok());
  EXPECT_EQ(count, 3U);
}

TEST_F(Client, TakesTheLargestEvent) {
  service().argument_bytes = 9 << 20;
  service().items = 1;
  size_t count = 0;
  EXPECT_TRUE(trail(path(), &count).is_ok());
  EXPECT_EQ(count, 1U);
}

TEST_F(Client, StopsWhenNoMoreIsWanted) {
  service().items = 1'000;  // less than the window: the server is never left waiting
  QueryClient client("unix:" + path());
  size_t count = 0;
  EXPECT_TRUE(client.trail("x", [&](const v1::TrailItem&) { return ++count < 5; }).is_ok());
  EXPECT_EQ(count, 5U);
}

TEST_F(Client, SaysWhatToDoForEachRefusal) {
  const struct {
    grpc::StatusCode code;
    Code expected;
    const char* words;
  } cases[] = {
      {grpc::StatusCode::NOT_FOUND, Code::not_found, "`spoor sessions` lists"},
      {grpc::StatusCode::FAILED_PRECONDITION, Code::not_found, "web1:6.k3f\\n web1:6.x2b"},
      {grpc::StatusCode::INVALID_ARGUMENT, Code::invalid, "does not understand"},
      {grpc::StatusCode::PERMISSION_DENIED, Code::denied, "refuses"},
      {grpc::StatusCode::UNIMPLEMENTED, Code::internal, "Upgrade"},
      {grpc::StatusCode::DATA_LOSS, Code::internal, "failed"},
      {grpc::StatusCode::UNAVAILABLE, Code::unavailable, "went away"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, Code::unavailable, "busy, try again"},
  };
  for (const auto& c : cases) {
    service().answer = grpc::Status(c.code, "web1:6.k3f\n web1:6.x2b\x1b");
    size_t count = 0;
    const Status status = trail(path(), &count);
    EXPECT_EQ(status.code(), c.expected) << status.message();
    EXPECT_NE(status.message().find(c.words), std::string::npos) << status.message();
    EXPECT_EQ(status.message().find('\x1b'), std::string::npos);
    EXPECT_EQ(count, 3U);  // what came before the failure was handed on
  }
}

TEST_F(Client, NoSocket) {
  const Status status = trail(other_path());
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("Is spoor-collector running"), std::string::npos);
}

TEST_F(Client, ASocketThatNobodyListensOn) {
  {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, other_path().c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  const Status status = trail(other_path());
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("nobody listens there"), std::string::npos);
}

TEST_F(Client, ASocketThatMayNotBeOpenedNamesItsGroup) {
  ASSERT_EQ(chown(path().c_str(), getuid(), 0), 0);
  const Status status = unreachable(path(), EACCES);
  EXPECT_EQ(status.code(), Code::denied);
  EXPECT_NE(status.message().find("the members of group root"), std::string::npos)
      << status.message();
  EXPECT_NE(unreachable("/nowhere\x1b", EACCES).message().find("its group"), std::string::npos);
}

}  // namespace
}  // namespace spoor::cli
