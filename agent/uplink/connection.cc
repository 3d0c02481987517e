#include "agent/uplink/connection.h"

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <thread>

#include "agent/uplink/window.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::uplink {

struct Connection::Call {
  std::function<void()> wake;
  grpc::ClientContext context;
  std::unique_ptr<v1::Uplink::Stub> stub;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ShipRequest, v1::ShipResponse>> stream;
  mutable std::mutex mutex;
  std::vector<v1::ShipResponse> came;
  bool open = true;
  std::string problem;
  std::thread reader;

  void read() {
    v1::ShipResponse response;
    while (stream->Read(&response)) {
      {
        const std::lock_guard lock(mutex);
        came.push_back(std::move(response));
      }
      wake();
    }
    const grpc::Status status = stream->Finish();
    {
      const std::lock_guard lock(mutex);
      open = false;
      problem = status.ok() ? "the collector closed the connection" : status.error_message();
    }
    wake();
  }
};

Connection::Connection(const std::string& address, std::function<void()> wake)
    : call_(std::make_unique<Call>()) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A Unix socket's path is not a name that an authority header could carry.
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  call_->wake = std::move(wake);
  call_->stub = v1::Uplink::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  call_->stream = call_->stub->Ship(&call_->context);
  call_->reader = std::thread([call = call_.get()] { call->read(); });
}

Connection::~Connection() {
  call_->context.TryCancel();
  call_->reader.join();
}

bool Connection::send(const v1::ShipRequest& request) { return call_->stream->Write(request); }

std::vector<v1::ShipResponse> Connection::take() {
  const std::lock_guard lock(call_->mutex);
  return std::exchange(call_->came, {});
}

bool Connection::is_open() const {
  const std::lock_guard lock(call_->mutex);
  return call_->open;
}

std::string Connection::problem() const {
  const std::lock_guard lock(call_->mutex);
  return call_->problem;
}

}  // namespace spoor::uplink
