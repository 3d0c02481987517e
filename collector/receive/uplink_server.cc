// A connection lives as long as gRPC (until OnDone) or the writer (through its shared_ptr) needs
// it. Its lock guards the session and the outbox. gRPC allows one read, one write and one Finish at
// a time; `reading_`, `writing_` and `finished_` keep count:
//
//   OnReadDone ─► session ─► outbox ─► pump: StartWrite … OnWriteDone ─► pump … Finish ─► OnDone
//   writer's on_commit ─► session ─┘
#include "collector/receive/uplink_server.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <openssl/pem.h>

#include <chrono>
#include <cstdlib>
#include <list>
#include <map>
#include <mutex>
#include <set>

#include "collector/receive/call_gate.h"
#include "collector/receive/outbox.h"
#include "collector/receive/peer_identity.h"
#include "common/log.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::collector {

namespace {

class Connection;
using ConnectionRef = std::shared_ptr<Connection>;

// The open connections: counted, in all and by agent, and told when the collector stops.
class Connections {
 public:
  // Of an agent that has too many the oldest, which is to be cut, comes back in `oldest`.
  bool add(const ConnectionRef& connection, const std::string& agent, ConnectionRef& oldest) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kConnectionsMax) return false;
    open_.insert(connection);
    if (agent.empty()) return true;
    std::list<ConnectionRef>& of_agent = by_agent_[agent];
    of_agent.push_back(connection);
    if (of_agent.size() > kConnectionsPerAgentMax) {
      oldest = std::move(of_agent.front());
      of_agent.pop_front();
    }
    return true;
  }
  void remove(const ConnectionRef& connection, const std::string& agent) {
    const std::lock_guard lock(mutex_);
    open_.erase(connection);
    const auto known = by_agent_.find(agent);
    if (known == by_agent_.end()) return;
    known->second.remove(connection);
    if (known->second.empty()) by_agent_.erase(known);
  }
  std::set<ConnectionRef> all() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::set<ConnectionRef> open_;
  std::map<std::string, std::list<ConnectionRef>> by_agent_;
};

// What all connections share. Outlives them.
struct Shared {
  Intake& intake;
  const Clock& clock;
  LogIdentity log;
  ShipSession::KeepStatus keep_status;
  Connections connections;
};

class Connection final : public grpc::ServerBidiReactor<v1::ShipRequest, v1::ShipResponse>,
                         public Peer,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, grpc::CallbackServerContext& context, PeerFacts facts)
      : shared_(shared),
        agent_(facts.agent),
        certificate_(facts.certificate),
        session_(shared.intake, shared.clock, shared.log, std::move(facts), shared.keep_status),
        context_(&context) {}

  void begin() {
    self_ = shared_from_this();
    ConnectionRef oldest;
    {
      const std::lock_guard lock(mutex_);
      if (shared_.connections.add(self_, agent_, oldest))
        apply(read_on());
      else
        apply(session_.on_refused({v1::Refuse::CODE_UNAVAILABLE,
                                   "too many connections to this collector", kRetryAfterMs}));
    }
    if (oldest) oldest->cut();
  }

  const std::string& certificate() const { return certificate_; }
  // Ends the call now, whether its other side reads or not.
  void cut() {
    const std::lock_guard lock(context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
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
    {
      const std::lock_guard lock(context_mutex_);
      context_ = nullptr;
    }
    shared_.intake.leave(this);
    shared_.connections.remove(self_, agent_);
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

  Shared& shared_;
  const std::string agent_;        // by its certificate
  const std::string certificate_;  // its serial
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
  ConnectionRef self_;  // until OnDone
  // gRPC may end the call within TryCancel.
  std::recursive_mutex context_mutex_;
  grpc::CallbackServerContext* context_;  // until OnDone
};

// What gRPC's security says of a call; empty for the Unix socket.
std::string property(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

class Service final : public v1::Uplink::CallbackService {
 public:
  Service(Shared& shared, std::optional<PeerVerifier> verifier,
          std::function<bool(const PeerIdentity&)> is_revoked)
      : shared_(shared), verifier_(std::move(verifier)), is_revoked_(std::move(is_revoked)) {}

  grpc::ServerBidiReactor<v1::ShipRequest, v1::ShipResponse>* Ship(
      grpc::CallbackServerContext* context) override {
    auto connection = std::make_shared<Connection>(shared_, *context, who(*context));
    connection->begin();
    return connection.get();
  }

 private:
  PeerFacts who(const grpc::CallbackServerContext& context) {
    PeerFacts facts;
    facts.address = context.peer();
    const auto security = context.auth_context();
    const bool is_tls = property(*security, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) ==
                        GRPC_SSL_TRANSPORT_SECURITY_TYPE;
    if (!is_tls) return facts;
    const Instant now = shared_.clock.now();
    {
      const std::lock_guard lock(mutex_);
      const int64_t wait_ms = gate_.wait_ms(address_of_peer(facts.address), now.boottime_ns);
      if (wait_ms > 0) {
        facts.refusal = {v1::Refuse::CODE_UNAVAILABLE, "too many calls from this address",
                         static_cast<uint64_t>(wait_ms)};
        return facts;
      }
    }
    auto verified = verifier_->verify(property(*security, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                                      property(*security, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME),
                                      now.realtime_ns);
    if (auto* refusal = std::get_if<Refusal>(&verified)) {
      facts.refusal = std::move(*refusal);
      return facts;
    }
    PeerIdentity& identity = std::get<PeerIdentity>(verified);
    if (is_revoked_ && is_revoked_(identity))
      facts.refusal = {v1::Refuse::CODE_REVOKED, "this certificate was revoked", 0};
    facts.certificate = std::move(identity.serial);
    facts.agent = std::move(identity.agent);
    facts.machine_id = identity.machine_id;
    return facts;
  }

  Shared& shared_;
  const std::optional<PeerVerifier> verifier_;  // with a TLS door
  const std::function<bool(const PeerIdentity&)> is_revoked_;
  std::mutex mutex_;
  CallGate gate_;
};

// Neither who does not answer nor who opens calls without end holds a connection for long.
void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  builder.SetResourceQuota(grpc::ResourceQuota("uplink").Resize(kGrpcBytesMax));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
}

std::shared_ptr<grpc::ServerCredentials> credentials_of(const TlsDoor& door) {
  // gRPC asks for a certificate and takes any, or none: who() looks at it.
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.pem_root_certs = door.authorities;
  options.pem_key_cert_pairs.push_back({door.key, door.certificate});
  return grpc::SslServerCredentials(options);
}

}  // namespace

struct UplinkServer::State {
  State(Shared&& given, std::optional<PeerVerifier> verifier,
        std::function<bool(const PeerIdentity&)> is_revoked)
      : shared{given.intake, given.clock, std::move(given.log), std::move(given.keep_status), {}},
        service(shared, std::move(verifier), std::move(is_revoked)) {}
  Shared shared;
  Service service;
  int tls_port = 0;
  std::unique_ptr<grpc::Server> server;
};

UplinkServer::UplinkServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<UplinkServer>> UplinkServer::start(const UplinkDoors& doors, Intake& intake,
                                                          const Clock& clock, LogIdentity log,
                                                          ShipSession::KeepStatus keep_status) {
  CHECK(doors.tls.size() <= 1 && (!doors.tls.empty() || !doors.socket.empty()));
  const TlsDoor* tls = doors.tls.empty() ? nullptr : &doors.tls.front();
  std::optional<PeerVerifier> verifier;
  if (tls != nullptr) {
    ASSIGN_OR_RETURN(PeerVerifier trusting, PeerVerifier::trusting(tls->authorities));
    verifier = std::move(trusting);
  }
  auto state = std::make_unique<State>(
      Shared{intake, clock, std::move(log), std::move(keep_status), {}}, std::move(verifier),
      tls != nullptr ? tls->is_revoked : nullptr);
  grpc::ServerBuilder builder;
  set_limits(builder);
  int socket_port = 0;
  if (!doors.socket.empty())
    builder.AddListeningPort(doors.socket, grpc::InsecureServerCredentials(), &socket_port);
  if (tls != nullptr)
    builder.AddListeningPort(tls->address, credentials_of(*tls), &state->tls_port);
  builder.RegisterService(&state->service);
  for (grpc::Service* other : doors.others) builder.RegisterService(other);
  state->server = builder.BuildAndStart();
  if (!doors.socket.empty() && (!state->server || socket_port == 0))
    return denied("cannot listen on " + doors.socket);
  if (tls != nullptr && (!state->server || state->tls_port == 0))
    return denied("cannot listen on " + tls->address + ", or its certificate and key do not fit");
  return std::unique_ptr<UplinkServer>(new UplinkServer(std::move(state)));
}

Status UplinkServer::allow_tls13_only(const std::string& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")), EVP_PKEY_free);
  if (!read) return invalid("the server's key is no private key in PEM form");
  // Suites of TLS 1.2 that a key of this kind cannot use leave 1.3 alone.
  const bool is_rsa = EVP_PKEY_get_base_id(read.get()) == EVP_PKEY_RSA;
  const char* suites = is_rsa ? "ECDHE-ECDSA-AES128-GCM-SHA256" : "ECDHE-RSA-AES128-GCM-SHA256";
  if (::setenv("GRPC_SSL_CIPHER_SUITES", suites, 1) != 0) return from_errno(errno, "setenv");
  return ok();
}

int UplinkServer::tls_port() const { return state_->tls_port; }

void UplinkServer::cut(const std::string& serial) {
  for (const ConnectionRef& connection : state_->shared.connections.all()) {
    if (serial.empty() || connection->certificate() != serial) continue;
    connection->on_refused({v1::Refuse::CODE_REVOKED, "this certificate was revoked", 0});
  }
}

UplinkServer::~UplinkServer() {
  uint64_t told = 0;
  for (const ConnectionRef& connection : state_->shared.connections.all())
    connection->on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping",
                            kRetryAfterMs + told++ * 1'000 / kReturnsPerSecond});
  // Long enough for a refusal to arrive; who does not read it is cut off.
  const std::chrono::nanoseconds until(state_->shared.clock.now().realtime_ns + 2 * kNsPerSecond);
  state_->server->Shutdown(std::chrono::system_clock::time_point(until));
}

}  // namespace spoor::collector
