// An uplink without rules: says what a test tells it to, over gRPC and a Unix socket.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <optional>
#include <string>

#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor {

class RawUplink {
 public:
  explicit RawUplink(const std::string& address)
      : RawUplink(address, grpc::InsecureChannelCredentials()) {}
  // Over TLS: the server's certificate is one for `localhost`.
  RawUplink(const std::string& address, std::shared_ptr<grpc::ChannelCredentials> credentials,
            grpc::ChannelArguments arguments = {}) {
    // Each uplink a connection of its own.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    stub_ = v1::Uplink::NewStub(grpc::CreateCustomChannel(address, credentials, arguments));
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
    call_ = stub_->Ship(&context_);
  }
  // Of one to which nothing can be sent that it does not read.
  static grpc::ChannelArguments deaf() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
    // With it gRPC offers 4 MiB whatever was asked for.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return arguments;
  }
  ~RawUplink() {
    context_.TryCancel();
    if (!finished_) finish();
  }

  bool send(const v1::ShipRequest& request) { return call_->Write(request); }
  // The next answer; nullopt when the call has ended.
  std::optional<v1::ShipResponse> receive() {
    v1::ShipResponse response;
    if (!call_->Read(&response)) return std::nullopt;
    return response;
  }
  // Reads until the stream is committed up to `sequence`; false when the call ends before.
  bool wait_committed(const std::string& stream, uint64_t sequence) {
    while (const auto response = receive()) {
      if (response->has_commit() && response->commit().stream() == stream &&
          response->commit().sequence() >= sequence)
        return true;
    }
    return false;
  }
  // Reads until Refuse; unspecified when the call ends without.
  v1::Refuse::Code wait_refused() {
    while (const auto response = receive()) {
      if (response->has_refuse()) return response->refuse().code();
    }
    return v1::Refuse::CODE_UNSPECIFIED;
  }
  void hang_up() { call_->WritesDone(); }
  grpc::Status finish() {
    finished_ = true;
    return call_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::Uplink::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ShipRequest, v1::ShipResponse>> call_;
  bool finished_ = false;
};

}  // namespace spoor
