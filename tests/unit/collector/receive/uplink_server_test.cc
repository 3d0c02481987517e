#include "collector/receive/uplink_server.h"

#include <sys/stat.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/support/raw_uplink.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

// The whole way over a Unix socket, with the writer on a thread, and a disk that can be held.
class UplinkServerTest : public testing::Test {
 protected:
  UplinkServerTest() {
    auto started = UplinkServer::start(address_, intake_, clock_, {Id{1}, 1});
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
  EXPECT_FALSE(uplink.receive());
  EXPECT_EQ(uplink.finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  RawUplink next(address_);
  EXPECT_EQ(hello(next).epoch(), 0u);
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

}  // namespace
}  // namespace spoor::collector
