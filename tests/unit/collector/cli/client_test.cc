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

class Client : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-client-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    chmod(name, 0755);
    path_ = folder_ + "/query.sock";
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    std::filesystem::remove_all(folder_);
  }

  void serve() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + path_, grpc::InsecureServerCredentials());
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  Status trail(size_t* count = nullptr) {
    QueryClient client("unix:" + path_);
    return client.trail("web1:6", [&](const v1::TrailItem&) {
      if (count != nullptr) ++*count;
      return true;
    });
  }

  std::string folder_;
  std::string path_;
  FakeQuery service_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(Client, AsksAndHandsOn) {
  serve();
  QueryClient client("unix:" + path_);
  v1::SessionsRequest request;
  request.set_user("bob");
  const auto response = client.sessions(request);
  ASSERT_TRUE(response.is_ok()) << response.status().message();
  EXPECT_EQ(response->sessions(0).login_name(), "bob");
  size_t count = 0;
  EXPECT_TRUE(trail(&count).is_ok());
  EXPECT_EQ(count, 3U);
}

TEST_F(Client, TakesTheLargestEvent) {
  serve();
  service_.argument_bytes = 9 << 20;
  service_.items = 1;
  size_t count = 0;
  EXPECT_TRUE(trail(&count).is_ok());
  EXPECT_EQ(count, 1U);
}

TEST_F(Client, StopsWhenNoMoreIsWanted) {
  serve();
  service_.items = 1'000;  // less than the window: the server is never left waiting
  QueryClient client("unix:" + path_);
  size_t count = 0;
  EXPECT_TRUE(client.trail("x", [&](const v1::TrailItem&) { return ++count < 5; }).is_ok());
  EXPECT_EQ(count, 5U);
}

TEST_F(Client, SaysWhatToDoForEachRefusal) {
  serve();
  const struct {
    grpc::StatusCode code;
    Code expected;
    const char* words;
  } cases[] = {
      {grpc::StatusCode::NOT_FOUND, Code::not_found, "`spoor sessions` lists"},
      {grpc::StatusCode::FAILED_PRECONDITION, Code::invalid, "web1:6.k3f\\n web1:6.x2b"},
      {grpc::StatusCode::INVALID_ARGUMENT, Code::invalid, "does not understand"},
      {grpc::StatusCode::PERMISSION_DENIED, Code::denied, "refuses"},
      {grpc::StatusCode::UNIMPLEMENTED, Code::internal, "Upgrade"},
      {grpc::StatusCode::DATA_LOSS, Code::internal, "failed"},
      {grpc::StatusCode::UNAVAILABLE, Code::unavailable, "went away"},
  };
  for (const auto& c : cases) {
    service_.answer = grpc::Status(c.code, "web1:6.k3f\n web1:6.x2b\x1b");
    size_t count = 0;
    const Status status = trail(&count);
    EXPECT_EQ(status.code(), c.expected) << status.message();
    EXPECT_NE(status.message().find(c.words), std::string::npos) << status.message();
    EXPECT_EQ(status.message().find('\x1b'), std::string::npos);
    EXPECT_EQ(count, 3U);  // what came before the failure was handed on
  }
}

TEST_F(Client, NoSocket) {
  const Status status = trail();
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("Is spoor-collector running"), std::string::npos);
}

TEST_F(Client, ASocketThatNobodyListensOn) {
  {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  const Status status = trail();
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_NE(status.message().find("nobody listens there"), std::string::npos);
}

TEST_F(Client, ASocketThatMayNotBeOpenedNamesItsGroup) {
  serve();
  ASSERT_EQ(chown(path_.c_str(), getuid(), 0), 0);
  const Status status = unreachable(path_, EACCES);
  EXPECT_EQ(status.code(), Code::denied);
  EXPECT_NE(status.message().find("the members of group root"), std::string::npos)
      << status.message();
  EXPECT_NE(unreachable("/nowhere\x1b", EACCES).message().find("its group"), std::string::npos);
}

}  // namespace
}  // namespace spoor::cli
