// The uplink against a collector of a few lines over a real Unix socket: what it sends in which
// order, and what it does with what comes back. The real collector is met in tests/system.
#include "agent/uplink/uplink.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "agent/spool/spool.h"
#include "agent/uplink/identity.h"
#include "agent/uplink/tls_key.h"
#include "common/frame/commit_note.h"
#include "common/frame/reader.h"
#include "common/unique_fd.h"
#include "spoor/v1/uplink.grpc.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/toy_ca.h"

namespace spoor::uplink {
namespace {

using Stream = grpc::ServerReaderWriter<v1::ShipResponse, v1::ShipRequest>;

// Remembers every request; answers as the test says.
class SmallCollector final : public v1::Uplink::Service {
 public:
  explicit SmallCollector(const std::string& path) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    builder.SetMaxReceiveMessageSize(10 << 20);
    server_ = builder.BuildAndStart();
  }
  ~SmallCollector() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status Ship(grpc::ServerContext*, Stream* stream) override {
    v1::ShipRequest request;
    while (stream->Read(&request)) {
      v1::ShipResponse response;
      bool drop = false;  // as it was before anybody hears of this request
      {
        const std::lock_guard lock(mutex_);
        drop = drop_ && request.has_frame();
        requests_.push_back(request);
        if (request.has_hello()) *response.mutable_resume() = resume_;
        if (request.has_frame() && commits_) {
          const auto block = read_block_outside(as_bytes(request.frame().block()));
          const FrameHead& head = block->frames[0];
          v1::CommitPoint& commit = *response.mutable_commit();
          commit.set_log_id(resume_.log_id());
          commit.set_stream(std::string(as_text(head.header.stream)));
          commit.set_epoch(head.header.epoch);
          commit.set_sequence(head.header.last_sequence);
          commit.set_chain(std::string(as_text(head.chain)));
        }
      }
      came_.notify_all();
      if (response.message_case() != v1::ShipResponse::MESSAGE_NOT_SET) stream->Write(response);
      if (drop) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "dropped by the test");
    }
    return grpc::Status::OK;
  }

  // Waits for `count` frames and skips and gives what came by then.
  std::vector<v1::ShipRequest> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(120), [&] {
      size_t found = 0;
      for (const auto& r : requests_) found += r.has_frame() || r.has_skip();
      return found >= count;
    }));
    return requests_;
  }

  std::mutex mutex_;
  std::condition_variable came_;
  v1::Resume resume_;
  bool commits_ = true;
  std::atomic<bool> drop_ = false;
  std::vector<v1::ShipRequest> requests_;
  std::unique_ptr<grpc::Server> server_;
};

class UplinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-uplink-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    for (const char* sub : {"/commit", "/state"}) std::filesystem::create_directory(folder_ + sub);
    config_.machine_id_file = folder_ + "/machine-id";
    ASSERT_TRUE(write_file(files_, config_.machine_id_file, std::string(32, 'b')).is_ok());
    config_.spool_folder = folder_ + "/spool";
    config_.commit_folder = folder_ + "/commit";
    config_.state_folder = folder_ + "/state";
    config_.collector_addresses = {"unix:" + folder_ + "/sock"};
    spool_ = *agent::Spool::open(files_, clock_, {config_.spool_folder, 1u << 30, 2048});
    collector_ = std::make_unique<SmallCollector>(folder_ + "/sock");
    collector_->resume_.set_log_id(std::string(16, 'L'));
  }
  void TearDown() override {
    stop();
    collector_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start() {
    thread_ = std::thread([this] { EXPECT_TRUE(Uplink(config_, stop_.get()).run().is_ok()); });
  }
  void stop() {
    eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
    eventfd_t value;
    eventfd_read(stop_.get(), &value);
  }
  SealedFrame append(EventClass c = EventClass::command) {
    FrameWriter writer;
    ++order_;
    writer.add("fields", std::string(300, 't'), order_, 1, 1);
    FrameWriter::Place place;
    const ChainHead head = spool_->stream(c).head;
    place.event_class = c;
    place.stream = spool_->stream(c).id;
    place.epoch = spool_->epoch();
    place.epoch_nonce = spool_->nonce();
    place.first_sequence = head.epoch == spool_->epoch() ? head.sequence + 1 : 1;
    place.previous = head;
    const SealedFrame frame = writer.seal(place);
    EXPECT_TRUE(spool_->append(frame).is_ok());
    return frame;
  }
  static std::vector<uint64_t> sequences(const std::vector<v1::ShipRequest>& requests) {
    std::vector<uint64_t> all;
    for (const auto& r : requests) {
      if (!r.has_frame()) continue;
      all.push_back(
          read_block_outside(as_bytes(r.frame().block()))->frames[0].header.last_sequence);
    }
    return all;
  }

  // The note of the command stream, once it names this sequence.
  Result<CommitNote> wait_for_note(uint64_t sequence) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    Result<CommitNote> decoded = not_found("no note");
    while (std::chrono::steady_clock::now() < deadline) {
      const auto note = read_file(files_, config_.commit_folder + "/command", 512);
      if (note.is_ok()) decoded = decode_commit_note(*note);
      if (decoded.is_ok() && decoded->sequence >= sequence) break;
      std::this_thread::yield();
    }
    return decoded;
  }

  PosixFiles files_;
  FakeClock clock_;
  Config config_;
  std::string folder_;
  std::unique_ptr<agent::Spool> spool_;
  std::unique_ptr<SmallCollector> collector_;
  UniqueFd stop_{eventfd(0, EFD_NONBLOCK)};
  std::thread thread_;
  uint64_t order_ = 0;
};

TEST_F(UplinkTest, ShipsWhatIsThereAndWhatComesAndLeavesCommitsForTheAgent) {
  append();
  append();
  start();
  collector_->wait_for(2);
  const SealedFrame last = append();
  const auto requests = collector_->wait_for(3);
  EXPECT_TRUE(requests[0].has_hello());
  EXPECT_EQ(requests[0].hello().streams_size(), 4);
  EXPECT_EQ(sequences(requests), (std::vector<uint64_t>{1, 2, 3}));
  const auto decoded = wait_for_note(3);
  ASSERT_TRUE(decoded.is_ok());
  EXPECT_TRUE(decoded->signature.empty());
  EXPECT_TRUE(spool_->commit(EventClass::command, *decoded).is_ok());
}

TEST_F(UplinkTest, GoesOnWhereTheCollectorSays) {
  for (int i = 0; i < 9; ++i) append();
  v1::StreamResume& stream = *collector_->resume_.add_streams();
  stream.set_stream(std::string(as_text(spool_->stream(EventClass::command).id)));
  stream.set_epoch(1);
  stream.set_next_sequence(8);
  start();
  EXPECT_EQ(sequences(collector_->wait_for(2)), (std::vector<uint64_t>{8, 9}));
}

TEST_F(UplinkTest, SendsAgainWhatWasNotCommittedWhenTheCallBreaks) {
  collector_->commits_ = false;
  collector_->drop_ = true;
  append();
  start();
  collector_->wait_for(1);
  collector_->drop_ = false;
  EXPECT_EQ(sequences(collector_->wait_for(2)).back(), 1u);
}

TEST_F(UplinkTest, SegmentThatIsGoneIsSaidAsASkip) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 30; ++i) sealed.push_back(append());
  const std::string folder = config_.spool_folder + "/command";
  ASSERT_TRUE(files_.remove(folder + "/" + files_.list(folder)->front()).is_ok());
  v1::StreamResume& stream = *collector_->resume_.add_streams();
  stream.set_stream(std::string(as_text(spool_->stream(EventClass::command).id)));
  stream.set_epoch(1);
  stream.set_next_sequence(2);
  start();
  const auto requests = collector_->wait_for(2);
  const auto skip = std::find_if(requests.begin(), requests.end(),
                                 [](const auto& r) { return r.has_skip(); });
  ASSERT_NE(skip, requests.end());
  EXPECT_EQ(skip->skip().first_sequence(), 2u);
  const uint64_t last = skip->skip().last_sequence();
  EXPECT_EQ(skip->skip().chain_after(), as_text(sealed[last - 1].chain));
  EXPECT_EQ(sequences(requests).front(), last + 1);
}

TEST_F(UplinkTest, FullWindowWaitsForCommits) {
  collector_->commits_ = false;
  FrameWriter writer;
  std::vector<SealedFrame> sealed;
  ChainHead head;
  for (uint64_t i = 1; i <= 5; ++i) {  // 5 x 4 MiB are more than the window of 16 MiB
    writer.add("fields", std::string(4u << 20, 't'), i, 1, 1);
    FrameWriter::Place place;
    place.event_class = EventClass::command;
    place.stream = spool_->stream(EventClass::command).id;
    place.epoch = 1;
    place.epoch_nonce = spool_->nonce();
    place.first_sequence = i;
    place.previous = head;
    place.zstd_level = 0;
    sealed.push_back(writer.seal(place));
    head = {1, i, sealed.back().chain};
    ASSERT_TRUE(spool_->append(sealed.back()).is_ok());
  }
  start();
  collector_->wait_for(2);
  append(EventClass::access);  // the window is full for every stream
  stop();
  EXPECT_EQ(sequences(collector_->requests_), (std::vector<uint64_t>{1, 2}));
}

TEST_F(UplinkTest, AnotherLogIsRefused) {
  ASSERT_TRUE(write_file(files_, config_.state_folder + "/log_id", std::string(32, 'a')).is_ok());
  append();
  start();
  {
    std::unique_lock lock(collector_->mutex_);
    ASSERT_TRUE(collector_->came_.wait_for(lock, std::chrono::seconds(120), [&] {
      size_t hellos = 0;
      for (const auto& r : collector_->requests_) hellos += r.has_hello();
      return hellos >= 3;  // it came back twice without having shipped anything
    }));
    EXPECT_TRUE(sequences(collector_->requests_).empty());
  }
}

// ------------------------------------------------------------------ a host that is enrolled

class EnrolledUplinkTest : public UplinkTest {
 protected:
  void SetUp() override {
    UplinkTest::SetUp();
    HostIdentity identity;
    const auto key = TlsKey::generate();
    const ToyCa ca;
    identity.enrolment.agent = "web1";
    identity.enrolment.log_id.fill('E');
    identity.enrolment.collector = "c.example:4460";
    identity.key = *key->to_pem();
    identity.chain = ca.issue({.request = *key->request()}).chain;
    identity.root = ca.root();
    ASSERT_TRUE(IdentityFiles(config_.state_folder + "/identity").replace(identity).is_ok());
  }
  std::string bound() { return *read_file(files_, config_.state_folder + "/log_id", 100); }
};

// Who answers first does not decide which log is this host's.
TEST_F(EnrolledUplinkTest, CollectorOfAnotherLogGetsNothing) {
  append();
  start();
  {
    std::unique_lock lock(collector_->mutex_);
    EXPECT_TRUE(collector_->came_.wait_for(lock, std::chrono::seconds(30), [&] {
      return collector_->requests_.size() >= 2;  // it said Hello, and came back to say it again
    }));
    for (const auto& request : collector_->requests_) {
      EXPECT_TRUE(request.has_hello());
      EXPECT_EQ(request.hello().log_id(), std::string(16, 'E'));
    }
  }
  EXPECT_EQ(bound(), to_hex(as_bytes(std::string(16, 'E'))) + "\n");
}

TEST_F(EnrolledUplinkTest, CollectorOfItsLogGetsAll) {
  collector_->resume_.set_log_id(std::string(16, 'E'));
  append();
  start();
  EXPECT_EQ(sequences(collector_->wait_for(1)), (std::vector<uint64_t>{1}));
}

// It would else report to whoever listens on the local socket.
TEST_F(EnrolledUplinkTest, IdentityThatCannotBeReadIsNotPassedOver) {
  std::ofstream(config_.state_folder + "/identity/enrolment", std::ios::trunc) << "agent web1\n";
  const Status status = Uplink(config_, stop_.get()).run();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("identity/enrolment"), std::string::npos);
  EXPECT_TRUE(collector_->requests_.empty());
}

}  // namespace
}  // namespace spoor::uplink
