#include "collector/collector.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "collector/agent_desk.h"
#include "collector/follow/follower.h"
#include "collector/identity/packet_socket.h"
#include "collector/index/memory_index.h"
#include "collector/limits.h"
#include "collector/listen_path.h"
#include "collector/log/cursor.h"
#include "common/folder_lock.h"
#include "collector/log/log.h"
#include "collector/query/query_server.h"
#include "collector/receive/log_writer.h"
#include "collector/receive/uplink_server.h"
#include "common/clock.h"
#include "common/log.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

std::vector<LogWriter::Known> known_streams(const Log& log) {
  std::vector<LogWriter::Known> out;
  for (const KnownStream& stream : log.opened_with()) out.push_back({stream.agent, stream.head});
  return out;
}

Status write_durably(Log& log, std::span<const NewEntry> entries) {
  RETURN_IF_ERROR(log.append(entries));
  return log.sync();
}

StateLimits state_limits(const Config& config) {
  StateLimits limits;
  limits.silent_after_ns = config.silent_after_s * kNsPerSecond;
  limits.stalled_after_ns = config.stalled_after_s * kNsPerSecond;
  return limits;
}

// Agents that come over the Unix socket say nothing of themselves yet, and have no certificate
// that could be cut off.
AgentDesk::Hooks desk_hooks(const Config& config) {
  AgentDesk::Hooks hooks;
  hooks.tell = [](const v1::Event& event) { log_info("event: {}", event.ShortDebugString()); };
  hooks.ask = [path = config.authority_socket](std::string_view question) {
    return ask(path, question);
  };
  hooks.reports = [] { return std::vector<AgentReport>(); };
  hooks.is_accepting = [] { return true; };
  hooks.cut = [](const std::vector<Revocation>&) {};
  return hooks;
}

}  // namespace

// Downstream first, so that each source is gone before what it feeds.
struct Collector::Parts {
  Parts(FolderLock taken, std::unique_ptr<PosixFiles> disk, std::unique_ptr<Log> opened)
      : lock(std::move(taken)),
        files(std::move(disk)),
        log(std::move(opened)),
        cursor(log->read_after(index.position())),
        follower([this](size_t bytes_max) { return cursor.read(bytes_max); },
                 [this](std::span<const IndexedEvent> events, Position from, Position to) {
                   return index.apply(events, from, to);
                 },
                 index.position()),
        writer(intake,
               [this](std::span<const NewEntry> entries) { return write_durably(*log, entries); },
               clock, known_streams(*log)) {}

  void follow(std::stop_token stop);
  void watch(std::stop_token stop);
  LagFacts lag() const;

  FolderLock lock;  // one log, one writer
  std::unique_ptr<PosixFiles> files;
  SystemClock clock;
  std::unique_ptr<Log> log;
  MemoryIndex index;
  LogCursor cursor;
  Follower follower;
  std::unique_ptr<AgentDesk> desk;
  std::unique_ptr<QueryServer> queries;
  Intake intake;
  LogWriter writer;
  std::unique_ptr<UplinkServer> uplinks;
  std::jthread watch_thread;
  std::jthread follow_thread;
  std::jthread write_thread;
};

void Collector::Parts::follow(std::stop_token stop) {
  while (log->wait_beyond(follower.position(), stop)) {
    const Result<bool> step = follower.step();
    if (step.is_ok()) continue;
    log_error("cannot read the log: {}; trails lag until it can", step.status().message());
    std::mutex mutex;
    std::unique_lock guard(mutex);
    std::condition_variable_any().wait_for(guard, stop, std::chrono::seconds(1),
                                           [] { return false; });
  }
}

// Once a second.
void Collector::Parts::watch(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    desk->step();
    std::unique_lock guard(mutex);
    never.wait_for(guard, stop, std::chrono::seconds(1), [] { return false; });
  }
}

LagFacts Collector::Parts::lag() const {
  const Follower::Progress progress = follower.progress();
  const uint64_t log_bytes = log->bytes();
  return {log_bytes > progress.bytes ? log_bytes - progress.bytes : 0, progress.received_until_ns,
          log_bytes, log->id()};
}

Collector::Collector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Collector>> Collector::start(const Config& config) {
  // The lock comes first: it tells a second collector before anything of the first is touched.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.log_folder));
  RETURN_IF_ERROR(free_listen_path(config.query_socket));
  RETURN_IF_ERROR(free_listen_path(config.uplink_socket));
  // Opening cuts what a crash tore, so that what is told to agents is true.
  auto files = std::make_unique<PosixFiles>();
  ASSIGN_OR_RETURN(std::unique_ptr<Log> log, Log::open(*files, config.log_folder));
  auto parts = std::make_unique<Parts>(std::move(lock), std::move(files), std::move(log));
  Parts& p = *parts;
  ASSIGN_OR_RETURN(p.desk, AgentDesk::open(state_path(config), state_limits(config), p.clock,
                                           desk_hooks(config)));
  {
    const SocketUmask umask;  // no thread of ours makes files yet
    // Operators can ask while the index is being rebuilt; each answer says how far it is behind.
    ASSIGN_OR_RETURN(p.queries, QueryServer::start("unix:" + config.query_socket, p.index,
                                                   [&p] { return p.lag(); }, p.clock,
                                                   [&p] { return p.desk->agents(); }));
    ASSIGN_OR_RETURN(p.uplinks, UplinkServer::start("unix:" + config.uplink_socket, p.intake,
                                                    p.clock, {p.log->id(), p.log->generation()}));
  }
  // Until here they are the collector's own group's, which is nobody else's.
  RETURN_IF_ERROR(give_to_group(config.query_socket, config.query_group));
  RETURN_IF_ERROR(give_to_group(config.uplink_socket, config.uplink_group));
  p.watch_thread = std::jthread([&p](std::stop_token stop) { p.watch(std::move(stop)); });
  p.follow_thread = std::jthread([&p](std::stop_token stop) { p.follow(std::move(stop)); });
  // What waits is written together; ends when the intake is closed and empty.
  p.write_thread = std::jthread([&p] {
    while (p.intake.wait(kCommitWaitNs)) p.writer.step();
  });
  log_info("log {} in {}: {} bytes, {} streams", to_hex(p.log->id()), config.log_folder,
           p.log->bytes(), p.log->opened_with().size());
  log_info("accepting agents on unix:{}, operators on unix:{}", config.uplink_socket,
           config.query_socket);
  return std::unique_ptr<Collector>(new Collector(std::move(parts)));
}

Collector::~Collector() {
  Parts& p = *parts_;
  p.intake.close();        // nothing new is taken...
  p.write_thread.join();   // ...what was taken is on disk, and told...
  p.uplinks.reset();       // ...and the rest is sent again to who comes next.
  p.queries.reset();
}

}  // namespace spoor::collector
