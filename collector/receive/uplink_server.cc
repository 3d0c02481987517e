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

// The open connections: counted, in all and by agent, and told when the collector stops. Those that
// have not said Hello are counted for themselves, since anybody can have one: they take no place
// from others.
class Connections {
 public:
  // What is to be cut for it comes back: the oldest of an agent that has too many, and the oldest
  // of those without a Hello.
  std::vector<ConnectionRef> add(const ConnectionRef& connection, const std::string& agent,
                                 int64_t now_ns) {
    std::vector<ConnectionRef> oldest;
    const std::lock_guard lock(mutex_);
    silent_.push_back({connection, now_ns + kHelloWaitNs});
    places_[connection] = std::prev(silent_.end());
    if (silent_.size() > kUngreetedMax) oldest.push_back(take_oldest());
    if (agent.empty()) return oldest;
    std::list<ConnectionRef>& of_agent = by_agent_[agent];
    of_agent.push_back(connection);
    if (of_agent.size() > kConnectionsPerAgentMax) {
      oldest.push_back(std::move(of_agent.front()));
      of_agent.pop_front();
    }
    return oldest;
  }
  // Its Hello came. False: there are too many.
  bool greet(const ConnectionRef& connection) {
    const std::lock_guard lock(mutex_);
    if (greeted_.size() >= kConnectionsMax) return false;
    forget_silent(connection);
    greeted_.insert(connection);
    return true;
  }
  void remove(const ConnectionRef& connection, const std::string& agent) {
    const std::lock_guard lock(mutex_);
    forget_silent(connection);
    greeted_.erase(connection);
    const auto known = by_agent_.find(agent);
    if (known == by_agent_.end()) return;
    known->second.remove(connection);
    if (known->second.empty()) by_agent_.erase(known);
  }
  // Those whose time for a Hello is over.
  std::vector<ConnectionRef> take_overdue(int64_t now_ns) {
    std::vector<ConnectionRef> overdue;
    const std::lock_guard lock(mutex_);
    while (!silent_.empty() && silent_.front().until_ns <= now_ns)
      overdue.push_back(take_oldest());
    return overdue;
  }
  std::set<ConnectionRef> all() {
    const std::lock_guard lock(mutex_);
    std::set<ConnectionRef> out = greeted_;
    for (const Silent& silent : silent_) out.insert(silent.connection);
    return out;
  }

 private:
  struct Silent {
    ConnectionRef connection;
    int64_t until_ns = 0;
  };
  ConnectionRef take_oldest() {
    ConnectionRef oldest = std::move(silent_.front().connection);
    silent_.pop_front();
    places_.erase(oldest);
    return oldest;
  }
  void forget_silent(const ConnectionRef& connection) {
    const auto place = places_.find(connection);
    if (place == places_.end()) return;
    silent_.erase(place->second);
    places_.erase(place);
  }

  std::mutex mutex_;
  std::list<Silent> silent_;  // the oldest first
  std::map<ConnectionRef, std::list<Silent>::iterator> places_;
  std::set<ConnectionRef> greeted_;
  std::map<std::string, std::list<ConnectionRef>> by_agent_;
};

// What all connections share. Outlives them.
struct Shared {
  Intake& intake;
  const Clock& clock;
  LogIdentity log;
  ShipSession::KeepStatus keep_status;
  decltype(TlsDoor::judge) judge;
  decltype(TlsDoor::on_refused) on_refused;
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
        address_(facts.is_tls ? address_of_peer(facts.address) : ""),
        session_(shared.intake, shared.clock, shared.log, std::move(facts), shared.keep_status),
        context_(&context) {}

  void begin() {
    self_ = shared_from_this();
    std::vector<ConnectionRef> oldest;
    {
      const std::lock_guard lock(mutex_);
      oldest = shared_.connections.add(self_, agent_, shared_.clock.now().boottime_ns);
      apply(read_on());
    }
    for (const ConnectionRef& connection : oldest) connection->cut();
  }

  const std::string& certificate() const { return certificate_; }
  // It has not said Hello in time, or was refused and does not end.
  void cut_silent() {
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      if (!session_.ended()) tell("ship", "no Hello came");
    }
    cut();
  }
  // Ends the call now, whether its other side reads or not.
  void cut() {
    const std::lock_guard lock(context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  void OnReadDone(bool is_ok) override {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (is_ok) {
      const bool was_accepted = session_.is_accepted();
      ShipSession::Reply reply = session_.on_message(self_, request_);
      const bool has_no_place =
          !was_accepted && session_.is_accepted() && !shared_.connections.greet(self_);
      if (has_no_place)
        reply = session_.on_refused({v1::Refuse::CODE_UNAVAILABLE,
                                     "too many connections to this collector", kRetryAfterMs});
      return apply(std::move(reply));
    }
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
    for (v1::ShipResponse& message : reply.messages) {
      if (message.has_refuse()) tell(message.refuse());
      outbox_.add(std::move(message));
    }
    end_ = end_ || reply.end;
    if (reply.read_on && !reading_ && !hung_up_ && !end_ && !finished_) {
      reading_ = true;
      StartRead(&request_);
    }
    pump();
  }

  // What a host does with a certificate that is not its own, or not any more, is to be known, and
  // so is what no uplink of ours says. Forks are told with their evidence.
  void tell(const v1::Refuse& refuse) const {
    switch (refuse.code()) {
      case v1::Refuse::CODE_DENIED:
      case v1::Refuse::CODE_EXPIRED:
      case v1::Refuse::CODE_REVOKED:
        return tell("connect", refuse.text());
      case v1::Refuse::CODE_VERSION:
      case v1::Refuse::CODE_PROTOCOL:
      case v1::Refuse::CODE_LOG_ID:
      case v1::Refuse::CODE_GAP:
      case v1::Refuse::CODE_CORRUPT:
      case v1::Refuse::CODE_LIMIT:
        return tell("ship", refuse.text());
      default:
        return;
    }
  }
  void tell(const std::string& what, const std::string& why) const {
    if (!address_.empty() && shared_.on_refused) shared_.on_refused(what, agent_, address_, why);
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
  const std::string address_;      // over TLS
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
  Service(Shared& shared, std::optional<PeerVerifier> verifier)
      : shared_(shared), verifier_(std::move(verifier)) {}

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
    facts.is_tls = true;
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
    facts.refusal = shared_.judge ? shared_.judge(identity) : std::nullopt;
    facts.certificate = std::move(identity.serial);
    facts.agent = std::move(identity.agent);
    facts.machine_id = identity.machine_id;
    return facts;
  }

  Shared& shared_;
  const std::optional<PeerVerifier> verifier_;  // with a TLS door
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
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleConnectionMs);
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
  State(Shared&& given, std::optional<PeerVerifier> verifier)
      : shared{given.intake, given.clock, std::move(given.log), std::move(given.keep_status),
               std::move(given.judge), std::move(given.on_refused), {}},
        service(shared, std::move(verifier)) {}
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
      Shared{intake, clock, std::move(log), std::move(keep_status),
             tls != nullptr ? tls->judge : nullptr, tls != nullptr ? tls->on_refused : nullptr, {}},
      std::move(verifier));
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

void UplinkServer::cut_silent() {
  Shared& shared = state_->shared;
  for (const ConnectionRef& connection :
       shared.connections.take_overdue(shared.clock.now().boottime_ns))
    connection->cut_silent();
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
