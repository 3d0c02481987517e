#include "collector/receive/request_calls.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "spoor/v1/uplink.grpc.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/silent_request.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

class RequestCallsTest : public testing::Test {
 protected:
  RequestCallsTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(&requests_.service());
    server_ = builder.BuildAndStart();
  }
  ~RequestCallsTest() override { release(); }

  Result<std::string> answer(const std::string& bytes) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    v1::EnrolRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    if (request.host() == "denied") return denied("not this one");
    if (request.host() == "invalid") return invalid("not so");
    if (request.host() == "full") return full("not now");
    v1::Identity identity;
    identity.set_agent("agent of " + request.host());
    return identity.SerializeAsString();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
  }
  // Until the thread is at so many requests, one after the other.
  void wait_asked(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= count; });
  }
  grpc::Status enrol(const v1::EnrolRequest& request, v1::Identity& identity) {
    const auto stub = v1::Enrolment::NewStub(channel_);
    grpc::ClientContext context;
    return stub->Enrol(&context, request, &identity);
  }
  grpc::Status enrol(const std::string& host) {
    v1::EnrolRequest request;
    request.set_host(host);
    v1::Identity identity;
    return enrol(request, identity);
  }

  TempFolder folder_;
  const std::string address_ = "unix:" + (folder_ / "socket");
  FakeClock clock_;
  OpenCalls calls_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_ = false;
  int asked_ = 0;
  RequestCalls requests_{
      {{"/spoor.v1.Enrolment/Enrol",
        [this](const RequestCaller&, const std::string& bytes) { return answer(bytes); }}},
      {calls_, clock_, {}, {}}};
  std::unique_ptr<grpc::Server> server_;
  const std::shared_ptr<grpc::Channel> channel_ =
      grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
};

TEST_F(RequestCallsTest, AnswersInGrpcsWords) {
  v1::EnrolRequest request;
  request.set_host("web1");
  v1::Identity identity;
  EXPECT_TRUE(enrol(request, identity).ok());
  EXPECT_EQ(identity.agent(), "agent of web1");
  EXPECT_EQ(enrol("denied").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(enrol("invalid").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(enrol("full").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(enrol("full").error_message(), "not now");
  grpc::ClientContext context;
  EXPECT_EQ(v1::Enrolment::NewStub(channel_)->Renew(&context, {}, &identity).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(calls_.all().empty());
}

TEST_F(RequestCallsTest, ARequestHasItsSize) {
  v1::EnrolRequest request;
  request.set_token(std::string(kRequestMessageBytesMax - 4, 't'));
  ASSERT_EQ(request.ByteSizeLong(), kRequestMessageBytesMax);
  v1::Identity identity;
  EXPECT_TRUE(enrol(request, identity).ok());
  request.mutable_token()->push_back('t');
  EXPECT_EQ(enrol(request, identity).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(asked_, 1);
}

// The second has its request, and waits for its answer for as long as that takes.
TEST_F(RequestCallsTest, ARequestThatDoesNotComeIsCut) {
  is_held_ = true;
  SilentRequest silent(channel_);
  std::jthread slow([&] { EXPECT_TRUE(enrol("web1").ok()); });
  wait_asked(1);
  while (calls_.all().empty()) std::this_thread::yield();
  const int64_t begun_ns = clock_.now().boottime_ns;
  EXPECT_THAT(calls_.take_overdue(begun_ns + kHelloWaitNs - 1), testing::IsEmpty());
  const auto overdue = calls_.take_overdue(begun_ns + kHelloWaitNs);
  ASSERT_EQ(overdue.size(), 1u);
  overdue.front()->cut_overdue();
  EXPECT_EQ(silent.finish(), grpc::StatusCode::CANCELLED);
  release();
}

TEST_F(RequestCallsTest, WhoComesToAFullQueueComesBack) {
  is_held_ = true;
  std::vector<std::jthread> waiting;
  std::atomic<int> well = 0;
  const auto ask = [&] { well += enrol("web1").ok(); };
  waiting.emplace_back(ask);
  wait_asked(1);
  std::atomic<bool> is_full = false;
  for (int i = 0; i <= kEnrolmentsWaitingMax; ++i) {
    waiting.emplace_back([&] {
      const grpc::Status status = enrol("web1");
      well += status.ok();
      if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return;
      EXPECT_THAT(status.error_message(), testing::HasSubstr("many hosts"));
      is_full = true;
      release();
    });
  }
  waiting.clear();
  EXPECT_TRUE(is_full);
  EXPECT_EQ(well, kEnrolmentsWaitingMax + 1);
}

TEST_F(RequestCallsTest, WhoWaitsWhenItStopsComesBack) {
  is_held_ = true;
  std::jthread first([&] { EXPECT_TRUE(enrol("web1").ok()); });
  wait_asked(1);
  std::jthread stopping([&] { requests_.stop(); });
  const auto stub = v1::Enrolment::NewStub(channel_);
  // Those that come before it does are given up here, and wait there.
  for (grpc::Status status; status.error_message() != "the collector is stopping";) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
    v1::Identity identity;
    status = stub->Enrol(&context, {}, &identity);
  }
  release();
  stopping.join();
  EXPECT_EQ(asked_, 1);
}

}  // namespace
}  // namespace spoor::collector
