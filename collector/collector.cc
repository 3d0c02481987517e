#include "collector/collector.h"

#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "collector/agent_desk.h"
#include "collector/agent_reports.h"
#include "collector/follow/event_reader.h"
#include "collector/index_keeper.h"
#include "collector/identity/certificate.h"
#include "collector/identity/own_events.h"
#include "collector/identity/packet_socket.h"
#include "collector/connection_limits.h"
#include "collector/limits.h"
#include "collector/listen_path.h"
#include "collector/log/ballast.h"
#include "collector/log/cursor.h"
#include "common/folder_lock.h"
#include "collector/log/log.h"
#include "collector/log/log_keeper.h"
#include "collector/query/query_server.h"
#include "collector/receive/descriptor_limit.h"
#include "collector/receive/enrolment_service.h"
#include "collector/receive/journal.h"
#include "collector/receive/last_status.h"
#include "collector/receive/log_writer.h"
#include "collector/receive/uplink_server.h"
#include "collector/stall_watch.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/time_format.h"
#include "common/thread_name.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

// Evidence comes before views of it: where processors are short, the index waits for the log.
constexpr int kFollowerNice = 10;

// As the log has them, but for whose they have become since their last frame.
Result<std::vector<LogWriter::Known>> known_streams(const Log& log, Registry& registry) {
  ASSIGN_OR_RETURN(const auto renamed, registry.renamed());
  std::vector<LogWriter::Known> out;
  for (const KnownStream& stream : log.opened_with()) {
    const auto found = renamed.find(stream.head.stream);
    const bool is_renamed = found != renamed.end() && found->second.is_newer_than(stream.head);
    out.push_back({is_renamed ? found->second.agent : stream.agent, stream.head, stream.past,
                   stream.points});
  }
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

// Where the collector's own stream ends in the log.
const StreamHead* own_head(const Log& log) {
  for (const KnownStream& stream : log.opened_with())
    if (stream.head.stream == Journal::stream_of(log.id())) return &stream.head;
  return nullptr;
}

}  // namespace

// Downstream first, so that each source is gone before what it feeds.
struct Collector::Parts {
  Parts(const Config& config, FolderLock taken, std::unique_ptr<PosixFiles> disk,
        std::unique_ptr<Log> opened)
      : lock(std::move(taken)),
        files(std::move(disk)),
        log(std::move(opened)),
        ballast(*files, config.log_folder, config.log_ballast_bytes),
        journal(log->id(), own_head(*log), clock) {
    journal.on_added([this] { intake.wake(); });
  }

  LogDoor log_door();
  Status make_writer();
  AgentDesk::Hooks desk_hooks(const Config& config);
  Result<UplinkDoors> doors_of(const Config& config);
  Status open_index(const Config& config);
  QueryServer::Doors query_doors();
  void follow(std::stop_token stop);
  void watch(std::stop_token stop);
  void warn_of_end();
  LagFacts lag() const;
  void tell(v1::CollectorState::Change change);

  FolderLock lock;  // one log, one writer
  std::unique_ptr<PosixFiles> files;
  SystemClock clock;
  std::unique_ptr<Log> log;
  Ballast ballast;
  LogKeeper keeper{*log};
  Intake intake;
  Journal journal;
  LastStatuses statuses;
  std::atomic<bool> is_writable = true;
  StallWatch writing{clock, kWriterStalledNs};
  int64_t server_until_ns = 0;  // its certificate's end; 0: no TLS
  int64_t warned_ns = 0;
  std::unique_ptr<AgentDesk> desk;
  std::unique_ptr<IndexKeeper> index;
  std::unique_ptr<QueryServer> queries;
  std::unique_ptr<LogWriter> writer;
  std::unique_ptr<UplinkServer> uplinks;
  std::jthread watch_thread;
  std::jthread follow_thread;
  std::jthread keep_thread;
  std::jthread write_thread;
};

LogDoor Collector::Parts::log_door() {
  LogDoor door;
  door.identity = {log->id(), log->generation(), log->key()};
  door.raise_generation = [this](uint64_t generation) -> Status {
    RETURN_IF_ERROR(log->raise_generation(generation));
    index->make_anew({log->id(), generation}, "the log came back older than it was");
    return ok();
  };
  door.give_up_ballast = [this] { ballast.give_up(); };
  // Beside it for a group of frames, or the next one of that size would fill the disk at once.
  door.restore_ballast = [this] { return ballast.restore(kCommitBytesMax + kFrameBytesMax); };
  door.on_writable = [this](bool writable) { is_writable = writable; };
  door.was_name_of = [this](const std::string& former, const Id& machine_id) {
    return desk->registry().was_name_of(former, machine_id);
  };
  door.keep_name = [this](const std::string& agent, const std::vector<StreamHead>& heads) {
    return desk->registry().keep_renamed(agent, heads);
  };
  door.join_commits_ns = kJoinCommitsNs;
  door.on_clone = [this](const std::string& agent) { desk->watch().note_clone(agent); };
  return door;
}

// Once the registry is open, which knows whose the streams are.
Status Collector::Parts::make_writer() {
  ASSIGN_OR_RETURN(std::vector<LogWriter::Known> known, known_streams(*log, desk->registry()));
  writer = std::make_unique<LogWriter>(
      intake, [this](std::span<const NewEntry> entries) { return write_durably(*log, entries); },
      clock, std::move(known), log_door(), &journal);
  return ok();
}

AgentDesk::Hooks Collector::Parts::desk_hooks(const Config& config) {
  AgentDesk::Hooks hooks;
  hooks.tell = [this](v1::Event event) { journal.add(std::move(event)); };
  hooks.ask = [path = config.authority_socket](std::string_view question) {
    return ask(path, question);
  };
  hooks.reports = [this] { return agent_reports(statuses.take_news()); };
  hooks.is_accepting = [this] { return is_writable && !writing.is_stalled(); };
  hooks.cut = [this](const std::vector<Revocation>& revoked) {
    for (const Revocation& certificate : revoked) uplinks->cut(certificate.serial);
  };
  return hooks;
}

// The doors for uplinks, with the certificates read.
Result<UplinkDoors> Collector::Parts::doors_of(const Config& config) {
  constexpr size_t kPemBytesMax = 1u << 20;
  UplinkDoors doors;
  if (!config.uplink_socket.empty()) doors.socket = "unix:" + config.uplink_socket;
  if (config.uplink_listen.empty()) return doors;
  doors.requests = enrolment_methods(desk->enrolment(), {log->id(), log->key()->public_key()});
  TlsDoor& tls = doors.tls.emplace_back();
  tls.address = config.uplink_listen;
  ASSIGN_OR_RETURN(tls.certificate, read_file(*files, config.tls_certificate, kPemBytesMax));
  ASSIGN_OR_RETURN(tls.key, read_file(*files, config.tls_key, kPemBytesMax));
  ASSIGN_OR_RETURN(tls.authorities, read_file(*files, config.tls_authorities, kPemBytesMax));
  tls.judge = [this](const PeerIdentity& peer) { return desk->judge(peer); };
  tls.on_refused = [this](const std::string& what, const std::string& agent,
                          const std::string& address, const std::string& why) {
    desk->enrolment().refusals().add(what, agent, address, why);
  };
  ASSIGN_OR_RETURN(const Certificate own, Certificate::from_pem(tls.certificate));
  server_until_ns = own.not_after_s() * kNsPerSecond;
  RETURN_IF_ERROR(UplinkServer::set_up_tls(tls.key));
  return doors;
}

Status Collector::Parts::open_index(const Config& config) {
  IndexKeeper::Doors doors;
  doors.read_after = [this](Position after) -> Follower::Read {
    return [cursor = std::make_shared<LogCursor>(log->read_after(after))](size_t bytes_max) {
      return cursor->read(bytes_max);
    };
  };
  doors.log_end = [this] { return log->synced(); };
  doors.on_checkpoint = [this](const LogEntry& entry, const Frame& checkpoint) {
    desk->checkpoints().look(entry, checkpoint);
  };
  ASSIGN_OR_RETURN(index, IndexKeeper::open(*files, clock, index_folder(config),
                                            {log->id(), log->generation()}, std::move(doors)));
  return ok();
}

QueryServer::Doors Collector::Parts::query_doors() {
  QueryServer::Doors doors;
  doors.index = [this] { return index->index(); };
  doors.lag = [this] { return lag(); };
  doors.agents = [this] { return desk->agents(); };
  doors.whole_event = [this](const IndexedEvent& event)
      -> Result<std::shared_ptr<const v1::Event>> {
    LogCursor cursor = log->read_after({event.entry - 1});
    ASSIGN_OR_RETURN(const LogBatch batch, cursor.read(1));
    return event_in(batch.entries.empty() ? LogEntry() : batch.entries.front(), event);
  };
  return doors;
}

void Collector::Parts::follow(std::stop_token stop) {
  name_this_thread("follower");
  ::setpriority(PRIO_PROCESS, 0, kFollowerNice);  // of this thread alone, as Linux has it
  while (!stop.stop_requested()) {
    if (!index->is_busy() && !log->wait_beyond(index->position(), stop)) return;
    const Result<bool> step = index->step();
    if (step.is_ok()) continue;
    log_error("the index cannot go on: {}; trails lag until it can", step.status().message());
    std::mutex mutex;
    std::unique_lock guard(mutex);
    std::condition_variable_any().wait_for(guard, stop, std::chrono::seconds(1),
                                           [] { return false; });
  }
}

// No host comes in once it is over, and nothing but a person renews it. Each day of the last month.
void Collector::Parts::warn_of_end() {
  constexpr int64_t kDayNs = 24 * 3600 * kNsPerSecond;
  const int64_t now_ns = clock.now().realtime_ns;
  const int64_t left_ns = server_until_ns - now_ns;
  if (server_until_ns == 0 || left_ns > 30 * kDayNs || now_ns < warned_ns + kDayNs) return;
  warned_ns = now_ns;
  log_warning("this server's certificate {} {}: then no agent is heard. `spoor-collector init "
              "--renew-server`, and restart the collector",
              left_ns > 0 ? "ends on" : "ended on", local_time(server_until_ns).date);
}

// Once a second.
void Collector::Parts::watch(std::stop_token stop) {
  name_this_thread("agent-watch");
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    desk->step();
    warn_of_end();
    uplinks->cut_overdue();
    if (const auto by = index->take_wish()) journal.add(reindexed_event(*by));
    std::unique_lock guard(mutex);
    never.wait_for(guard, stop, std::chrono::seconds(1), [] { return false; });
  }
}

LagFacts Collector::Parts::lag() const {
  return {log->bytes_behind(index->position()), index->received_until_ns(), log->bytes(),
          log->id()};
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
  ASSIGN_OR_RETURN(std::unique_ptr<Log> log, Log::open(*files, config.log_folder));
  auto parts = std::make_unique<Parts>(config, std::move(lock), std::move(files), std::move(log));
  Parts& p = *parts;
  const size_t descriptors = raise_descriptor_limit(kDescriptorsWanted);
  if (!config.uplink_listen.empty() && descriptors < kConnectionsMax + kDescriptorsReserved)
    log_warning("only {} descriptors are allowed here, and each agent takes one: {} are for a "
                "fleet of 10,000 (LimitNOFILE= in the unit)", descriptors, kDescriptorsWanted);
  if (const Status held = p.ballast.restore(); !held.is_ok())
    log_warning("no space is held for the day on which the disk is full: {}", held.message());
  ASSIGN_OR_RETURN(p.desk, AgentDesk::open(state_path(config), state_limits(config), p.clock,
                                           p.log->synced().entry, p.desk_hooks(config)));
  RETURN_IF_ERROR(p.open_index(config));
  RETURN_IF_ERROR(p.make_writer());
  ASSIGN_OR_RETURN(const UplinkDoors doors, p.doors_of(config));
  {
    const SocketUmask umask;  // no thread of ours makes files yet
    // Operators can ask while the index is behind; each answer says how far.
    ASSIGN_OR_RETURN(
        p.queries,
        QueryServer::start("unix:" + config.query_socket, p.query_doors(), p.clock));
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
  p.watch_thread = std::jthread([&p](std::stop_token stop) { p.watch(std::move(stop)); });
  p.follow_thread = std::jthread([&p](std::stop_token stop) { p.follow(std::move(stop)); });
  p.keep_thread = std::jthread([&p](const std::stop_token& stop) { p.keeper.run(stop); });
  // What waits is written together; ends when the intake is closed and empty.
  p.write_thread = std::jthread([&p] {
    name_this_thread("log-writer");
    while (p.intake.wait(kCommitWaitNs, p.writer->patience_ns())) {
      p.writing.begin();
      p.writer->step();
      p.writing.end();
    }
    p.writer->step();  // its own last words
  });
  log_info("log {} in {}: {} bytes, {} streams", to_hex(p.log->id()), config.log_folder,
           p.log->bytes(), p.log->opened_with().size());
  log_info("accepting agents on {}{}{}, operators on unix:{}", doors.socket,
           doors.socket.empty() || doors.tls.empty() ? "" : " and ", config.uplink_listen,
           config.query_socket);
  return std::unique_ptr<Collector>(new Collector(std::move(parts)));
}

Collector::~Collector() { stop(); }

void Collector::stop() {
  Parts& p = *parts_;
  if (!p.desk) return;
  p.keep_thread.request_stop();
  p.watch_thread = std::jthread();  // it cuts connections that must not be gone
  p.tell(v1::CollectorState::CHANGE_STOPPED);
  p.intake.close();        // nothing new is taken...
  p.write_thread.join();   // ...what was taken is on disk, and told...
  p.uplinks.reset();       // ...and the rest is sent again to who comes next.
  p.queries.reset();
  p.follow_thread = std::jthread();
  p.keep_thread = std::jthread();
  p.writer.reset();
  p.index.reset();
  p.desk.reset();
}

}  // namespace spoor::collector
