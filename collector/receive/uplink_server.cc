// A connection lives as long as gRPC (until OnDone) or the writer (through its shared_ptr) needs
// it. Its lock guards the session and the outbox. gRPC allows one read, one write and one Finish at
// a time; `reading_`, `writing_` and `finished_` keep count:
//
//   OnReadDone ─► session ─► outbox ─► pump: StartWrite … OnWriteDone ─► pump … Finish ─► OnDone
//   writer's on_commit ─► session ─┘
#include "collector/receive/uplink_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>

#include "collector/receive/outbox.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::collector {

namespace {

class Connection;

// The open connections: counted, and told when the collector stops.
class Connections {
 public:
  bool add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kConnectionsMax) return false;
    open_.insert(connection);
    return true;
  }
  void remove(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    open_.erase(connection);
  }
  std::set<std::shared_ptr<Connection>> all() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::set<std::shared_ptr<Connection>> open_;
};

class Connection final : public grpc::ServerBidiReactor<v1::ShipRequest, v1::ShipResponse>,
                         public Peer,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(Intake& intake, const Clock& clock, LogIdentity log, Connections& connections)
      : intake_(intake), session_(intake, clock, log), connections_(connections) {}

  void begin() {
    self_ = shared_from_this();
    const std::lock_guard lock(mutex_);
    if (connections_.add(self_))
      apply(read_on());
    else
      apply(session_.on_refused({v1::Refuse::CODE_UNAVAILABLE,
                                 "too many connections to this collector", kRetryAfterMs}));
  }

  void OnReadDone(bool is_ok) override {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (is_ok) return apply(session_.on_message(self_, request_));
    // The uplink has said its last word, or is gone. What it handed over is still committed.
    hung_up_ = true;
    pump();
  }
  void OnWriteDone(bool is_ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!is_ok) end_ = broken_ = true;
    pump();
  }
  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    end_ = broken_ = true;
    pump();
  }
  void OnDone() override {
    intake_.leave(this);
    connections_.remove(self_);
    // May destroy this object: the last line.
    std::exchange(self_, nullptr).reset();
  }

  void on_resume(ResumeAnswer answer) override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_resume(std::move(answer)));
  }
  void on_commit(const StreamHead& head, int64_t time_ns) override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_commit(head, time_ns));
  }
  void on_refused(const Refusal& refusal) override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_refused(refusal));
  }
  void on_room() override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_room());
  }

 private:
  static ShipSession::Reply read_on() {
    ShipSession::Reply reply;
    reply.read_on = true;
    return reply;
  }

  void apply(ShipSession::Reply reply) {
    for (v1::ShipResponse& message : reply.messages) outbox_.add(std::move(message));
    end_ = end_ || reply.end;
    if (reply.read_on && !reading_ && !hung_up_ && !end_ && !finished_) {
      reading_ = true;
      StartRead(&request_);
    }
    pump();
  }

  void pump() {
    if (writing_ || finished_) return;
    std::optional<v1::ShipResponse> next = broken_ ? std::nullopt : outbox_.take();
    if (next) {
      response_ = std::move(*next);
      writing_ = true;
      return StartWrite(&response_);
    }
    if (!end_ && !(hung_up_ && session_.all_durable())) return;
    finished_ = true;
    Finish(broken_ ? grpc::Status::CANCELLED : grpc::Status::OK);
  }

  Intake& intake_;
  std::mutex mutex_;
  ShipSession session_;
  Outbox outbox_;
  v1::ShipRequest request_;
  v1::ShipResponse response_;
  bool reading_ = false;
  bool writing_ = false;
  bool hung_up_ = false;   // nothing more will be read
  bool end_ = false;       // finish when all is sent
  bool broken_ = false;    // nothing more can be sent
  bool finished_ = false;
  Connections& connections_;
  std::shared_ptr<Connection> self_;  // until OnDone
};

class Service final : public v1::Uplink::CallbackService {
 public:
  Service(Intake& intake, const Clock& clock, LogIdentity log)
      : intake_(intake), clock_(clock), log_(log) {}

  grpc::ServerBidiReactor<v1::ShipRequest, v1::ShipResponse>* Ship(
      grpc::CallbackServerContext*) override {
    auto connection = std::make_shared<Connection>(intake_, clock_, log_, connections_);
    connection->begin();
    return connection.get();
  }
  Connections& connections() { return connections_; }

 private:
  Intake& intake_;
  const Clock& clock_;
  const LogIdentity log_;
  Connections connections_;
};

}  // namespace

struct UplinkServer::State {
  State(Intake& intake, const Clock& c, LogIdentity log) : clock(c), service(intake, c, log) {}
  const Clock& clock;
  Service service;
  std::unique_ptr<grpc::Server> server;
};

UplinkServer::UplinkServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<UplinkServer>> UplinkServer::start(const std::string& address,
                                                          Intake& intake, const Clock& clock,
                                                          LogIdentity log) {
  auto state = std::make_unique<State>(intake, clock, log);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  builder.SetResourceQuota(grpc::ResourceQuota("uplink").Resize(kGrpcBytesMax));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&state->service);
  state->server = builder.BuildAndStart();
  if (!state->server || port == 0) return denied("cannot listen on " + address);
  return std::unique_ptr<UplinkServer>(new UplinkServer(std::move(state)));
}

UplinkServer::~UplinkServer() {
  for (const auto& connection : state_->service.connections().all())
    connection->on_refused(
        {v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", kRetryAfterMs});
  // Long enough for a refusal to arrive; who does not read it is cut off.
  const std::chrono::nanoseconds until(state_->clock.now().realtime_ns + 2 * kNsPerSecond);
  state_->server->Shutdown(std::chrono::system_clock::time_point(until));
}

}  // namespace spoor::collector
