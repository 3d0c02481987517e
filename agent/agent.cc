#include "agent/agent.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "agent/checkpoint_key.h"
#include "agent/checkpoints.h"
#include "agent/kernel_care.h"
#include "agent/limits.h"
#include "agent/log_reader.h"
#include "agent/lookup.h"
#include "agent/privilege.h"
#include "agent/redact/redactor.h"
#include "agent/redact_files.h"
#include "agent/reload.h"
#include "agent/rule_settings.h"
#include "agent/sealed_folder.h"
#include "agent/seat_keeper.h"
#include "agent/source/procfs.h"
#include "agent/spool_thread.h"
#include "agent/succession.h"
#include "agent/witness_process.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

Status report_problems(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) log_error("{}", problem);
  return problems.empty() ? ok()
                          : invalid(std::to_string(problems.size()) + " problems, see above");
}

// A configuration that is not good keeps a wish of the log's from being followed: no hurry then.
constexpr int64_t kRestartRetryNs = 60 * kNsPerSecond;

constexpr int64_t kCheckpointNs = 60 * kNsPerSecond;

FrameWindows windows_of(const Config::Frames& frames) {
  return {.access_ns = frames.access_ms * kNsPerMs,
          .command_ns = frames.command_ms * kNsPerMs,
          .busy_command_ns = frames.busy_command_ms * kNsPerMs,
          .busy_command_events = frames.busy_command_events,
          .other_ns = frames.other_ms * kNsPerMs};
}

AgentState state_of(const SpoolChange& change) {
  using Change = AgentState::Change;
  AgentState state{.change = Change::spool_ok, .count = change.events_lost};
  switch (change.state) {
    case SpoolState::ok:
      state.detail = "frames are written again; events given up meanwhile";
      break;
    case SpoolState::full:
      state.change = Change::spool_full;
      state.detail = "the spool is full: what is not committed is given up";
      break;
    case SpoolState::disk_full:
      state.change = Change::spool_disk_full;
      state.detail = "the spool's disk is full";
      break;
    case SpoolState::io_error:
      state.change = Change::spool_io_error;
      state.detail = "the spool cannot be written";
      break;
  }
  return state;
}

Result<CommitInbox> inbox_of(const Config& config) {
  const auto uid = find_uid(config.commit_user, read_names());
  if (!uid.is_ok()) return uid.status().with_context("commit.user");
  return CommitInbox(config.commit_folder, *uid);
}

}  // namespace

// Downstream first: C++ destroys the source before the sink.
struct Agent::Parts {
  Config config;
  Host host;
  PosixFiles files;
  SystemClock clock;
  ServiceManager manager;
  std::optional<Witness> witness;  // the lookup thread's, once that runs
  std::optional<ReloadCheck> reload;
  std::unique_ptr<SpoolThread> spool;
  std::optional<Redactor> redactor;
  std::unique_ptr<Pipeline> pipeline;
  std::optional<ReadRing> ring;
  std::optional<CrashNote> note;
  std::optional<Feed> feed;
  std::optional<Predecessor> predecessor;  // until restored
  std::optional<Checkpoints> checkpoints;
  std::optional<SigningKey> checkpoint_key;
  int64_t checkpoint_due_ns = 0;  // boottime
  std::unique_ptr<KernelSeat> seat;
  std::optional<KernelCare> kernel;
  std::optional<Succession> succession;
  std::optional<SeatKeeper> seat_keeper;
  std::optional<LogReader> logs;
  std::unique_ptr<Lookup> lookup;
  std::unique_ptr<Capture> capture;
  Instant processes_asked = {};
  uint32_t drops_when_asked = 0;
  bool roots_told = false;
  Hash rules_wanted{};
  StatusFile::Capture status;
  std::vector<std::pair<EventClass, ForkLoss>> forked;  // until told
  int64_t restart_due_ns = 0;  // boottime; a wish of the log's is tried again then

  bool holds_seat() const { return seat_keeper->state() == SeatState::holding; }
  Status find_seat();
  void go_on_with_witness();
  Status open_spool();
  Status open_sources();
  void restore(const Beginning& ours);
  Status begin();
  void tell(const KernelReport& report, Instant now);
  void take_logs();
  Status every_tick(Instant now);
  Status every_second(Instant now);
  Status change_seat(Instant now);
  void check_processes(Instant now);
  void read_checkpoint_key();
  void tell_forks(Instant now);
  void tell_spool(Instant now);
  void reload_if(const std::vector<std::string>& problems);
  void stop(Instant now);
};

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const std::string& config_path, const Config& config) {
  Capture::hold_signals();
  const bool confined = is_confined();
  RETURN_IF_ERROR(check_identity(confined));
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  // First of all, while there is no thread, no socket and nothing read that it could hold.
  if (!confined) {
    ASSIGN_OR_RETURN(Witness begun, start_witness());
    p.witness.emplace(std::move(begun));
  }
  p.config = config;
  p.reload.emplace(config_path, config);
  ASSIGN_OR_RETURN(p.host, read_host(config.host, config.machine_id_file));

  // Rules first: a bad rule file must change nothing.
  RuleSet rules = wanted_rules(config);
  RETURN_IF_ERROR(report_problems(rules.problems));
  adopt_settings(rules.settings, p.config.kernel);
  const LoadedRedactRules redaction = read_redact_rules(config.redact_folders);
  RETURN_IF_ERROR(report_problems(redaction.problems));
  p.redactor.emplace(redaction.rules);
  RETURN_IF_ERROR(p.find_seat());
  if (confined) p.go_on_with_witness();

  // From the sink upwards, so that the first record finds everything in place.
  RETURN_IF_ERROR(p.open_spool());
  const Beginning beginning{p.ring->position(), p.clock.now()};
  RETURN_IF_ERROR(p.open_sources());
  RETURN_IF_ERROR(limit_capabilities());
  // The domain and the filter survive execve; a second layer would only use up the kernel's limits.
  if (!confined) RETURN_IF_ERROR(confine(confinement_of(config, config_path)));
  // Only now threads: they are born with what this one may do.
  p.spool->start();
  p.lookup->start();
  p.restore(beginning);
  p.rules_wanted = hash_of(rules);
  p.kernel.emplace(*p.seat, std::move(rules), p.config, p.clock);
  p.pipeline->config_changed = [&p](const AuditEvent& event) { p.kernel->on_config_change(event); };
  RETURN_IF_ERROR(p.begin());
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

// Who has the seat decides how we begin: as the daemon, or listening beside one.
Status Agent::Parts::find_seat() {
  ASSIGN_OR_RETURN(seat, KernelSeat::open(config.state_folder));
  ASSIGN_OR_RETURN(succession, Succession::find(*seat, manager, config));
  seat_keeper.emplace(
      succession->holds_seat() ? SeatState::holding : SeatState::listening, config.seat,
      [this](const AgentState& told, Instant now) { pipeline->agent_state(told, now); });
  if (!succession->sockets_kept()) host.reading_since_ns = clock.now().realtime_ns;
  else if (succession->holds_seat() && !seat->is_inherited()) seat_keeper->took(clock.now());
  return ok();
}

// Of the image before us. A new one would be confined as we are, and see nothing.
void Agent::Parts::go_on_with_witness() {
  auto kept = Witness::go_on(succession->take_witness());
  if (!kept.is_ok()) {
    log_warning("{}: {}. A restart brings it back", kept.status().message(), kWithoutWitness);
    return;
  }
  witness.emplace(std::move(kept).value());
}

Status Agent::Parts::open_spool() {
  const std::string state_path = config.state_folder + "/state";
  const std::string cursors_path = config.spool_folder + "/log-cursors";
  RETURN_IF_ERROR(files.make_folder(config.state_folder));
  ASSIGN_OR_RETURN(CommitInbox inbox, inbox_of(config));
  // Two agents must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.spool_folder));
  SpoolConfig folder;
  folder.folder = config.spool_folder;
  folder.bytes_max = config.spool_bytes_max;
  folder.age_max_ns = config.spool_days_max * 24ll * 3600 * kNsPerSecond;
  ASSIGN_OR_RETURN(auto opened, Spool::open(files, clock, folder, std::move(lock)));
  forked = opened->untold_losses();
  const WriterPlace place = place_of(*opened);
  ring = ReadRing::open_or_in_memory(config.state_folder + "/read-ring", host.boot_id);
  note.emplace(ring->note());
  if (!note->verdict().empty()) log_error("{}; please report it", note->verdict());
  read_checkpoint_key();
  predecessor =
      find_predecessor(files, state_path, *opened, *ring, succession->is_reload(), host);
  if (note->gives_up()) predecessor->forget();
  spool = std::make_unique<SpoolThread>(
      std::move(opened),
      SpoolThread::Commits{std::move(inbox), TrustFile(config.trust_file, host.machine_id)}, files,
      clock,
      SpoolThread::Paths{state_path, cursors_path, config.spool_folder + "/status"}, host.boot_id);
  pipeline = std::make_unique<Pipeline>(
      host, place, config.rules_only_login_uid,
      [this](PipelineFrame&& frame) { spool->queue().push(std::move(frame)); });
  pipeline->set_frame_windows(windows_of(config.frames));
  lookup = std::make_unique<Lookup>();
  lookup->check_reload = [this] { return reload->problems(); };
  if (witness) lookup->set_witness(*witness);
  // Of another boot, should the state say nothing.
  pipeline->set_log_cursors(read_log_cursors(files, cursors_path));
  logs.emplace(config.logs, clock);
  lookup->read_logs = [this] {
    return std::chrono::nanoseconds(logs->read() ? 0 : logs->pause_ns());
  };
  pipeline->set_names(lookup->take_names());
  pipeline->set_devices(lookup->take_devices());
  using Unattended = Pipeline::Unattended;
  const Unattended unattended = config.rules_unattended == "containers" ? Unattended::containers
                                : config.rules_unattended == "all"      ? Unattended::all
                                                                        : Unattended::none;
  pipeline->ask_places(unattended, [this](PlaceQuestion&& question) {
    lookup->ask_place(std::move(question));
  });
  pipeline->set_crash_note(*note);
  pipeline->set_redactor(*redactor);
  feed.emplace(*ring, *pipeline);
  checkpoints.emplace(host, *feed, *note, spool->queue());
  return ok();
}

// Capture is worth more than a signature.
void Agent::Parts::read_checkpoint_key() {
  auto key = agent::read_checkpoint_key(config.checkpoint_key, geteuid());
  if (key.is_ok()) checkpoint_key = std::move(key).value();
  else log_error("checkpoints are not signed: {}", key.status().message());
}

Status Agent::Parts::open_sources() {
  ASSIGN_OR_RETURN(Capture::Sources sources, succession->open(*ring, clock));
  manager.keep(succession->audit_name(), sources.audit.fd());
  manager.keep(kConnectorName, sources.connector.fd());
  capture = std::make_unique<Capture>(std::move(sources), *feed, clock);
  capture->every_tick = [this](Instant now) { return every_tick(now); };
  capture->every_second = [this](Instant now) { return every_second(now); };
  capture->on_hangup = [this] { lookup->ask_reload(); };
  return ok();
}

void Agent::Parts::restore(const Beginning& ours) {
  checkpoints->restore(std::move(*std::exchange(predecessor, std::nullopt)), ours);
  logs->begin(pipeline->log_cursors());
  if (!succession->sockets_kept()) capture->begin_to_count(!succession->connector_kept());
  // What ended meanwhile is heard before /proc is asked who is there.
  capture->read_rest();
  const Instant now = processes_asked = clock.now();
  drops_when_asked = feed->drops().connector;
  std::vector<ProcessFound> found = processes_found(clock);
  for (ProcessFound& process : found) {
    if (process.ses != kUnsetId) process.exe = lookup->program_of(process);
  }
  pipeline->reconcile(found, now);
}

Status Agent::Parts::begin() {
  const bool kept = succession->sockets_kept(), reloaded = succession->is_reload();
  const Instant now = clock.now();
  const auto loaded = kernel->load_rules(holds_seat(), now);
  // A reload must not end the capture for a rule that only the kernel refuses.
  if (!loaded.is_ok() && !kept) return loaded.status();
  if (!loaded.is_ok()) log_error("{}", loaded.status().message());
  const uint32_t count = loaded.is_ok() ? *loaded : 0;
  using Change = AgentState::Change;
  pipeline->agent_state({.change = reloaded ? Change::reloaded : Change::started,
                         .detail = loaded.is_ok() ? note->verdict() : loaded.status().message(),
                         .rules = count},
                        now);
  tell_forks(now);
  kernel->start();
  manager.ready();
  log_info("capturing on {} {}, {} rules loaded{}", host.name,
           holds_seat() ? "as the kernel's audit daemon" : "beside another audit daemon", count,
           reloaded ? ", going on after a reload"
           : kept   ? ", going on with the sockets of the run before"
                    : "");
  return ok();
}

Result<Agent::End> Agent::run() {
  Parts& p = *parts_;
  const auto end = p.capture->run();
  const Instant now = p.clock.now();
  for (const KernelReport& report : p.kernel->take()) p.tell(report, now);
  if (!end.is_ok()) p.pipeline->close(now);
  else if (*end == End::stop) p.stop(now);
  return end;
}

void Agent::Parts::stop(Instant now) {
  manager.stopping();
  // What the kernel sent before it let go of us is in the buffer still.
  if (holds_seat()) capture->audit().leave_seat();
  Status ended = raise_net_admin();
  if (ended.is_ok()) ended = capture->sources().connector.unsubscribe();
  if (!ended.is_ok()) log_warning("{}", ended.message());
  capture->read_rest();
  pipeline->agent_state({.change = AgentState::Change::stopped}, now);
  pipeline->close(now);
  if (checkpoint_key) pipeline->checkpoint(*checkpoint_key, now);
  manager.forget(succession->audit_name());
  manager.forget(kConnectorName);
  checkpoints->save(true, now);
  spool->finish();
  // What is on disk needs to be nowhere else, secrets and all.
  if (spool->saved_position() == ring->position()) ring->forget();
  if (const uint64_t stray = pipeline->undecoded(); stray > 0) {
    log_warning("{} records had no header that could be read; their text was kept", stray);
  }
  if (const auto parts = pipeline->fragments_dropped(); parts.records > 0) {
    log_warning("{} records came alone and do not say whose they are ({} events of which nothing "
                "else came); as a guest we did not record them", parts.records, parts.events);
  }
  log_info("stopped; audit rules stay in the kernel (spoor-agent cleanup removes them)");
}

void Agent::Parts::tell(const KernelReport& report, Instant now) {
  for (const AgentNews& news : report.news) pipeline->agent_state(news.state(), now);
  status.kernel_lost = report.status.lost;
  status.kernel_backlog = report.status.backlog;
  feed->tell(report.status);
}

// Once they are on disk the spool forgets them (agent/spool_thread.cc).
void Agent::Parts::tell_forks(Instant now) {
  for (const auto& [stream_class, lost] : std::exchange(forked, {})) {
    Loss loss;
    loss.scope = Loss::Scope::stream;
    loss.cause = Loss::Cause::fork;
    loss.unit = "events";
    loss.count = lost.events;
    loss.first = lost.first;
    loss.last = lost.last;
    loss.stream_class = static_cast<uint8_t>(stream_class);
    loss.from_ns = lost.from_ns;
    loss.until_ns = lost.until_ns;
    pipeline->forked(loss, now);
  }
}

void Agent::Parts::tell_spool(Instant now) {
  for (const SpoolChange& change : spool->take_changes()) {
    pipeline->agent_state(state_of(change), now);
  }
  if (!spool->wants_restart() || now.boottime_ns < restart_due_ns) return;
  restart_due_ns = now.boottime_ns + kRestartRetryNs;
  log_info("the log asks for a new epoch or new streams: executing ourselves anew");
  lookup->ask_reload();
}

// Lines can wait where they are; what the kernel sends cannot, and has the rest of the ring.
void Agent::Parts::take_logs() {
  if (ring->position() - ring->first() > kReadRingBytes / 2) return;
  logs->take(kLogTickBytesMax, [this](const LogItem& item) {
    capture->keep_awake(feed->now());
    std::visit([this](const auto& told) { feed->tell(told); }, item);
  });
}

Status Agent::Parts::every_tick(Instant now) {
  kernel->every_tick(now);
  capture->count_drops(!holds_seat());
  seat_keeper->tick(capture->audit(), now);
  for (const KernelReport& report : kernel->take()) {
    tell(report, now);
    RETURN_IF_ERROR(seat_keeper->seen(capture->audit(), report.holder, report.status.asked, now));
  }
  tell_spool(now);
  take_logs();
  for (const PlaceAnswer& answer : lookup->take_places()) feed->tell(answer);
  if (const auto scan = lookup->take_processes()) {
    pipeline->check_processes(scan->processes, scan->began, now);
  }
  if (const auto problems = lookup->take_reload()) reload_if(*problems);
  checkpoints->tick(spool->saved_position(), now);
  return checkpoints->is_restoring() ? ok() : change_seat(now);
}

Status Agent::Parts::every_second(Instant now) {
  manager.alive();
  status.lost = pipeline->lost();
  status.rules = holds_seat() || config.rules_beside_daemon ? rules_wanted : Hash();
  spool->status().set(status);
  kernel->every_second(pipeline->waits_for_serials(now), now);
  if (auto names = lookup->take_names()) pipeline->set_names(std::move(names));
  if (auto devices = lookup->take_devices()) pipeline->set_devices(std::move(devices));
  check_processes(now);
  if (checkpoint_key && now.boottime_ns >= checkpoint_due_ns) {
    checkpoint_due_ns = now.boottime_ns + kCheckpointNs;
    pipeline->checkpoint(*checkpoint_key, now);
  }
  if (!roots_told && pipeline->roots_given_up_before() != 0) {
    roots_told = true;
    log_warning("more than {} sessions that changed their root or their mounts have not ended; no "
                "path of any session before {} is called absolute, and so on with each further one",
                kSessionsMax, pipeline->roots_given_up_before());
  }
  return ok();
}

// What no message told, /proc does: from time to time, and after messages were lost.
void Agent::Parts::check_processes(Instant now) {
  const uint32_t drops = feed->drops().connector;
  const int64_t wait_ns = drops == drops_when_asked ? kProcessScanNs : kProcessScanAfterLossNs;
  if (now.boottime_ns - processes_asked.boottime_ns < wait_ns) return;
  processes_asked = now;
  drops_when_asked = drops;
  lookup->ask_processes();
}

Status Agent::Parts::change_seat(Instant now) {
  ASSIGN_OR_RETURN(const bool taken, succession->change_when_quiet(*capture, feed->records(),
                                                                   holds_seat(), now));
  if (!taken) return ok();
  seat_keeper->took(clock.now());
  pipeline->agent_state({.change = AgentState::Change::seat_taken}, clock.now());
  log_info("took the audit seat anew, in place of the run before");
  return ok();
}

void Agent::Parts::reload_if(const std::vector<std::string>& problems) {
  if (report_problems(problems).is_ok()) return capture->end(End::reload);
  log_error("not reloaded: going on with the configuration of before");
}

Status Agent::execute_again(char* const* arguments) {
  Parts& p = *parts_;
  ASSIGN_OR_RETURN(const std::string binary, own_binary());
  const Instant now = p.clock.now();
  p.manager.reloading(now.boottime_ns - p.clock.suspended_ns());
  p.checkpoints->save(true, now);
  p.kernel.reset();
  Capture::Sources sources = std::move(*p.capture).release();
  p.lookup.reset();
  const Handover handover{std::move(sources.audit).release(),
                          std::move(sources.connector).release(), p.succession->audit_number(),
                          true,
                          p.witness ? std::move(*p.witness).release() : Witness::Connection()};
  p.spool.reset();  // everything sealed is on disk, and the state behind it
  return agent::execute_again(binary, handover, arguments);
}

Status enter_sandbox(const std::string& config_path, const Config& config) {
  RETURN_IF_ERROR(check_identity(false));
  RETURN_IF_ERROR(limit_capabilities());
  return confine(confinement_of(config, config_path));
}

Result<std::vector<std::string>> cleanup(const Config& config) {
  ASSIGN_OR_RETURN(const auto seat, KernelSeat::open(config.state_folder));
  return seat->put_back();
}

}  // namespace spoor::agent
