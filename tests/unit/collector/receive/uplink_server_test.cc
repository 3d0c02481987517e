#include "collector/receive/uplink_server.h"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/receive/peer_identity.h"
#include "tests/support/raw_uplink.h"
#include "tests/support/silent_request.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_authority.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

// The whole way over a Unix socket, with the writer on a thread, and a disk that can be held.
class UplinkServerTest : public testing::Test {
 protected:
  UplinkServerTest() {
    auto started = UplinkServer::start({address_, {}, {}}, intake_, clock_, {Id{1}, 1});
    EXPECT_TRUE(started.is_ok()) << started.status().message();
    server_ = std::move(started).value();
    write_thread_ = std::thread([this] {
      while (intake_.wait(0)) writer_.step();
    });
  }
  ~UplinkServerTest() override { stop(); }

  void stop() {
    release_disk();
    intake_.close();
    if (write_thread_.joinable()) write_thread_.join();
    server_.reset();
  }
  Status write_entries(std::span<const NewEntry> entries) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !held_; });
    written_ += entries.size();
    return disk_;
  }
  void hold_disk() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release_disk(Status disk = ok()) {
    const std::lock_guard lock(mutex_);
    held_ = false;
    disk_ = std::move(disk);
    changed_.notify_all();
  }
  std::string stream() const { return text_of(writer_stream_.stream()); }
  v1::StreamResume hello(RawUplink& uplink) {
    EXPECT_TRUE(uplink.send(hello_message({&writer_stream_})));
    const auto answer = uplink.receive();
    EXPECT_TRUE(answer && answer->has_resume());
    return answer ? answer->resume().streams(0) : v1::StreamResume();
  }

  TempFolder folder_;
  const std::string address_ = "unix:" + (folder_ / "uplink.sock");
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  Status disk_;
  size_t written_ = 0;
  Intake intake_;
  LogWriter writer_{
      intake_, [this](std::span<const NewEntry> entries) { return write_entries(entries); }, clock_,
      {}};
  std::unique_ptr<UplinkServer> server_;
  std::thread write_thread_;
  StreamWriter writer_stream_{1};
};

TEST_F(UplinkServerTest, HelloFrameCommitReconnect) {
  {
    RawUplink uplink(address_);
    EXPECT_EQ(hello(uplink).epoch(), 0u);
    for (int i = 0; i < 100; ++i) uplink.send(frame_message(writer_stream_.frame(2)));
    EXPECT_TRUE(uplink.wait_committed(stream(), 200));
  }
  RawUplink again(address_);
  EXPECT_EQ(hello(again).next_sequence(), 201u);
}

TEST_F(UplinkServerTest, NothingIsCommittedWhileTheDiskHasNotAnswered) {
  hold_disk();
  RawUplink uplink(address_);
  EXPECT_EQ(hello(uplink).epoch(), 0u);
  uplink.send(frame_message(writer_stream_.frame()));
  uplink.hang_up();
  release_disk(full("no space left on device"));
  // The first word about the frame is that it was not taken.
  const auto answer = uplink.receive();
  ASSERT_TRUE(answer && answer->has_refuse());
  EXPECT_EQ(answer->refuse().code(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_FALSE(uplink.receive());
}

TEST_F(UplinkServerTest, WhoHangsUpStillHearsOfItsCommits) {
  hold_disk();
  RawUplink uplink(address_);
  hello(uplink);
  uplink.send(frame_message(writer_stream_.frame(3)));
  uplink.hang_up();
  release_disk();
  EXPECT_TRUE(uplink.wait_committed(stream(), 3));
  EXPECT_FALSE(uplink.receive());
  EXPECT_TRUE(uplink.finish().ok());
}

TEST_F(UplinkServerTest, TheNewerConnectionTakesOver) {
  RawUplink old(address_);
  hello(old);
  RawUplink fresh(address_);
  hello(fresh);
  EXPECT_EQ(old.wait_refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_TRUE(old.finish().ok());
  fresh.send(frame_message(writer_stream_.frame()));
  EXPECT_TRUE(fresh.wait_committed(stream(), 1));
}

TEST_F(UplinkServerTest, RefusesAndEndsTheCall) {
  const SealedFrame first = writer_stream_.frame();
  const SealedFrame second = writer_stream_.frame();
  RawUplink gap(address_);
  hello(gap);
  gap.send(frame_message(first));
  gap.send(frame_message(first));
  writer_stream_.frame();
  gap.send(frame_message(writer_stream_.frame()));
  EXPECT_EQ(gap.wait_refused(), v1::Refuse::CODE_GAP);
  EXPECT_FALSE(gap.receive());

  RawUplink junk(address_);
  v1::ShipRequest request;
  request.mutable_frame()->set_block("junk");
  junk.send(request);
  EXPECT_EQ(junk.wait_refused(), v1::Refuse::CODE_PROTOCOL);
}

TEST_F(UplinkServerTest, AMessageBeyondTheLimitEndsTheCallOnly) {
  RawUplink uplink(address_);
  hello(uplink);
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::string(kMessageBytesMax + 1, 'x'));
  uplink.send(request);
  EXPECT_EQ(uplink.wait_refused(), v1::Refuse::CODE_LIMIT);
  EXPECT_FALSE(uplink.receive());
  RawUplink longer(address_);
  hello(longer);
  request.mutable_frame()->set_block(std::string(kUnreadBytesMax + 1, 'x'));
  longer.send(request);
  EXPECT_FALSE(longer.receive());
  EXPECT_EQ(longer.finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  RawUplink next(address_);
  EXPECT_EQ(hello(next).epoch(), 0u);
}

// Nothing that a host sends is unpacked before it is in the log.
TEST_F(UplinkServerTest, AMessageThatGrpcCompressedIsNotUnpacked) {
  const auto stub = v1::Uplink::NewStub(
      grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_authority("localhost");
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const auto call = stub->Ship(&context);
  v1::ShipRequest request = hello_message({&writer_stream_});
  request.mutable_hello()->set_uplink_version(std::string(1'000, 'v'));
  call->Write(request);  // or the call has ended before, for what its headers say
  v1::ShipResponse answer;
  EXPECT_FALSE(call->Read(&answer)) << answer.ShortDebugString();
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(UplinkServerTest, AStopTellsEveryConnection) {
  RawUplink uplink(address_);
  hello(uplink);
  uplink.send(frame_message(writer_stream_.frame()));
  EXPECT_TRUE(uplink.wait_committed(stream(), 1));
  RawUplink silent(address_);  // never says Hello
  std::thread stopping([this] { stop(); });
  EXPECT_EQ(uplink.wait_refused(), v1::Refuse::CODE_UNAVAILABLE);
  stopping.join();
}

TEST_F(UplinkServerTest, ManyConnectionsComeAndGo) {
  std::vector<std::thread> threads;
  for (uint8_t i = 1; i <= 8; ++i) {
    threads.emplace_back([this, i] {
      StreamWriter stream(static_cast<uint8_t>(100 + i));
      for (int round = 0; round < 5; ++round) {
        RawUplink uplink(address_);
        uplink.send(hello_message({&stream}));
        const auto resume = uplink.receive();
        ASSERT_TRUE(resume && resume->has_resume());
        for (int f = 0; f < 20; ++f) uplink.send(frame_message(stream.frame()));
        const uint64_t last = stream.sequence();
        EXPECT_TRUE(uplink.wait_committed(text_of(stream.stream()), last));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written_, 8u * 5 * 20);
}

// ------------------------------------------------------------------ over TLS

// What a host without a certificate comes for.
Result<std::string> enrol_any(const RequestCaller&, const std::string& bytes) {
  v1::EnrolRequest request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  v1::Identity identity;
  identity.set_agent("agent of " + request.host());
  return identity.SerializeAsString();
}

// gRPC reads the versions that a process may speak once, at the first use of TLS by any test.
class OnlyTls13 final : public testing::Environment {
 public:
  void SetUp() override {
    const TestCertificate own = TestAuthority().issue("any", "DNS:localhost", "serverAuth");
    EXPECT_TRUE(UplinkServer::set_up_tls(own.key).is_ok());
  }
};
TEST(UplinkServerTls, SendsNoTickets) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  EXPECT_EQ(SSL_CTX_get_num_tickets(context.get()), 2u);
  EXPECT_EQ(SSL_get_num_tickets(ssl.get()), 0u);
}

const testing::Environment* const kOnlyTls13 = testing::AddGlobalTestEnvironment(new OnlyTls13);

// The time, and as much later as a test likes.
class LateClock final : public Clock {
 public:
  Instant now() const override {
    Instant at = clock_.now();
    at.boottime_ns += late_ns_;
    return at;
  }
  int64_t suspended_ns() const override { return clock_.suspended_ns(); }
  void advance_ns(int64_t ns) { late_ns_ += ns; }

 private:
  SystemClock clock_;
  std::atomic<int64_t> late_ns_ = 0;
};

class UplinkTlsTest : public testing::Test {
 protected:
  UplinkTlsTest() {
    const TestCertificate own = authority_.issue("collector", "DNS:localhost", "serverAuth");
    UplinkDoors doors;
    doors.tls.push_back({"127.0.0.1:0", own.certificate, own.key, authority_.certificate(),
                         [this](const PeerIdentity&) { return judgement(); },
                         [this](const std::string& what, const std::string& agent,
                                const std::string& address, const std::string& why) {
                           const std::lock_guard lock(mutex_);
                           told_.push_back(what + " " + agent + "@" + address + ": " + why);
                         }});
    doors.requests["/spoor.v1.Enrolment/Enrol"] = enrol_any;
    auto started = UplinkServer::start(doors, intake_, clock_, {Id{1}, 1});
    EXPECT_TRUE(started.is_ok()) << started.status().message();
    server_ = std::move(started).value();
    address_ = "127.0.0.1:" + std::to_string(server_->tls_port());
    write_thread_ = std::thread([this] {
      while (intake_.wait(0)) writer_.step();
    });
  }
  ~UplinkTlsTest() override {
    intake_.close();
    write_thread_.join();
    server_.reset();
  }

  std::shared_ptr<grpc::ChannelCredentials> credentials(const TestCertificate& own = {}) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.certificate();
    options.pem_cert_chain = own.certificate;
    options.pem_private_key = own.key;
    return grpc::SslCredentials(options);
  }
  static grpc::ChannelArguments arguments() {
    grpc::ChannelArguments out;
    out.SetSslTargetNameOverride("localhost");
    return out;
  }
  TestCertificate agent(const std::string& name) const {
    return authority_.agent(name, to_hex(as_bytes(std::string(16, 'm'))));
  }
  std::optional<Refusal> judgement() {
    if (on_judge_) on_judge_();
    if (!all_revoked_) return std::nullopt;
    return Refusal{v1::Refuse::CODE_REVOKED, "revoked", 0};
  }
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return std::exchange(told_, {});
  }
  // What a Hello with this certificate is refused with.
  v1::Refuse::Code refused(const TestCertificate& own) {
    RawUplink uplink(address_, credentials(own));
    uplink.send(hello_message({&stream_}));
    return uplink.wait_refused();
  }
  std::string serial_of(const TestCertificate& own) const {
    const auto verifier = std::move(PeerVerifier::trusting(authority_.certificate())).value();
    const auto identity = verifier.verify(own.certificate, "", clock_.now().realtime_ns);
    return std::get<PeerIdentity>(identity).serial;
  }
  // What is due is cut again and again, later each time, until the call has ended with this.
  grpc::StatusCode cut_until_over(RawUplink& uplink, const std::function<void()>& meanwhile) {
    std::atomic<bool> is_over = false;
    std::thread cutting([&] {
      while (!is_over) {
        clock_.advance_ns(kHelloWaitNs);
        server_->cut_overdue();
        std::this_thread::yield();
      }
    });
    meanwhile();
    const grpc::StatusCode code = uplink.finish().error_code();
    is_over = true;
    cutting.join();
    return code;
  }
  std::string stream() const { return text_of(stream_.stream()); }

  TestAuthority authority_;
  LateClock clock_;
  std::atomic<bool> all_revoked_ = false;
  std::function<void()> on_judge_;
  std::mutex mutex_;
  std::set<std::string> agents_;  // that wrote something
  std::vector<std::string> told_;
  Intake intake_;
  LogWriter writer_{intake_,
                    [this](std::span<const NewEntry> entries) {
                      const std::lock_guard lock(mutex_);
                      for (const NewEntry& entry : entries) agents_.insert(entry.agent);
                      return ok();
                    },
                    clock_,
                    {}};
  std::unique_ptr<UplinkServer> server_;
  std::string address_;
  std::thread write_thread_;
  StreamWriter stream_{1};
};

TEST_F(UplinkTlsTest, TheCertificateNamesTheAgent) {
  RawUplink uplink(address_, credentials(agent("web1.prod")));
  uplink.send(hello_message({&stream_}, "localhost"));
  uplink.send(frame_message(stream_.frame(3)));
  EXPECT_TRUE(uplink.wait_committed(stream(), 3));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(agents_, std::set<std::string>{"web1.prod"});
}

TEST_F(UplinkTlsTest, EachBadCertificateIsRefusedInItsWay) {
  const std::string machine = "URI:spoor:machine:" + to_hex(as_bytes(std::string(16, 'm')));
  EXPECT_EQ(refused({}), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(refused(TestAuthority().agent("web1", std::string(32, '1'))), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(refused(authority_.agent("web1", std::string(32, '1'))), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(refused(authority_.issue("web1", machine, "clientAuth", -1000, -10)),
            v1::Refuse::CODE_EXPIRED);
  EXPECT_THAT(told(), testing::ElementsAre(
                          "connect @127.0.0.1: no certificate: enrol this host with a token",
                          testing::HasSubstr("does not verify"),
                          testing::HasSubstr("web1@127.0.0.1: the certificate of web1 is bound"),
                          testing::HasSubstr("has expired")));
  RawUplink good(address_, credentials(agent("web1")));  // none the worse
  good.send(hello_message({&stream_}));
  good.send(frame_message(stream_.frame()));
  EXPECT_TRUE(good.wait_committed(stream(), 1));
  EXPECT_THAT(told(), testing::IsEmpty());
}

// It needs no certificate to say nothing, and must hold no place for that.
TEST_F(UplinkTlsTest, WhoSaysNoHelloIsCutAndTold) {
  RawUplink good(address_, credentials(agent("web1")));
  good.send(hello_message({&stream_}));
  ASSERT_TRUE(good.receive()->has_resume());
  RawUplink silent(address_, credentials(agent("silent")));
  server_->cut_overdue();
  EXPECT_THAT(told(), testing::IsEmpty());
  std::vector<std::string> said;
  while (said.empty()) {  // until the call has come
    clock_.advance_ns(kHelloWaitNs);
    server_->cut_overdue();
    said = told();
    std::this_thread::yield();
  }
  EXPECT_THAT(said, testing::ElementsAre("ship silent@127.0.0.1: no Hello came"));
  EXPECT_EQ(silent.finish().error_code(), grpc::StatusCode::CANCELLED);
  good.send(frame_message(stream_.frame()));
  EXPECT_TRUE(good.wait_committed(stream(), 1));
}

TEST_F(UplinkTlsTest, WhatNoUplinkSaysIsTold) {
  RawUplink uplink(address_, credentials(agent("web1")));
  uplink.send(hello_message({&stream_}));
  uplink.send(hello_message({&stream_}));
  EXPECT_EQ(uplink.wait_refused(), v1::Refuse::CODE_PROTOCOL);
  EXPECT_THAT(told(), testing::ElementsAre("ship web1@127.0.0.1: a second Hello"));
}

TEST_F(UplinkTlsTest, ARevokedCertificateIsCutAndDoesNotComeBack) {
  const TestCertificate own = agent("web1");
  RawUplink uplink(address_, credentials(own));
  uplink.send(hello_message({&stream_}));
  const auto resume = uplink.receive();
  ASSERT_TRUE(resume && resume->has_resume());
  StreamWriter other_stream{2};
  RawUplink other(address_, credentials(agent("web2")));
  other.send(hello_message({&other_stream}));
  server_->cut(serial_of(own));
  EXPECT_EQ(uplink.wait_refused(), v1::Refuse::CODE_REVOKED);
  other.send(frame_message(other_stream.frame()));
  EXPECT_TRUE(other.wait_committed(text_of(other_stream.stream()), 1));
  all_revoked_ = true;
  EXPECT_EQ(refused(own), v1::Refuse::CODE_REVOKED);
}

// Judged good, and revoked before its call was among those that are cut.
TEST_F(UplinkTlsTest, ACallThatBeginsWhileItIsRevokedIsCut) {
  const TestCertificate own = agent("web1");
  on_judge_ = [&] { server_->cut(serial_of(own)); };
  EXPECT_EQ(refused(own), v1::Refuse::CODE_REVOKED);
}

TEST_F(UplinkTlsTest, WhoDoesNotReadThatItIsRevokedIsCutAllTheSame) {
  const TestCertificate own = agent("web1");
  std::promise<void> came;
  on_judge_ = [&] { came.set_value(); };
  RawUplink deaf(address_, credentials(own), RawUplink::deaf());
  came.get_future().wait();
  server_->cut(serial_of(own));
  // Until then the collector waits for it to read, and reads nothing of it.
  EXPECT_EQ(cut_until_over(deaf, [&] {
              while (deaf.send(frame_message(stream_.frame()))) {
              }
              while (deaf.receive()) {
              }
            }),
            grpc::StatusCode::CANCELLED);
}

// Nothing of it is read: it may say nothing at all.
TEST_F(UplinkTlsTest, WhoIsRefusedAnywayIsRefusedUnheard) {
  RawUplink silent(address_, credentials());
  EXPECT_EQ(silent.wait_refused(), v1::Refuse::CODE_DENIED);
  EXPECT_TRUE(silent.finish().ok());
}

// gRPC would gather it whole, and then end others' calls for want of memory.
TEST_F(UplinkTlsTest, AMessageWithoutEndIsNotGathered) {
  RawUplink endless(address_, credentials(agent("endless")));
  StreamWriter other_stream{2};
  endless.send(hello_message({&other_stream}));
  ASSERT_TRUE(endless.receive()->has_resume());
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::string(300u << 20, 'x'));
  endless.send(request);
  EXPECT_EQ(endless.finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto enrolment = v1::Enrolment::NewStub(
      grpc::CreateCustomChannel(address_, credentials(), arguments()));
  grpc::ClientContext context;
  v1::EnrolRequest token;
  token.set_token(std::string(300u << 20, 't'));
  v1::Identity identity;
  EXPECT_EQ(enrolment->Enrol(&context, token, &identity).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  std::vector<std::string> said;
  while (said.size() < 2) {  // who is cut may know before it is told
    for (std::string& one : told()) said.push_back(std::move(one));
  }
  EXPECT_THAT(said, testing::ElementsAre("ship endless@127.0.0.1: a message that is too long",
                                         testing::StartsWith("connect @127.0.0.1: too much")));
}

// Two calls of one agent over one connection; the second ships.
class SharedConnectionTest : public UplinkTlsTest {
 protected:
  using Call = grpc::ClientReaderWriter<v1::ShipRequest, v1::ShipResponse>;
  SharedConnectionTest() {
    while (noise_.size() < 4u << 20) noise_ += text_of(random_id());
  }
  std::unique_ptr<Call> open(grpc::ClientContext& context, StreamWriter& stream) {
    auto call = stub_->Ship(&context);
    v1::ShipResponse answer;
    call->Write(hello_message({&stream}));
    EXPECT_TRUE(call->Read(&answer) && answer.has_resume());
    return call;
  }
  // Frames of 4 MiB, until they are committed.
  void ship(Call& call, int frames) {
    v1::Event event;
    event.mutable_shell_line()->set_line(noise_);
    v1::ShipResponse answer;
    for (; frames > 0; --frames) {
      call.Write(frame_message(stream_.frame(std::vector<v1::Event>{event})));
      while (answer.commit().sequence() != stream_.sequence()) ASSERT_TRUE(call.Read(&answer));
    }
  }

  std::string noise_;
  const std::shared_ptr<grpc::Channel> channel_ =
      grpc::CreateCustomChannel(address_, credentials(agent("web1")), arguments());
  const std::unique_ptr<v1::Uplink::Stub> stub_ = v1::Uplink::NewStub(channel_);
};

// What would be unread in all could let the first one's message grow behind the second's.
TEST_F(SharedConnectionTest, ACallThatNoMessageEndsOnIsCut) {
  StreamWriter other_stream{2};
  grpc::ClientContext contexts[2];
  const auto endless = open(contexts[0], other_stream), busy = open(contexts[1], stream_);
  server_->cut_overdue();
  ship(*busy, 2);
  server_->cut_overdue();
  EXPECT_THAT(told(), testing::IsEmpty()) << "no more than a frame on its way may be";
  ship(*busy, 2);
  server_->cut_overdue();
  EXPECT_THAT(told(), testing::ElementsAre("ship web1@127.0.0.1: a message without an end"));
  v1::ShipResponse answer;
  EXPECT_FALSE(endless->Read(&answer));
  EXPECT_EQ(endless->Finish().error_code(), grpc::StatusCode::CANCELLED);
  ship(*busy, 1);
  contexts[1].TryCancel();
  EXPECT_FALSE(busy->Finish().ok());
}

TEST_F(SharedConnectionTest, ARequestThatDoesNotEndIsCut) {
  grpc::ClientContext context;
  const auto busy = open(context, stream_);
  SilentRequest endless(channel_);
  std::vector<std::string> said;
  while (said.empty()) {  // until the call has come, and 12 MiB behind it
    server_->cut_overdue();
    ship(*busy, 1);
    said = told();
  }
  EXPECT_THAT(said, testing::ElementsAre("connect @127.0.0.1: a request without an end"));
  EXPECT_EQ(endless.finish(), grpc::StatusCode::CANCELLED);
  ship(*busy, 1);
  context.TryCancel();
  EXPECT_FALSE(busy->Finish().ok());
}

TEST_F(UplinkTlsTest, APackedMessageIsNotUnfolded) {
  grpc::ChannelArguments packing;
  packing.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  RawUplink packed(address_, credentials(agent("packed")), packing);
  packed.send(hello_message({&stream_}));
  EXPECT_FALSE(packed.receive());
  EXPECT_EQ(packed.finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(UplinkTlsTest, WhoHasNoCertificateCanEnrol) {
  const auto stub = v1::Enrolment::NewStub(
      grpc::CreateCustomChannel(address_, credentials(), arguments()));
  grpc::ClientContext context;
  v1::EnrolRequest request;
  request.set_host("web1");
  v1::Identity identity;
  EXPECT_TRUE(stub->Enrol(&context, request, &identity).ok());
  EXPECT_EQ(identity.agent(), "agent of web1");
}

// gRPC's own client and server would agree on 1.2 if they were let.
TEST_F(UplinkTlsTest, OnlyTls13) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(context.get(), version);
    const unsigned char alpn[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(context.get(), alpn, sizeof alpn);
    BIO* bio = BIO_new_ssl_connect(context.get());
    BIO_set_conn_hostname(bio, address_.c_str());
    EXPECT_EQ(BIO_do_handshake(bio) == 1, version == TLS1_3_VERSION);
    BIO_free_all(bio);
  }
}

// The network has not told yet that the older calls are gone: the newest is the one that lives.
TEST_F(UplinkTlsTest, AnAgentsOldestCallIsCut) {
  const TestCertificate own = agent("web1");
  std::vector<std::unique_ptr<StreamWriter>> streams;
  std::vector<std::unique_ptr<RawUplink>> uplinks;
  for (uint8_t i = 0; i <= kConnectionsPerAgentMax; ++i) {
    streams.push_back(std::make_unique<StreamWriter>(static_cast<uint8_t>(10 + i)));
    uplinks.push_back(std::make_unique<RawUplink>(address_, credentials(own)));
    uplinks.back()->send(hello_message({streams.back().get()}));
    const auto resume = uplinks.back()->receive();
    EXPECT_TRUE(resume && resume->has_resume());
  }
  EXPECT_FALSE(uplinks.front()->receive());
  EXPECT_EQ(uplinks.front()->finish().error_code(), grpc::StatusCode::CANCELLED);
  uplinks[1]->send(frame_message(streams[1]->frame()));
  EXPECT_TRUE(uplinks[1]->wait_committed(text_of(streams[1]->stream()), 1));
}

// Each does its worst on connections of its own; who behaves is served all the while.
TEST_F(UplinkTlsTest, ABadAgentDisturbsNobody) {
  StreamWriter deaf_stream{2}, giant_stream{3};
  RawUplink deaf(address_, credentials(agent("deaf")));  // sends, and never reads
  deaf.send(hello_message({&deaf_stream}));
  for (int i = 0; i < 2000; ++i) deaf.send(frame_message(deaf_stream.frame()));
  const TestCertificate endless = agent("endless");
  std::vector<std::unique_ptr<RawUplink>> hellos;
  v1::ShipRequest thousands = hello_message({});
  for (int i = 0; i < 3000; ++i) {
    v1::StreamOffer& offer = *thousands.mutable_hello()->add_streams();
    offer.set_stream(text_of(random_id()));
    offer.set_stream_class(v1::CLASS_COMMAND);
  }
  for (int i = 0; i < 20; ++i) {
    hellos.push_back(std::make_unique<RawUplink>(address_, credentials(endless)));
    hellos.back()->send(thousands);
    EXPECT_EQ(hellos.back()->wait_refused(), v1::Refuse::CODE_LIMIT);
  }
  RawUplink giant(address_, credentials(agent("giant")));
  giant.send(hello_message({&giant_stream}));
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::string(kMessageBytesMax + 1, 'x'));
  giant.send(request);
  RawUplink good(address_, credentials(agent("web1")));
  good.send(hello_message({&stream_}));
  for (int i = 0; i < 50; ++i) good.send(frame_message(stream_.frame()));
  EXPECT_TRUE(good.wait_committed(stream(), 50));
}

}  // namespace
}  // namespace spoor::collector
