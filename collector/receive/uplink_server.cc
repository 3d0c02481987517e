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
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/receive/call_gate.h"
#include "collector/receive/descriptor_limit.h"
#include "collector/receive/network_listener.h"
#include "collector/receive/open_calls.h"
#include "collector/receive/outbox.h"
#include "collector/receive/peer_identity.h"
#include "collector/receive/request_reader.h"
#include "collector/receive/visitors.h"
#include "common/log.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::collector {

namespace {

// What all connections share. Outlives them.
struct Shared {
  Intake& intake;
  const Clock& clock;
  LogIdentity log;
  ShipSession::KeepStatus keep_status;
  decltype(TlsDoor::judge) judge;
  decltype(TlsDoor::on_refused) on_refused;
  OpenCalls calls;
  std::unique_ptr<Visitors> visitors;  // with a TLS door
};

class Connection final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public Peer,
                         public OpenCall,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, grpc::CallbackServerContext& context, const PeerFacts& facts)
      : shared_(shared),
        facts_(facts),
        address_(facts.is_tls ? address_of_peer(facts.address) : ""),
        session_(shared.intake, shared.clock, shared.log, facts, shared.keep_status),
        context_(&context) {}

  // Who is refused already is told so, and nothing of it is read.
  void begin(std::optional<Refusal> refusal) {
    self_ = shared_from_this();
    std::vector<OpenCallRef> oldest = shared_.calls.add(self_, now_ns());
    // Judged once it can be found: who is revoked from here on is cut.
    if (!refusal && facts_.machine_id && shared_.judge)
      refusal = shared_.judge({facts_.agent, *facts_.machine_id, facts_.certificate});
    if (!refusal && !facts_.agent.empty()) {
      visitor_ = shared_.visitors->vouch(facts_.address, facts_.agent);
      for (OpenCallRef& old : shared_.calls.identify(self_, facts_.agent))
        oldest.push_back(std::move(old));
    }
    {
      const std::lock_guard lock(mutex_);
      apply(refusal ? session_.on_refused(*refusal) : read_on());
    }
    for (const OpenCallRef& call : oldest) call->cut();
  }

  const std::string& certificate() const override { return facts_.certificate; }
  void cut_overdue() override {
    {
      const std::lock_guard lock(mutex_);
      if (!finished_ && !session_.ended()) tell("ship", "no Hello came");
    }
    cut();
  }
  // Where no other call shares its connection nothing counts but its own messages, and what they
  // leave unread is bounded.
  void cut_endless(bool is_thorough) override {
    {
      const std::lock_guard lock(mutex_);
      if (!reading_ || !visitor_ || !(is_thorough || visitor_->is_shared())) return;
      if (!long_read_.is_endless(*visitor_)) return;
      if (!end_) tell("ship", "a message without an end");
    }
    cut();
  }
  void cut() override {
    const std::lock_guard lock(context_mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  void OnReadDone(bool is_ok) override {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (is_ok) return apply(read());
    // The uplink has said its last word, or is gone. What it handed over is still committed.
    hung_up_ = true;
    apply(session_.on_hung_up());
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
    if (visitor_) shared_.visitors->leave(visitor_);
    shared_.calls.remove(self_, facts_.agent, was_greeted_);
    // May destroy this object: the last line.
    std::exchange(self_, nullptr).reset();
  }

  void on_resume(ResumeAnswer answer) override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_resume(std::move(answer)));
  }
  bool on_commit(const StreamHead& head, int64_t time_ns, bool may_wait) override {
    const std::lock_guard lock(mutex_);
    ShipSession::Reply reply = session_.on_commit(head, time_ns, may_wait);
    const bool has_untold = reply.has_untold;
    apply(std::move(reply));
    return has_untold;
  }
  void on_commits_due() override {
    const std::lock_guard lock(mutex_);
    apply(session_.on_commits_due());
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

  ShipSession::Reply read() {
    if (visitor_) visitor_->took(received_.Length());
    if (const auto refusal = read_request(received_, request_))
      return session_.on_refused(*refusal);
    const bool was_accepted = session_.is_accepted();
    ShipSession::Reply reply = session_.on_message(self_, request_);
    if (was_accepted || !session_.is_accepted()) return reply;
    was_greeted_ = shared_.calls.greet(self_);
    if (was_greeted_) return reply;
    const std::string why = "too many connections to this collector";
    tell("ship", why);
    return session_.on_refused({v1::Refuse::CODE_UNAVAILABLE, why, kRetryAfterMs});
  }

  void apply(ShipSession::Reply reply) {
    for (v1::ShipResponse& message : reply.messages) {
      if (message.has_refuse()) tell(message.refuse());
      outbox_.add(std::move(message));
    }
    if (reply.end) shared_.calls.expect_end(shared_from_this(), now_ns());
    end_ = end_ || reply.end;
    if (reply.read_on && !reading_ && !hung_up_ && !end_ && !finished_) {
      reading_ = true;
      long_read_.begin();
      StartRead(&received_);
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
    if (!address_.empty() && shared_.on_refused)
      shared_.on_refused(what, facts_.agent, address_, why);
  }

  void pump() {
    if (writing_ || finished_) return;
    std::optional<v1::ShipResponse> next = broken_ ? std::nullopt : outbox_.take();
    if (next) {
      bool is_own = false;
      sent_.Clear();
      CHECK(grpc::SerializationTraits<v1::ShipResponse>::Serialize(*next, &sent_, &is_own).ok());
      writing_ = true;
      return StartWrite(&sent_);
    }
    if (!end_ && !(hung_up_ && session_.all_durable())) return;
    finished_ = true;
    Finish(broken_ ? grpc::Status::CANCELLED : grpc::Status::OK);
  }

  int64_t now_ns() const { return shared_.clock.now().boottime_ns; }

  Shared& shared_;
  const PeerFacts facts_;
  const std::string address_;  // over TLS
  std::shared_ptr<Visitor> visitor_;
  std::mutex mutex_;
  ShipSession session_;
  Outbox outbox_;
  grpc::ByteBuffer received_, sent_;
  v1::ShipRequest request_;
  bool was_greeted_ = false;
  bool reading_ = false;
  LongRead long_read_;
  bool writing_ = false;
  bool hung_up_ = false;   // nothing more will be read
  bool end_ = false;       // finish when all is sent
  bool broken_ = false;    // nothing more can be sent
  bool finished_ = false;
  std::shared_ptr<Connection> self_;  // until OnDone
  // gRPC may end the call within TryCancel.
  std::recursive_mutex context_mutex_;
  grpc::CallbackServerContext* context_;  // until OnDone
};

// What gRPC's security says of a call; empty for the Unix socket.
std::string property(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? "" : std::string(values[0].data(), values[0].size());
}

class Service final : public v1::Uplink::WithRawCallbackMethod_Ship<v1::Uplink::Service> {
 public:
  Service(Shared& shared, std::optional<PeerVerifier> verifier)
      : shared_(shared), verifier_(std::move(verifier)) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Ship(
      grpc::CallbackServerContext* context) override {
    PeerFacts facts;
    std::optional<Refusal> refusal = find_out(*context, facts);
    auto connection = std::make_shared<Connection>(shared_, *context, facts);
    connection->begin(std::move(refusal));
    return connection.get();
  }

 private:
  // Who calls, or why it is not to be heard.
  std::optional<Refusal> find_out(const grpc::CallbackServerContext& context, PeerFacts& facts) {
    facts.address = context.peer();
    const auto security = context.auth_context();
    facts.is_tls = property(*security, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) ==
                   GRPC_SSL_TRANSPORT_SECURITY_TYPE;
    if (!facts.is_tls) return std::nullopt;
    const Instant now = shared_.clock.now();
    {
      const std::lock_guard lock(mutex_);
      const int64_t wait_ms = gate_.wait_ms(address_of_peer(facts.address), now.boottime_ns);
      if (wait_ms > 0)
        return Refusal{v1::Refuse::CODE_UNAVAILABLE, "too many calls from this address",
                       static_cast<uint64_t>(wait_ms)};
    }
    auto verified = verifier_->verify(property(*security, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                                      property(*security, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME),
                                      now.realtime_ns);
    if (auto* refusal = std::get_if<Refusal>(&verified)) return std::move(*refusal);
    PeerIdentity& identity = std::get<PeerIdentity>(verified);
    facts.certificate = std::move(identity.serial);
    facts.agent = std::move(identity.agent);
    facts.machine_id = identity.machine_id;
    return std::nullopt;
  }

  Shared& shared_;
  const std::optional<PeerVerifier> verifier_;  // with a TLS door
  std::mutex mutex_;
  CallGate gate_;
};

// What a call may send before it is read. A connection: 64 KiB, and what a frame then lacks.
constexpr int kWindowBytes = 1 << 20;
// All open calls are looked at this often: a fleet's cost some milliseconds.
constexpr int64_t kLookAtCallsNs = 10 * kNsPerSecond;

// Neither who does not answer nor who opens calls without end holds a connection for long.
void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(kUnreadBytesMax));
  // gRPC would unfold a message before it looks at its size. Ours are packed already.
  for (const grpc_compression_algorithm packed : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP})
    builder.SetCompressionAlgorithmSupportStatus(packed, false);
  builder.SetResourceQuota(grpc::ResourceQuota("uplink").Resize(kGrpcBytesMax));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
  // Else gRPC measures how far away each agent is, with a ping for nearly each of its frames.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  // Nothing that a host sends is unpacked before it is in the log, nor by gRPC.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
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
  State(Shared&& given, std::optional<PeerVerifier> verifier, const RequestMethods& methods)
      : shared{given.intake, given.clock, std::move(given.log), std::move(given.keep_status),
               std::move(given.judge), std::move(given.on_refused), {}, {}},
        service(shared, std::move(verifier)),
        requests(methods, {shared.calls, shared.clock,
                           [this](const std::string& peer) { return shared.visitors->find(peer); },
                           [this](const std::string& address, const std::string& why) {
                             if (shared.on_refused) shared.on_refused("connect", "", address, why);
                           }}) {}
  Shared shared;
  Service service;
  RequestCalls requests;
  std::atomic<int64_t> look_due_ns = 0;  // boottime
  int tls_port = 0;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;  // with a TLS door
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
             tls != nullptr ? tls->judge : nullptr, tls != nullptr ? tls->on_refused : nullptr, {},
             {}},
      std::move(verifier), doors.requests);
  grpc::ServerBuilder builder;
  set_limits(builder);
  int socket_port = 0;
  if (!doors.socket.empty())
    builder.AddListeningPort(doors.socket, grpc::InsecureServerCredentials(), &socket_port);
  NetworkListener network;
  if (tls != nullptr) {
    ASSIGN_OR_RETURN(network, listen_on_network(tls->address));
    using Builder = grpc::ServerBuilder::experimental_type;
    state->tls_port = network.port;
    state->acceptor = builder.experimental().AddExternalConnectionAcceptor(
        Builder::ExternalConnectionType::FROM_FD, credentials_of(*tls));
  }
  builder.RegisterService(&state->service);
  builder.RegisterCallbackGenericService(&state->requests.service());
  state->server = builder.BuildAndStart();
  if (!doors.socket.empty() && (!state->server || socket_port == 0))
    return denied("cannot listen on " + doors.socket);
  if (!state->server) return denied("the certificate and key of the server do not fit");
  if (tls != nullptr) {
    Visitors::Hooks hooks;
    hooks.admit = [acceptor = state->acceptor.get()](int fd) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = fd;
      acceptor->HandleNewConnection(&connection);
    };
    hooks.on_cut = [tell = tls->on_refused](const std::string& agent, const std::string& address,
                                            const std::string& why) {
      if (tell) tell(agent.empty() ? "connect" : "ship", agent, address, why);
    };
    state->shared.visitors = std::make_unique<Visitors>(
        std::move(network.sockets), raise_descriptor_limit(0), clock, std::move(hooks));
    state->shared.visitors->start();
  }
  return std::unique_ptr<UplinkServer>(new UplinkServer(std::move(state)));
}

Status UplinkServer::set_up_tls(const std::string& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")), EVP_PKEY_free);
  if (!read) return invalid("the server's key is no private key in PEM form");
  // Suites of TLS 1.2 that a key of this kind cannot use leave 1.3 alone.
  const bool is_rsa = EVP_PKEY_get_base_id(read.get()) == EVP_PKEY_RSA;
  const char* suites = is_rsa ? "ECDHE-ECDSA-AES128-GCM-SHA256" : "ECDHE-RSA-AES128-GCM-SHA256";
  if (::setenv("GRPC_SSL_CIPHER_SUITES", suites, 1) != 0) return from_errno(errno, "setenv");
  // OpenSSL calls this at the end of each SSL_new().
  const auto send_no_tickets = [](void* ssl, void*, CRYPTO_EX_DATA*, int, long, void*) {
    SSL_set_num_tickets(static_cast<SSL*>(ssl), 0);
  };
  CHECK(SSL_get_ex_new_index(0, nullptr, send_no_tickets, nullptr, nullptr) >= 0);
  return ok();
}

int UplinkServer::tls_port() const { return state_->tls_port; }

void UplinkServer::cut(const std::string& serial) {
  for (const OpenCallRef& call : state_->shared.calls.all()) {
    if (serial.empty() || call->certificate() != serial) continue;
    call->on_refused({v1::Refuse::CODE_REVOKED, "this certificate was revoked", 0});
  }
}

void UplinkServer::cut_overdue() {
  Shared& shared = state_->shared;
  const int64_t now_ns = shared.clock.now().boottime_ns;
  for (const OpenCallRef& call : shared.calls.take_overdue(now_ns)) call->cut_overdue();
  const bool is_thorough = now_ns >= state_->look_due_ns;
  if (is_thorough) state_->look_due_ns = now_ns + kLookAtCallsNs;
  for (const OpenCallRef& call : shared.calls.all()) call->cut_endless(is_thorough);
}

UplinkServer::~UplinkServer() {
  if (state_->shared.visitors) state_->shared.visitors->stop();
  uint64_t told = 0;
  for (const OpenCallRef& call : state_->shared.calls.all())
    call->on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping",
                      kRetryAfterMs + told++ * 1'000 / kReturnsPerSecond});
  // Long enough for a refusal to arrive; who does not read it is cut off.
  state_->requests.stop();
  const std::chrono::nanoseconds until(state_->shared.clock.now().realtime_ns + 2 * kNsPerSecond);
  state_->server->Shutdown(std::chrono::system_clock::time_point(until));
}

}  // namespace spoor::collector
