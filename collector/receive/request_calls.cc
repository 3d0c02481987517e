#include "collector/receive/request_calls.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/receive/call_gate.h"
#include "common/thread_name.h"

namespace spoor::collector {
namespace {

constexpr const char* kStopping = "the collector is stopping";

grpc::Status to_grpc(const Status& status) {
  switch (status.code()) {
    case Code::ok: return grpc::Status::OK;
    case Code::invalid: return {grpc::StatusCode::INVALID_ARGUMENT, status.message()};
    case Code::denied: return {grpc::StatusCode::PERMISSION_DENIED, status.message()};
    // What our own disk or CA does is not the host's to mend: it comes back.
    default: return {grpc::StatusCode::UNAVAILABLE, status.message()};
  }
}

// The first certificate that the peer showed; gRPC says by it that the peer holds its key.
std::string certificate_of(const grpc::CallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (!auth) return "";
  const auto found = auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return found.empty() ? "" : std::string(found[0].data(), found[0].size());
}

std::string text_of(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string out;
  if (!bytes.Dump(&slices).ok()) return out;
  for (const grpc::Slice& slice : slices)
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return out;
}

class Call;

// The requests of one method, and the thread that answers them.
class Desk {
 public:
  explicit Desk(AnswerRequest answer) : answer_(std::move(answer)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Desk() { stop(); }
  void stop();
  // A request that was read.
  void add(const std::shared_ptr<Call>& call);

 private:
  void run();

  const AnswerRequest answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Call>> waiting_;
  bool is_over_ = false;
  std::thread thread_;
};

// Lives as long as gRPC needs it, until OnDone.
class Call final : public grpc::ServerGenericBidiReactor,
                   public OpenCall,
                   public std::enable_shared_from_this<Call> {
 public:
  Call(const RequestSurroundings& around, Desk& desk, grpc::CallbackServerContext& context)
      : around_(around),
        desk_(desk),
        caller_{address_of_peer(context.peer()), certificate_of(context)},
        // Who showed none is a stranger, and may send little.
        visitor_(caller_.certificate.empty() ? nullptr : around.find(context.peer())),
        context_(&context) {}

  void begin() {
    self_ = shared_from_this();
    const auto oldest = around_.calls.add(self_, around_.clock.now().boottime_ns);
    StartRead(&request_);
    for (const OpenCallRef& call : oldest) call->cut();
  }
  const RequestCaller& caller() const { return caller_; }
  std::string request() const { return text_of(request_); }
  void finish(const Result<std::string>& answer) {
    if (!answer.is_ok()) return Finish(to_grpc(answer.status()));
    const grpc::Slice slice(*answer);
    answer_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK);
  }

  const std::string& certificate() const override { return serial_; }
  void on_refused(const Refusal&) override {}
  void cut_overdue() override { cut(); }
  void cut_endless(bool) override {
    {
      const std::lock_guard lock(mutex_);
      if (!is_reading_ || !visitor_ || !long_read_.is_endless(*visitor_)) return;
    }
    around_.on_cut(caller_.address, "a request without an end");
    cut();
  }
  void cut() override {
    const std::lock_guard lock(context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  void OnReadDone(bool is_ok) override {
    {
      const std::lock_guard lock(mutex_);
      is_reading_ = false;
    }
    around_.calls.remove(self_, "", false);
    if (!is_ok) return finish(invalid("a call without a request"));
    if (request_.Length() > kRequestMessageBytesMax)
      return finish(invalid("a request is not that long"));
    desk_.add(self_);
  }
  void OnDone() override {
    {
      const std::lock_guard lock(context_mutex_);
      context_ = nullptr;
    }
    // May destroy this object: the last line.
    std::exchange(self_, nullptr).reset();
  }

 private:
  const RequestSurroundings& around_;
  Desk& desk_;
  const RequestCaller caller_;
  const std::string serial_;  // none: who is revoked is told so when he is answered
  const std::shared_ptr<Visitor> visitor_;
  grpc::ByteBuffer request_, answer_;
  std::mutex mutex_;
  bool is_reading_ = true;
  LongRead long_read_;
  std::shared_ptr<Call> self_;  // until OnDone
  // gRPC may end the call within TryCancel.
  std::recursive_mutex context_mutex_;
  grpc::CallbackServerContext* context_;  // until OnDone
};

void Desk::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Desk::add(const std::shared_ptr<Call>& call) {
  bool is_over = false;
  {
    const std::lock_guard lock(mutex_);
    is_over = is_over_;
    if (!is_over && waiting_.size() < kEnrolmentsWaitingMax) {
      waiting_.push_back(call);
      return changed_.notify_all();
    }
  }
  call->finish(unavailable(is_over ? kStopping
                                   : "many hosts ask for this at the moment: try again in a "
                                     "minute"));
}

void Desk::run() {
  name_this_thread("requests");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::shared_ptr<Call> call = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_over = is_over_;
    lock.unlock();
    call->finish(is_over ? unavailable(kStopping)
                         : answer_(call->caller(), call->request()));
    lock.lock();
  }
}

}  // namespace

class RequestCalls::Service final : public grpc::CallbackGenericService {
 public:
  Service(const RequestMethods& methods, RequestSurroundings around) : around_(std::move(around)) {
    for (const auto& [name, answer] : methods) desks_[name] = std::make_unique<Desk>(answer);
  }
  void stop() {
    for (const auto& [name, desk] : desks_) desk->stop();
  }
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto known = desks_.find(context->method());
    if (known == desks_.end()) return CallbackGenericService::CreateReactor(context);
    const auto call = std::make_shared<Call>(around_, *known->second, *context);
    call->begin();
    return call.get();
  }

 private:
  const RequestSurroundings around_;
  std::map<std::string, std::unique_ptr<Desk>> desks_;
};

RequestCalls::RequestCalls(const RequestMethods& methods, RequestSurroundings around)
    : service_(std::make_unique<Service>(methods, std::move(around))) {}

RequestCalls::~RequestCalls() = default;

grpc::CallbackGenericService& RequestCalls::service() { return *service_; }

void RequestCalls::stop() { service_->stop(); }

}  // namespace spoor::collector
