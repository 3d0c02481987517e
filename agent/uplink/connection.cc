#include "agent/uplink/connection.h"

#include <grpcpp/grpcpp.h>

#include <poll.h>

#include <utility>

#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::uplink {
namespace {

constexpr int64_t kStopLookMs = 100;
// gRPC rounds up to whole milliseconds: to wait for none would be to sleep for one.
constexpr int64_t kNoWaitMs = -1;
// What came and was not taken: thousands of commits. Reached: no more is read, and the collector
// has to wait.
constexpr size_t kCameBytesMax = 1u << 20;

}  // namespace

struct Connection::Call {
  Call(const std::shared_ptr<grpc::Channel>& channel, int stop)
      : stop_fd(stop), stub(v1::Uplink::NewStub(channel)) {
    // It goes out with the first message.
    context.set_initial_metadata_corked(true);
    stream = stub->PrepareAsyncShip(&context, &queue);
    stream->StartCall(nullptr);
  }

  // Takes one thing that gRPC has done, or does within that time; false where there is none.
  bool take_done(int64_t wait_ms) {
    void* what = nullptr;
    bool worked = false;
    const gpr_timespec wait = gpr_time_from_millis(wait_ms, GPR_TIMESPAN);
    if (queue.AsyncNext(&what, &worked, wait) != grpc::CompletionQueue::GOT_EVENT) return false;
    if (what == &write) {
      is_writing = false;
      is_taken = worked;
    } else if (what == &response) {
      if (worked) {
        came_bytes += response.ByteSizeLong();
        came.push_back(std::move(response));
        is_reading = false;
        if (came_bytes < kCameBytesMax) read_next();
      } else {
        // A call that brings nothing any more has ended: gRPC knows why.
        is_ending = true;
        stream->Finish(&status, &status);
      }
    } else {
      is_open = false;
    }
    return true;
  }

  void wait_and_take_done() {
    if (take_done(kStopLookMs)) return;
    pollfd stop{stop_fd, POLLIN, 0};
    if (poll(&stop, 1, 0) > 0) context.TryCancel();
  }

  void read_next() {
    is_reading = true;
    stream->Read(&response, &response);
  }

  const int stop_fd;
  std::unique_ptr<v1::Uplink::Stub> stub;
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::ShipRequest, v1::ShipResponse>> stream;
  // Their addresses are their names in the queue.
  char write = 0;
  v1::ShipResponse response;
  grpc::Status status;
  std::vector<v1::ShipResponse> came;
  size_t came_bytes = 0;
  bool is_writing = false, is_reading = false, is_ending = false;
  bool is_taken = true;  // what was written last; else the other side wants no more
  bool is_open = true;
};

Connection::Connection(const std::shared_ptr<grpc::Channel>& channel, int stop_fd)
    : call_(std::make_unique<Call>(channel, stop_fd)) {}

Connection::~Connection() {
  call_->context.TryCancel();
  call_->queue.Shutdown();
  void* what = nullptr;
  for (bool worked = false; call_->queue.Next(&what, &worked);) continue;
}

bool Connection::send(const v1::ShipRequest& request) {
  Call& call = *call_;
  if (call.is_taken && !call.is_ending) {
    call.is_writing = true;
    call.stream->Write(request, grpc::WriteOptions().set_write_through(), &call.write);
    // Who refuses may do so before it has taken all of the first message.
    if (!call.is_reading && call.came_bytes < kCameBytesMax) call.read_next();
    while (call.is_writing) call.wait_and_take_done();
  }
  // What it says of that comes before its end.
  while ((!call.is_taken || call.is_ending) && call.is_open) {
    if (!call.is_reading) call.read_next();
    call.wait_and_take_done();
  }
  return call.is_open;
}

// What send() did leaves a mark in gRPC, at which it returns once without a look at the network.
std::vector<v1::ShipResponse> Connection::take() {
  for (int looks = 0; looks < 2;) looks = call_->take_done(kNoWaitMs) ? 0 : looks + 1;
  if (std::exchange(call_->came_bytes, 0) >= kCameBytesMax && !call_->is_reading)
    call_->read_next();
  return std::exchange(call_->came, {});
}

bool Connection::is_open() const { return call_->is_open; }

std::string Connection::problem() const {
  if (call_->is_open) return "";
  return call_->status.ok() ? "the collector closed the connection"
                            : call_->status.error_message();
}

}  // namespace spoor::uplink
