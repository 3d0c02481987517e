#include "agent/agent.h"

#include <unistd.h>

#include <utility>

#include "agent/handover.h"
#include "agent/kept_rules.h"
#include "agent/kernel_seat.h"
#include "agent/kernel_watch.h"
#include "agent/limits.h"
#include "agent/lookup.h"
#include "agent/pipeline.h"
#include "agent/privilege.h"
#include "agent/recovery.h"
#include "agent/rule_settings.h"
#include "agent/saved_state.h"
#include "agent/sealed_folder.h"
#include "agent/seat_keeper.h"
#include "agent/service_manager.h"
#include "agent/source/procfs.h"
#include "agent/spool_thread.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSaveNs = 10 * kNsPerSecond;
// A seat whose holder is dead works; after this long it is changed without a quiet moment, too.
constexpr int64_t kSeatChangeNs = 10 * kNsPerSecond;
// A crash within the change itself has a counted gap: where crashes come in a row, it waits.
constexpr int64_t kSeatQuietNs = kNsPerSecond;
constexpr int64_t kStandstillNs = kNsPerSecond / 2;
// After one: what the kernel held back may come in several goes.
constexpr int64_t kNudgesNs = 4 * kNsPerSecond;
// What was told before a crash is derived again when the timers of its events have run out.
constexpr int64_t kToldKeepNs = kExitHoldNs + kEventQuietNsMax + kSerialReorderNs;

Result<CommitInbox> inbox_of(const Config& config) {
  const auto uid = find_uid(config.commit_user, read_names());
  if (!uid.is_ok()) return uid.status().with_context("commit.user");
  return CommitInbox(config.commit_folder, *uid);
}

SpoolConfig spool_config(const Config& config) {
  SpoolConfig spool;
  spool.folder = config.spool_folder;
  spool.bytes_max = config.spool_bytes_max;
  return spool;
}

Confinement confinement_of(const Config& config, const std::string& config_path) {
  Confinement confinement;
  confinement.read = {"/etc", "/proc", "/sys/devices/system/cpu", "/usr/share/zoneinfo",
                      config_path.substr(0, config_path.rfind('/') + 1), config.commit_folder,
                      config.machine_id_file};
  confinement.read.insert(confinement.read.end(), config.rules_folders.begin(),
                          config.rules_folders.end());
  confinement.write = {config.spool_folder, config.state_folder};
  return confinement;
}

// The sandbox was closed around these when the first image started.
bool same_folders(const Config& a, const Config& b) {
  return a.spool_folder == b.spool_folder && a.state_folder == b.state_folder &&
         a.commit_folder == b.commit_folder && a.rules_folders == b.rules_folders &&
         a.machine_id_file == b.machine_id_file;
}

Status report_problems(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) log_error("{}", problem);
  return problems.empty() ? ok()
                          : invalid(std::to_string(problems.size()) + " problems, see above");
}

}  // namespace

// Downstream first: C++ destroys the source before the sink.
struct Agent::Parts {
  std::string config_path;
  Config config;
  Host host;
  PosixFiles files;
  SystemClock clock;
  ServiceManager manager;
  std::optional<Predecessor> predecessor;
  std::unique_ptr<SpoolThread> spool;
  std::unique_ptr<Pipeline> pipeline;
  std::optional<ReadRing> ring;
  std::unique_ptr<KernelSeat> seat;
  std::unique_ptr<KeptRules> rules;    // the watch's, once it runs
  std::unique_ptr<KernelWatch> watch;
  std::unique_ptr<SeatKeeper> seat_keeper;
  std::unique_ptr<Lookup> lookup;
  std::optional<AuditSocket> fresh;    // what an inherited seat is changed to at a quiet moment
  std::unique_ptr<Capture> capture;
  uint64_t last_position = 0;   // of the ring, at the last tick
  int64_t read_last_ns = 0;     // boottime
  int64_t seat_due_ns = 0;
  uint64_t saved_position = 0;  // of the ring, by the last state that was queued
  int64_t save_due_ns = 0, last_tick_ns = 0, nudge_until_ns = 0;
  int64_t told_until_ns = 0;    // 0: nothing of the run before can come again

  std::string state_path() const { return config.state_folder + "/state"; }
  bool holds_seat() const { return seat_keeper->state() == SeatState::holding; }
  Status find_seat(std::optional<Handover>& handover);
  Status open_spool();
  void open_ring();
  Result<Capture::Sources> sources_of(std::optional<Handover>& handover);
  Status open_sources(std::optional<Handover>& handover);
  void restore(uint64_t ours, bool sockets_kept);
  void prepare_watch();
  void on_config_change(const AuditEvent& event);
  void tell(const KernelReport& report, Instant now);
  Status every_tick(Instant now);
  Status every_second(Instant now);
  void save_when_due(Instant now);
  Status change_seat_when_quiet(Instant now);
  std::string state(Instant now) const;
  bool wants_reload();
};

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const std::string& config_path, const Config& config) {
  Capture::hold_signals();
  std::optional<Handover> handover = take_handover();
  const bool reload = handover && handover->reload;
  RETURN_IF_ERROR(check_identity());
  auto parts = std::make_unique<Parts>();
  parts->config_path = config_path;
  parts->config = config;
  ASSIGN_OR_RETURN(parts->host, read_host(config.host, config.machine_id_file));

  // Rules first: a bad rule file must change nothing.
  RuleSet rules = wanted_rules(config);
  RETURN_IF_ERROR(report_problems(rules.problems));
  adopt_settings(rules.settings, parts->config.kernel);
  RETURN_IF_ERROR(parts->find_seat(handover));
  if (!handover) parts->host.reading_since_ns = parts->clock.now().realtime_ns;
  const bool sockets_kept = handover.has_value();
  KernelSeat& seat = *parts->seat;
  parts->rules = std::make_unique<KeptRules>(
      std::move(rules), config.rules_beside_daemon, seat.rule_kernel(),
      [&seat](const RuleSettings& settings) { return seat.apply(settings); });

  // From the sink upwards, so that the first record finds everything in place.
  RETURN_IF_ERROR(parts->open_spool());
  parts->open_ring();
  const uint64_t ours = parts->ring->position();
  RETURN_IF_ERROR(parts->open_sources(handover));
  RETURN_IF_ERROR(limit_capabilities());
  // The domain and the filter survive execve; a second layer would only use up the kernel's limits.
  if (!is_confined()) RETURN_IF_ERROR(confine(confinement_of(config, config_path)));
  // Only now threads: they are born with what this one may do.
  parts->spool->start();
  parts->lookup->start();
  parts->restore(ours, sockets_kept);
  parts->prepare_watch();

  const Instant now = parts->clock.now();
  const auto loaded = parts->rules->begin(parts->holds_seat(), now);
  // A reload must not end the capture for a rule that only the kernel refuses.
  if (!loaded.is_ok() && !sockets_kept) return loaded.status();
  if (!loaded.is_ok()) log_error("{}", loaded.status().message());
  parts->pipeline->agent_state(
      {.change = reload ? AgentState::Change::reloaded : AgentState::Change::started,
       .detail = loaded.status().message(),
       .rules = loaded.is_ok() ? *loaded : 0},
      now);
  // From here on the control socket is its thread's.
  parts->watch->start();
  parts->manager.ready();
  log_info("capturing on {} {}, {} rules loaded{}", parts->host.name,
           parts->holds_seat() ? "as the kernel's audit daemon" : "beside another audit daemon",
           loaded.is_ok() ? *loaded : 0,
           reload         ? ", going on after a reload"
           : sockets_kept ? ", going on with the sockets of the run before"
                          : "");
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

// Who has the seat decides how we begin: as the daemon, or listening beside one.
Status Agent::Parts::find_seat(std::optional<Handover>& handover) {
  ASSIGN_OR_RETURN(seat, KernelSeat::open(config.state_folder));
  ASSIGN_OR_RETURN(const KernelSeat::Look look, seat->look());
  const SeatHolder& holder = look.holder;
  if (holder.is_other() && (!config.seat.listen_beside || holder.is_agent())) {
    return denied("the audit socket is held by " + describe(holder) +
                  "; one program at a time may be the audit daemon: stop it first" +
                  (holder.is_agent() ? "" : ", or let kernel.beside_daemon be `listen`"));
  }
  if (holder.is_other() && look.status.enabled == 0) {
    log_warning("kernel audit is switched off, and it is {}'s to switch it on (auditctl -e 1)",
                describe(holder));
  }
  if (handover && !holder.is_us && !holder.is_other()) {
    // A kernel that names nobody has given the seat up, and sends to listeners alone.
    if (holder.pid != 0) {
      seat->inherit(holder.pid);
    } else if (!AuditSocket::listens(handover->audit.get())) {
      log_warning("the kernel has given the seat of the run before up; beginning with new sockets");
      handover.reset();
    }
  }
  const bool holds = handover ? holder.is_us || seat->is_inherited() : !holder.is_other();
  seat_keeper = std::make_unique<SeatKeeper>(
      holds ? SeatState::holding : SeatState::listening, config.seat,
      [this](const AgentState& told, Instant now) { pipeline->agent_state(told, now); });
  if (!handover || !holds) return ok();
  if (!seat->is_inherited()) seat_keeper->took(clock.now());
  return seat->settle_in(config.kernel);
}

Status Agent::Parts::open_spool() {
  RETURN_IF_ERROR(files.make_folder(config.state_folder));
  ASSIGN_OR_RETURN(CommitInbox inbox, inbox_of(config));
  // Two agents must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.spool_folder));
  ASSIGN_OR_RETURN(auto opened, Spool::open(files, clock, spool_config(config), std::move(lock)));
  const WriterPlace place = place_of(*opened);
  predecessor = find_predecessor(files, state_path(), *opened, host);
  spool = std::make_unique<SpoolThread>(std::move(opened), std::move(inbox), files, clock,
                                        state_path());
  pipeline = std::make_unique<Pipeline>(
      host, place, config.rules_only_login_uid,
      [this](PipelineFrame&& frame) { spool->queue().push(std::move(frame)); });
  lookup = std::make_unique<Lookup>();
  pipeline->set_names(lookup->take_names());
  if (config.rules_unattended == "containers") {
    pipeline->want_containers_only(
        [this](PlaceQuestion&& question) { lookup->ask_place(std::move(question)); });
  }
  return ok();
}

// Without room for it the capture goes on: only a crash will lose more.
void Agent::Parts::open_ring() {
  auto opened = ReadRing::open(config.state_folder + "/read-ring", host.boot_id);
  if (!opened.is_ok()) {
    log_warning("what is read will not outlive a crash: {}", opened.status().message());
  }
  ring.emplace(opened.is_ok() ? std::move(opened).value() : ReadRing::in_memory());
}

Result<Capture::Sources> Agent::Parts::sources_of(std::optional<Handover>& handover) {
  if (handover) {
    if (seat->is_inherited()) {  // while the capability for its buffer is there
      ASSIGN_OR_RETURN(fresh, AuditSocket::open(ring->audit()));
      seat_due_ns = clock.now().boottime_ns + kSeatChangeNs;
    }
    Capture::Sources sources{AuditSocket::adopt(std::move(handover->audit), ring->audit()),
                             ProcConnector::adopt(std::move(handover->connector),
                                                  ring->connector())};
    if (!holds_seat() && !sources.audit.listens()) RETURN_IF_ERROR(sources.audit.listen());
    if (predecessor->state) {
      sources.audit_drops = predecessor->state->audit_drops;
      sources.connector_drops = predecessor->state->connector_drops;
    }
    return sources;
  }
  // What the manager may still hold of a run before us would keep the seat from us.
  manager.forget(kAuditName);
  manager.forget(kConnectorName);
  if (const Status heard = manager.wait_until_heard(); !heard.is_ok()) {
    log_warning("{}", heard.message());
  }
  // Births are heard before commands, so that no command lacks its process's birth.
  ASSIGN_OR_RETURN(ProcConnector connector, ProcConnector::open(ring->connector()));
  ASSIGN_OR_RETURN(AuditSocket audit, AuditSocket::open(ring->audit()));
  if (!holds_seat()) {
    RETURN_IF_ERROR(audit.listen());
  } else {
    // What comes before the tables are restored waits in the ring for that.
    RETURN_IF_ERROR(seat->take(audit, config.kernel,
                               [this](const Datagram& record) { ring->append(record); }));
    ring->publish();
  }
  const uint32_t audit_drops = audit.drops(), connector_drops = connector.drops();
  return Capture::Sources{std::move(audit), std::move(connector), audit_drops, connector_drops};
}

Status Agent::Parts::open_sources(std::optional<Handover>& handover) {
  ASSIGN_OR_RETURN(Capture::Sources sources, sources_of(handover));
  manager.keep(kAuditName, sources.audit.fd());
  manager.keep(kConnectorName, sources.connector.fd());
  capture = std::make_unique<Capture>(std::move(sources), *ring, *pipeline, clock);
  capture->every_tick = [this](Instant now) { return every_tick(now); };
  capture->every_second = [this](Instant now) { return every_second(now); };
  capture->wants_reload = [this] { return wants_reload(); };
  return ok();
}

void Agent::Parts::restore(uint64_t ours, bool sockets_kept) {
  Instant now = clock.now();
  const uint64_t records = recover(*predecessor, *ring, ours, sockets_kept, *pipeline, now);
  predecessor->state.reset();  // it is large
  told_until_ns = now.boottime_ns + kToldKeepNs;
  if (records > 0) {
    pipeline->agent_state({.change = AgentState::Change::records_recovered, .count = records}, now);
    log_info("{} records that the run before had read, and not spooled, were not lost", records);
  }
  // What ended meanwhile is heard before /proc is asked who is there.
  capture->read_rest();
  now = clock.now();
  pipeline->reconcile(processes_found(), now);
}

void Agent::Parts::prepare_watch() {
  watch = std::make_unique<KernelWatch>(*seat, config.kernel, clock);
  watch->check_rules = [this](Instant now, const std::optional<ConfigHint>& hint) {
    return rules->check(now, hint);
  };
  watch->beside_other = [this] { rules->beside_other(); };
  pipeline->config_changed = [this](const AuditEvent& event) { on_config_change(event); };
}

// Somebody else's change; ours need no second look.
void Agent::Parts::on_config_change(const AuditEvent& event) {
  ConfigHint hint;
  if (event.config->auid != kUnsetId) hint.auid = event.config->auid;
  if (event.syscall) {
    hint.pid = event.syscall->pid;
    hint.exe = event.bytes(event.syscall->exe);
  }
  if (hint.pid != static_cast<uint32_t>(getpid())) watch->hint(std::move(hint));
}

Result<Agent::End> Agent::run() {
  Parts& p = *parts_;
  const auto end = p.capture->run();
  const Instant now = p.clock.now();
  for (const KernelReport& report : p.watch->take()) p.tell(report, now);
  if (!end.is_ok()) {
    p.pipeline->close(now);
    return end;
  }
  if (*end == End::stop) {
    p.manager.stopping();
    // What the kernel sent before it let go of us is in the buffer still.
    if (p.holds_seat()) p.capture->audit().leave_seat();
    p.capture->read_rest();
    p.pipeline->agent_state({.change = AgentState::Change::stopped}, now);
    p.pipeline->close(now);
    p.manager.forget(kAuditName);
    p.manager.forget(kConnectorName);
    p.spool->queue().push_state({p.state(now), p.ring->position()});
    if (const uint64_t stray = p.pipeline->undecoded(); stray > 0) {
      log_warning("{} records had no header that could be read; their text was kept", stray);
    }
    if (const auto parts = p.pipeline->fragments_dropped(); parts.records > 0) {
      log_warning("{} records came alone and do not say whose they are ({} events of which nothing "
                  "else came); as a guest we did not record them", parts.records, parts.events);
    }
    log_info("stopped; audit rules stay in the kernel (spoor-agent cleanup removes them)");
  }
  return end;
}

void Agent::Parts::tell(const KernelReport& report, Instant now) {
  for (const AgentNews& news : report.news) pipeline->agent_state(news.state(), now);
  pipeline->kernel_status(report.status, now);
}

Status Agent::Parts::every_tick(Instant now) {
  // After a standstill the kernel may hold records back, and nothing later tells that they exist.
  if (last_tick_ns != 0 && now.boottime_ns - last_tick_ns >= kStandstillNs) {
    nudge_until_ns = now.boottime_ns + kNudgesNs;
    watch->nudge();
  }
  last_tick_ns = now.boottime_ns;
  capture->count_drops(!holds_seat(), now);
  seat_keeper->tick(capture->audit(), now);
  for (const KernelReport& report : watch->take()) {
    tell(report, now);
    RETURN_IF_ERROR(seat_keeper->seen(capture->audit(), report.holder, report.status.asked, now));
  }
  pipeline->on_places(lookup->take_places(), now);
  save_when_due(now);
  return change_seat_when_quiet(now);
}

Status Agent::Parts::every_second(Instant now) {
  manager.alive();
  // What is missing may lie in the kernel, which sends it when there is something new to send.
  if (pipeline->waits_for_serials(now) || now.boottime_ns < nudge_until_ns) watch->nudge();
  if (auto names = lookup->take_names()) pipeline->set_names(std::move(names));
  return ok();
}

std::string Agent::Parts::state(Instant now) const {
  const Capture::Sources& sources = capture->sources();
  return encode_state({pipeline->save(now), ring->id(), ring->position(),
                       sources.audit_drops - pipeline->drops_untold(), sources.connector_drops},
                      host.boot_id);
}

void Agent::Parts::save_when_due(Instant now) {
  ring->settle(spool->saved_position());
  if (told_until_ns != 0) {
    // A state saved now would not speak of what is told and may still be derived again.
    if (!predecessor->told.is_empty() && now.boottime_ns < told_until_ns) return;
    pipeline->set_told(nullptr);
    predecessor.reset();
    told_until_ns = 0;
  }
  const uint64_t position = ring->position();
  const bool half_full = position - saved_position > kReadRingBytes / 2;
  if (position == saved_position || (now.boottime_ns < save_due_ns && !half_full) ||
      spool->queue().has_state()) {
    return;
  }
  save_due_ns = now.boottime_ns + kSaveNs;
  saved_position = position;
  pipeline->flush();
  spool->queue().push_state({state(now), position});
}

Status Agent::Parts::change_seat_when_quiet(Instant now) {
  if (std::exchange(last_position, ring->position()) != ring->position()) {
    read_last_ns = now.boottime_ns;
  }
  const bool quiet = now.boottime_ns - read_last_ns >= kSeatQuietNs;
  if (!fresh || told_until_ns != 0 || (!quiet && now.boottime_ns < seat_due_ns)) return ok();
  AuditSocket socket = std::move(*std::exchange(fresh, std::nullopt));
  // Somebody else has it by now, or nobody.
  if (!holds_seat() || !seat->is_inherited()) return ok();
  ASSIGN_OR_RETURN(const bool moved, capture->move_seat(std::move(socket), [this] {
    manager.forget(kAuditName);
    return manager.wait_until_heard();
  }));
  if (!moved) {
    log_warning("going on with the audit socket of the run before");
    return ok();
  }
  seat->became_own();
  seat_keeper->took(clock.now());
  manager.keep(kAuditName, capture->sources().audit.fd());
  pipeline->agent_state({.change = AgentState::Change::seat_taken}, clock.now());
  log_info("took the audit seat anew, in place of the run before");
  return ok();
}

bool Agent::Parts::wants_reload() {
  const LoadedConfig loaded = load_config(config_path);
  std::vector<std::string> problems = loaded.problems;
  if (problems.empty()) {
    problems = wanted_rules(loaded.config).problems;
    if (!same_folders(loaded.config, config)) {
      problems.push_back(config_path + ": folders cannot change in a reload, since the sandbox "
                         "was built around them; restart spoor-agent");
    }
  }
  const auto binary = own_binary();
  if (!binary.is_ok() || access(binary->c_str(), X_OK) != 0) {
    problems.push_back("the program to go on with is not there (an upgrade under way?)");
  }
  if (report_problems(problems).is_ok()) return true;
  log_error("not reloaded: going on with the configuration of before");
  return false;
}

Status Agent::execute_again(char* const* arguments) {
  Parts& p = *parts_;
  ASSIGN_OR_RETURN(const std::string binary, own_binary());
  const Instant now = p.clock.now();
  p.manager.reloading(now.boottime_ns - p.clock.suspended_ns());
  p.pipeline->flush();
  p.spool->queue().push_state({p.state(now), p.ring->position()});
  p.watch.reset();
  Capture::Sources sources = std::move(*p.capture).release();
  const Handover handover{std::move(sources.audit).release(),
                          std::move(sources.connector).release(), true};
  p.lookup.reset();
  p.spool.reset();  // everything sealed is on disk, and the state behind it
  return agent::execute_again(binary, handover, arguments);
}

Status enter_sandbox(const std::string& config_path, const Config& config) {
  RETURN_IF_ERROR(check_identity());
  RETURN_IF_ERROR(limit_capabilities());
  return confine(confinement_of(config, config_path));
}

Result<std::vector<std::string>> cleanup(const Config& config) {
  ASSIGN_OR_RETURN(const auto seat, KernelSeat::open(config.state_folder));
  return seat->put_back();
}

}  // namespace spoor::agent
