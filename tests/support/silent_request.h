// A call of Enrol that does not say its request.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>

namespace spoor {

class SilentRequest {
 public:
  explicit SilentRequest(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(channel),
        call_(stub_.PrepareCall(&context_, "/spoor.v1.Enrolment/Enrol", &queue_)) {
    call_->StartCall(this);
    wait();
  }
  ~SilentRequest() {
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool is_ok = false; queue_.Next(&tag, &is_ok);) {
    }
  }
  grpc::StatusCode finish() {
    grpc::Status status;
    call_->Finish(&status, this);
    wait();
    return status.error_code();
  }

 private:
  void wait() {
    void* tag = nullptr;
    bool is_ok = false;
    (void)queue_.Next(&tag, &is_ok);
  }
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace spoor
