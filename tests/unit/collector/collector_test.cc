#include "collector/collector.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "collector/identity/registry.h"
#include "collector/log/cursor.h"
#include "spoor/v1/query.grpc.pb.h"
#include "tests/support/raw_uplink.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace {

std::atomic<bool> holds_writer = false, is_writer_held = false;
std::atomic<int64_t> later_ns = 0;

}  // namespace

// The log's disk stands still as long as a test likes...
extern "C" int fdatasync(int fd) {
  char thread[16] = "";
  ::pthread_getname_np(::pthread_self(), thread, sizeof thread);
  while (holds_writer && std::string_view(thread) == "log-writer") {
    is_writer_held = true;
    std::this_thread::yield();
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}
// ...and the time since boot is as much later as it likes.
extern "C" int clock_gettime(clockid_t id, timespec* out) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, id, out));
  if (id == CLOCK_BOOTTIME && later_ns != 0) {
    const int64_t ns = out->tv_nsec + later_ns;
    out->tv_sec += ns / spoor::kNsPerSecond;
    out->tv_nsec = ns % spoor::kNsPerSecond;
  }
  return result;
}

namespace spoor::collector {
namespace {

// The whole collector in a folder of its own.
class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    config_.log_folder = folder_ / "log";
    config_.log_ballast_bytes = 1 << 20;
    config_.uplink_socket = folder_ / "uplink.sock";
    config_.query_socket = folder_ / "query.sock";
    start();
  }
  void start() {
    auto started = Collector::start(config_);
    ASSERT_TRUE(started.is_ok()) << started.status().message();
    collector_ = std::move(started).value();
  }
  // Ships a frame of these events; returns when it is committed.
  void ship(std::vector<v1::Event> events) {
    RawUplink uplink("unix:" + config_.uplink_socket);
    uplink.send(hello_message({&stream_}));
    const auto resume = uplink.receive();
    ASSERT_TRUE(resume && resume->has_resume());
    EXPECT_EQ(resume->resume().streams(0).chain(),
              stream_.sequence() == 0 ? "" : text_of(stream_.chain()));
    uplink.send(frame_message(stream_.frame(std::move(events))));
    ASSERT_TRUE(uplink.wait_committed(text_of(stream_.stream()), stream_.sequence()));
  }
  // The trail once the index has caught up with the log.
  std::vector<v1::TrailItem> trail(const std::string& name) {
    auto stub = v1::Query::NewStub(grpc::CreateChannel("unix:" + config_.query_socket,
                                                       grpc::InsecureChannelCredentials()));
    v1::LagResponse lag;
    do {
      grpc::ClientContext context;
      if (!stub->Lag(&context, {}, &lag).ok()) return {};
    } while (lag.lag().bytes_behind() > 0);
    grpc::ClientContext context;
    v1::TrailRequest request;
    request.set_session(name);
    auto call = stub->Trail(&context, request);
    std::vector<v1::TrailItem> items;
    v1::TrailItem item;
    while (call->Read(&item)) items.push_back(item);
    return items;
  }

  // Each agent's name and its first state.
  std::map<std::string, v1::Agent::State> agents() {
    auto stub = v1::Query::NewStub(grpc::CreateChannel("unix:" + config_.query_socket,
                                                       grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::AgentsResponse response;
    EXPECT_TRUE(stub->Agents(&context, {}, &response).ok());
    std::map<std::string, v1::Agent::State> out;
    for (const v1::Agent& agent : response.agents()) out[agent.name()] = agent.states(0);
    return out;
  }

  TempFolder folder_;
  Config config_;
  std::unique_ptr<Collector> collector_;
  StreamWriter stream_{1};
  EventMaker make_;
};

TEST_F(CollectorTest, FromTheWireToATrailAndOverARestart) {
  ship({make_.started(1, 10), make_.started(1, 11, 1, 10)});
  EXPECT_EQ(trail("web1:1").size(), 4u);  // session, two commands, lag
  collector_.reset();
  start();
  EXPECT_EQ(trail("web1:1").size(), 4u);
  ship({make_.ended(1, 11, 3)});
  const std::vector<v1::TrailItem> items = trail("web1:1");
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[2].command().exit_code(), 3u);
  EXPECT_EQ(items[2].command().depth(), 1u);
}

// Whose streams they are is in state.db, before a frame of theirs says so.
TEST_F(CollectorTest, ARenamedHostKeepsItsStreamsOverAStart) {
  ship({make_.event(1)});
  collector_.reset();
  PosixFiles files;
  const auto last_agent = [&] {
    const auto log = std::move(Log::open(files, config_.log_folder)).value();
    std::string agent;
    LogCursor cursor = log->read_after({});
    const LogBatch batch = std::move(cursor.read(1 << 20)).value();
    for (const LogEntry& entry : batch.entries)
      if (entry.agent != kOwnAgent) agent = entry.agent;
    return agent;
  };
  EXPECT_EQ(last_agent(), "web1");
  StreamHead head;
  head.stream = stream_.stream();
  head.epoch = stream_.epoch();
  head.sequence = stream_.sequence();
  ASSERT_TRUE((*Registry::open(state_path(config_)))->keep_renamed("web2", {head}).is_ok());
  start();
  ship({make_.event(1)});
  collector_.reset();
  EXPECT_EQ(last_agent(), "web2");
}

// What an agent cannot hand over is no silence of its own.
TEST_F(CollectorTest, NobodyIsSilentWhileTheLogsDiskStandsStill) {
  collector_.reset();
  config_.silent_after_s = 3;
  start();
  StreamWriter other{2};
  RawUplink quiet("unix:" + config_.uplink_socket), loud("unix:" + config_.uplink_socket);
  v1::ShipRequest status;
  status.mutable_status()->set_agent_counter(1);
  quiet.send(hello_message({&stream_}, "quiet"));
  loud.send(hello_message({&other}, "loud"));
  ASSERT_TRUE(quiet.receive()->has_resume() && loud.receive()->has_resume());
  holds_writer = true;
  loud.send(frame_message(other.frame()));
  while (!is_writer_held) std::this_thread::yield();
  quiet.send(status);
  while (!agents().contains("quiet")) std::this_thread::yield();
  // More than the agent may be silent and the writer may take, less than may pass between looks.
  later_ns = 3'200'000'000;
  loud.send(status);
  while (!agents().contains("loud")) std::this_thread::yield();
  EXPECT_EQ(agents().at("quiet"), v1::Agent::STATE_CONNECTED);
  holds_writer = false;
  EXPECT_TRUE(loud.wait_committed(text_of(other.stream()), 1));
  collector_.reset();
  later_ns = 0;
}

TEST_F(CollectorTest, SocketsAreForTheGroup) {
  for (const std::string& path : {config_.uplink_socket, config_.query_socket}) {
    struct stat st {};
    ASSERT_EQ(::stat(path.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0660u);
  }
}

TEST_F(CollectorTest, EachSocketIsForItsGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give to any group";
  collector_.reset();
  config_.uplink_group = "4321";
  config_.query_group = "4322";
  start();
  struct stat st {};
  ASSERT_EQ(::stat(config_.uplink_socket.c_str(), &st), 0);
  EXPECT_EQ(st.st_gid, 4321u);
  ASSERT_EQ(::stat(config_.query_socket.c_str(), &st), 0);
  EXPECT_EQ(st.st_gid, 4322u);
}

TEST_F(CollectorTest, ASecondCollectorIsRefused) {
  const auto same_log = Collector::start(config_);
  EXPECT_EQ(same_log.code(), Code::denied);
  Config other = config_;
  other.log_folder = folder_ / "other-log";
  const auto same_sockets = Collector::start(other);
  EXPECT_EQ(same_sockets.code(), Code::denied);
  ship({make_.event(1)});  // and the first one is none the worse
}

// A disk of a few MiB that fills while an agent ships: nothing is lost, operators read on, and it
// goes on by itself when somebody makes room.
TEST_F(CollectorTest, AFullDiskStopsCommitsAndComesBack) {
  collector_.reset();
  const std::string small = folder_ / "small";
  ASSERT_EQ(::mkdir(small.c_str(), 0700), 0);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=4m") != 0)
    GTEST_SKIP() << "needs root, to mount a small disk";
  const std::unique_ptr<const std::string, void (*)(const std::string*)> mounted(
      &small, [](const std::string* path) { ::umount2(path->c_str(), MNT_DETACH); });
  config_.log_folder = small + "/log";
  start();
  ship({make_.started(1, 10)});
  std::ofstream(small + "/of_others") << std::string(1'500'000, 'x');

  std::string noise;
  while (noise.size() < 300'000) noise += text_of(random_id());
  v1::Event large = make_.event(1);
  large.mutable_shell_line()->set_line(noise);
  const std::string stream = text_of(stream_.stream());
  uint64_t committed = 0;
  std::vector<SealedFrame> frames;
  for (int i = 0; i < 16; ++i) frames.push_back(stream_.frame(std::vector<v1::Event>{large}));
  // Sends what Resume asks for; false when the collector refused before all was committed.
  const auto ship_rest = [&] {
    RawUplink uplink("unix:" + config_.uplink_socket);
    uplink.send(hello_message({&stream_}));
    const auto resume = uplink.receive();
    if (!resume || !resume->has_resume()) return false;
    EXPECT_GE(resume->resume().streams(0).next_sequence(), committed + 1);
    for (const SealedFrame& frame : frames) {
      const uint64_t sequence = frame.header.last_sequence;
      if (sequence < resume->resume().streams(0).next_sequence()) continue;
      uplink.send(frame_message(frame));
      if (!uplink.wait_committed(stream, sequence)) return false;
      committed = sequence;
    }
    return true;
  };
  EXPECT_FALSE(ship_rest());
  EXPECT_GT(committed, 1u);
  EXPECT_FALSE(ship_rest());
  EXPECT_GE(trail("web1:1").size(), 2u);
  ASSERT_EQ(::unlink((small + "/of_others").c_str()), 0);
  ASSERT_EQ(::mount("tmpfs", small.c_str(), "tmpfs", MS_REMOUNT, "size=40m"), 0);
  while (!ship_rest()) {
  }
  collector_.reset();
  PosixFiles files;
  const auto log = std::move(Log::open(files, config_.log_folder)).value();
  LogCursor cursor = log->read_after({});
  std::vector<v1::CollectorState::Change> changes;
  while (true) {
    const auto batch = cursor.read(1 << 20);
    ASSERT_TRUE(batch.is_ok());
    if (batch->entries.empty()) break;
    for (const v1::Event& event : own_events_of(batch->entries))
      changes.push_back(event.collector_state().change());
  }
  using State = v1::CollectorState;
  EXPECT_EQ(changes, (std::vector<State::Change>{State::CHANGE_STARTED, State::CHANGE_DISK_FULL,
                                                 State::CHANGE_WRITABLE, State::CHANGE_STOPPED}));
}

}  // namespace
}  // namespace spoor::collector
