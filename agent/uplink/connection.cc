#include "agent/uplink/connection.h"

#include <grpcpp/grpcpp.h>

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/unique_fd.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::uplink {

struct Connection::Call {
  std::function<void()> wake;
  grpc::ClientContext context;
  std::unique_ptr<v1::Uplink::Stub> stub;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ShipRequest, v1::ShipResponse>> stream;
  mutable std::mutex mutex;
  std::condition_variable closed;
  std::vector<v1::ShipResponse> came;
  bool open = true;
  std::string problem;
  UniqueFd ended{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::thread reader, watcher;

  void watch(int stop_fd) {
    std::array<pollfd, 2> waits = {{{stop_fd, POLLIN, 0}, {ended.get(), POLLIN, 0}}};
    while (poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
    }
    context.TryCancel();
  }

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
    closed.notify_all();
    wake();
  }
};

Connection::Connection(std::shared_ptr<grpc::Channel> channel, int stop_fd,
                       std::function<void()> wake)
    : call_(std::make_unique<Call>()) {
  call_->wake = std::move(wake);
  call_->stub = v1::Uplink::NewStub(channel);
  call_->stream = call_->stub->Ship(&call_->context);
  call_->reader = std::thread([call = call_.get()] { call->read(); });
  call_->watcher = std::thread([call = call_.get(), stop_fd] { call->watch(stop_fd); });
}

Connection::~Connection() {
  eventfd_write(call_->ended.get(), 1);
  call_->watcher.join();
  call_->reader.join();
}

bool Connection::send(const v1::ShipRequest& request) {
  if (call_->stream->Write(request)) return true;
  // A call that takes nothing any more has ended: the reader is about to hear why.
  std::unique_lock lock(call_->mutex);
  call_->closed.wait(lock, [&] { return !call_->open; });
  return false;
}

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
