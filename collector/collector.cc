#include "collector/collector.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "collector/follow/follower.h"
#include "collector/index/memory_index.h"
#include "collector/limits.h"
#include "collector/listen_path.h"
#include "collector/log/ballast.h"
#include "collector/log/cursor.h"
#include "common/folder_lock.h"
#include "collector/log/log.h"
#include "collector/query/query_server.h"
#include "collector/receive/journal.h"
#include "collector/receive/last_status.h"
#include "collector/receive/log_writer.h"
#include "collector/receive/uplink_server.h"
#include "common/clock.h"
#include "common/log.h"

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

// Where the collector's own stream ends in the log.
const StreamHead* own_head(const Log& log) {
  for (const KnownStream& stream : log.opened_with())
    if (stream.head.stream == Journal::stream_of(log.id())) return &stream.head;
  return nullptr;
}

LogDoor door_of(Log& log, Ballast& ballast) {
  LogDoor door;
  door.identity = {log.id(), log.generation(), log.key()};
  door.raise_generation = [&log](uint64_t generation) { return log.raise_generation(generation); };
  door.give_up_ballast = [&ballast] { ballast.give_up(); };
  door.restore_ballast = [&ballast] { return ballast.restore(); };
  return door;
}

}  // namespace

// The doors for uplinks, with the certificates read.
Result<UplinkDoors> doors_of(const Config& config, Files& files) {
  constexpr size_t kPemBytesMax = 1u << 20;
  UplinkDoors doors;
  if (!config.uplink_socket.empty()) doors.socket = "unix:" + config.uplink_socket;
  if (config.uplink_listen.empty()) return doors;
  TlsDoor& tls = doors.tls.emplace_back();
  tls.address = config.uplink_listen;
  ASSIGN_OR_RETURN(tls.certificate, read_file(files, config.tls_certificate, kPemBytesMax));
  ASSIGN_OR_RETURN(tls.key, read_file(files, config.tls_key, kPemBytesMax));
  ASSIGN_OR_RETURN(tls.authorities, read_file(files, config.tls_authorities, kPemBytesMax));
  RETURN_IF_ERROR(UplinkServer::allow_tls13_only(tls.key));
  return doors;
}

// Downstream first, so that each source is gone before what it feeds.
struct Collector::Parts {
  Parts(const Config& config, FolderLock taken, std::unique_ptr<PosixFiles> disk,
        std::unique_ptr<Log> opened)
      : lock(std::move(taken)),
        files(std::move(disk)),
        log(std::move(opened)),
        ballast(*files, config.log_folder, config.log_ballast_bytes),
        cursor(log->read_after(index.position())),
        follower([this](size_t bytes_max) { return cursor.read(bytes_max); },
                 [this](std::span<const IndexedEvent> events, Position from, Position to) {
                   return index.apply(events, from, to);
                 },
                 index.position()),
        journal(log->id(), own_head(*log), clock),
        writer(intake,
               [this](std::span<const NewEntry> entries) { return write_durably(*log, entries); },
               clock, known_streams(*log), door_of(*log, ballast), &journal) {
    journal.on_added([this] { intake.wake(); });
  }

  void follow(std::stop_token stop);
  LagFacts lag() const;
  void tell(v1::CollectorState::Change change);

  FolderLock lock;  // one log, one writer
  std::unique_ptr<PosixFiles> files;
  SystemClock clock;
  std::unique_ptr<Log> log;
  Ballast ballast;
  MemoryIndex index;
  LogCursor cursor;
  Follower follower;
  std::unique_ptr<QueryServer> queries;
  Intake intake;
  Journal journal;
  LastStatuses statuses;
  LogWriter writer;
  std::unique_ptr<UplinkServer> uplinks;
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

LagFacts Collector::Parts::lag() const {
  const Follower::Progress progress = follower.progress();
  const uint64_t log_bytes = log->bytes();
  return {log_bytes > progress.bytes ? log_bytes - progress.bytes : 0, progress.received_until_ns,
          log_bytes, log->id()};
}

void Collector::Parts::tell(v1::CollectorState::Change change) {
  v1::Event event;
  v1::CollectorState& state = *event.mutable_collector_state();
  state.set_change(change);
  state.set_version(SPOOR_VERSION);
  state.set_log_id(std::string(as_text(log->id())));
  state.set_log_bytes(log->bytes());
  journal.add(std::move(event));
}

Collector::Collector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Collector>> Collector::start(const Config& config) {
  // The lock comes first: it tells a second collector before anything of the first is touched.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.log_folder));
  RETURN_IF_ERROR(free_listen_path(config.query_socket));
  if (!config.uplink_socket.empty()) RETURN_IF_ERROR(free_listen_path(config.uplink_socket));
  // Opening cuts what a crash tore, so that what is told to agents is true.
  auto files = std::make_unique<PosixFiles>();
  ASSIGN_OR_RETURN(const UplinkDoors doors, doors_of(config, *files));
  ASSIGN_OR_RETURN(std::unique_ptr<Log> log, Log::open(*files, config.log_folder));
  auto parts = std::make_unique<Parts>(config, std::move(lock), std::move(files), std::move(log));
  Parts& p = *parts;
  if (const Status held = p.ballast.restore(); !held.is_ok())
    log_warning("no space is held for the day on which the disk is full: {}", held.message());
  {
    const SocketUmask umask;  // no thread of ours makes files yet
    // Operators can ask while the index is being rebuilt; each answer says how far it is behind.
    ASSIGN_OR_RETURN(p.queries, QueryServer::start("unix:" + config.query_socket, p.index,
                                                   [&p] { return p.lag(); }, p.clock));
    ASSIGN_OR_RETURN(
        p.uplinks,
        UplinkServer::start(doors, p.intake, p.clock,
                            {p.log->id(), p.log->generation(), p.log->key()},
                            [&p](const std::string& agent, const v1::Status& status,
                                 Instant received) { p.statuses.keep(agent, status, received); }));
  }
  // Until here they are the collector's own group's, which is nobody else's.
  RETURN_IF_ERROR(give_to_group(config.query_socket, config.query_group));
  if (!config.uplink_socket.empty())
    RETURN_IF_ERROR(give_to_group(config.uplink_socket, config.uplink_group));
  p.tell(v1::CollectorState::CHANGE_STARTED);
  p.follow_thread = std::jthread([&p](std::stop_token stop) { p.follow(std::move(stop)); });
  // What waits is written together; ends when the intake is closed and empty.
  p.write_thread = std::jthread([&p] {
    while (p.intake.wait(kCommitWaitNs, p.writer.patience_ns())) p.writer.step();
    p.writer.step();  // its own last words
  });
  log_info("log {} in {}: {} bytes, {} streams", to_hex(p.log->id()), config.log_folder,
           p.log->bytes(), p.log->opened_with().size());
  log_info("accepting agents on {}{}{}, operators on unix:{}", doors.socket,
           doors.socket.empty() || doors.tls.empty() ? "" : " and ", config.uplink_listen,
           config.query_socket);
  return std::unique_ptr<Collector>(new Collector(std::move(parts)));
}

Collector::~Collector() {
  Parts& p = *parts_;
  p.tell(v1::CollectorState::CHANGE_STOPPED);
  p.intake.close();        // nothing new is taken...
  p.write_thread.join();   // ...what was taken is on disk, and told...
  p.uplinks.reset();       // ...and the rest is sent again to who comes next.
  p.queries.reset();
}

}  // namespace spoor::collector
