#include "agent/agent.h"

#include <unistd.h>

#include <utility>

#include "agent/checkpoints.h"
#include "agent/kept_rules.h"
#include "agent/kernel_watch.h"
#include "agent/lookup.h"
#include "agent/privilege.h"
#include "agent/reload.h"
#include "agent/rule_settings.h"
#include "agent/sealed_folder.h"
#include "agent/seat_keeper.h"
#include "agent/source/procfs.h"
#include "agent/spool_thread.h"
#include "agent/succession.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kStandstillNs = kNsPerSecond / 2;
// After one: what the kernel held back may come in several goes.
constexpr int64_t kNudgesNs = 4 * kNsPerSecond;

Status report_problems(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) log_error("{}", problem);
  return problems.empty() ? ok()
                          : invalid(std::to_string(problems.size()) + " problems, see above");
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
  std::optional<ReloadCheck> reload;
  std::unique_ptr<SpoolThread> spool;
  std::unique_ptr<Pipeline> pipeline;
  std::optional<ReadRing> ring;
  std::optional<Predecessor> predecessor;  // until restored
  std::optional<Checkpoints> checkpoints;
  std::unique_ptr<KernelSeat> seat;
  std::unique_ptr<KeptRules> rules;    // the watch's, once it runs
  std::unique_ptr<KernelWatch> watch;
  std::optional<Succession> succession;
  std::optional<SeatKeeper> seat_keeper;
  std::unique_ptr<Lookup> lookup;
  std::unique_ptr<Capture> capture;
  int64_t last_tick_ns = 0, nudge_until_ns = 0;

  bool holds_seat() const { return seat_keeper->state() == SeatState::holding; }
  Checkpoints::Drops drops() const;
  Status find_seat();
  Status open_spool();
  Status open_sources();
  void restore(uint64_t ours);
  void prepare_watch(RuleSet rules);
  Status load_rules();
  void on_config_change(const AuditEvent& event);
  void tell(const KernelReport& report, Instant now);
  Status every_tick(Instant now);
  Status every_second(Instant now);
  Status change_seat(Instant now);
  bool wants_reload();
  void stop(Instant now);
};

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const std::string& config_path, const Config& config) {
  Capture::hold_signals();
  RETURN_IF_ERROR(check_identity());
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  p.config = config;
  p.reload.emplace(config_path, config);
  ASSIGN_OR_RETURN(p.host, read_host(config.host, config.machine_id_file));

  // Rules first: a bad rule file must change nothing.
  RuleSet rules = wanted_rules(config);
  RETURN_IF_ERROR(report_problems(rules.problems));
  adopt_settings(rules.settings, p.config.kernel);
  RETURN_IF_ERROR(p.find_seat());

  // From the sink upwards, so that the first record finds everything in place.
  RETURN_IF_ERROR(p.open_spool());
  const uint64_t ours = p.ring->position();
  RETURN_IF_ERROR(p.open_sources());
  RETURN_IF_ERROR(limit_capabilities());
  // The domain and the filter survive execve; a second layer would only use up the kernel's limits.
  if (!is_confined()) RETURN_IF_ERROR(confine(confinement_of(config, config_path)));
  // Only now threads: they are born with what this one may do.
  p.spool->start();
  p.lookup->start();
  p.restore(ours);
  p.prepare_watch(std::move(rules));
  RETURN_IF_ERROR(p.load_rules());
  // From here on the control socket is its thread's.
  p.watch->start();
  p.manager.ready();
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

Status Agent::Parts::open_spool() {
  const std::string state_path = config.state_folder + "/state";
  RETURN_IF_ERROR(files.make_folder(config.state_folder));
  ASSIGN_OR_RETURN(CommitInbox inbox, inbox_of(config));
  // Two agents must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.spool_folder));
  SpoolConfig folder;
  folder.folder = config.spool_folder;
  folder.bytes_max = config.spool_bytes_max;
  ASSIGN_OR_RETURN(auto opened, Spool::open(files, clock, folder, std::move(lock)));
  const WriterPlace place = place_of(*opened);
  predecessor = find_predecessor(files, state_path, *opened, host);
  spool = std::make_unique<SpoolThread>(std::move(opened), std::move(inbox), files, clock,
                                        state_path);
  pipeline = std::make_unique<Pipeline>(
      host, place, config.rules_only_login_uid,
      [this](PipelineFrame&& frame) { spool->queue().push(std::move(frame)); });
  lookup = std::make_unique<Lookup>();
  pipeline->set_names(lookup->take_names());
  if (config.rules_unattended == "containers") {
    pipeline->want_containers_only(
        [this](const PlaceQuestion& question) { lookup->ask_place(question); });
  }
  ring = ReadRing::open_or_in_memory(config.state_folder + "/read-ring", host.boot_id);
  checkpoints.emplace(host, *ring, *pipeline, spool->queue());
  return ok();
}

Status Agent::Parts::open_sources() {
  ASSIGN_OR_RETURN(Capture::Sources sources, succession->open(*ring, clock.now()));
  if (succession->sockets_kept() && predecessor->state) {
    sources.audit_drops = predecessor->state->audit_drops;
    sources.connector_drops = predecessor->state->connector_drops;
  }
  manager.keep(kAuditName, sources.audit.fd());
  manager.keep(kConnectorName, sources.connector.fd());
  capture = std::make_unique<Capture>(std::move(sources), *ring, *pipeline, clock);
  capture->every_tick = [this](Instant now) { return every_tick(now); };
  capture->every_second = [this](Instant now) { return every_second(now); };
  capture->wants_reload = [this] { return wants_reload(); };
  return ok();
}

void Agent::Parts::restore(uint64_t ours) {
  Instant now = clock.now();
  const uint64_t records = checkpoints->restore(*std::exchange(predecessor, std::nullopt), ours,
                                                succession->sockets_kept(), now);
  if (records > 0) {
    pipeline->agent_state({.change = AgentState::Change::records_recovered, .count = records}, now);
    log_info("{} records that the run before had read, and not spooled, were not lost", records);
  }
  // What ended meanwhile is heard before /proc is asked who is there.
  capture->read_rest();
  now = clock.now();
  pipeline->reconcile(processes_found(), now);
}

void Agent::Parts::prepare_watch(RuleSet wanted) {
  rules = std::make_unique<KeptRules>(
      std::move(wanted), config.rules_beside_daemon, seat->rule_kernel(),
      [this](const RuleSettings& settings) { return seat->apply(settings); });
  watch = std::make_unique<KernelWatch>(*seat, config.kernel, clock);
  watch->check_rules = [this](Instant now, const std::optional<ConfigHint>& hint) {
    return rules->check(now, hint);
  };
  watch->beside_other = [this] { rules->beside_other(); };
  pipeline->config_changed = [this](const AuditEvent& event) { on_config_change(event); };
}

Status Agent::Parts::load_rules() {
  const bool kept = succession->sockets_kept(), reloaded = succession->is_reload();
  const Instant now = clock.now();
  const auto loaded = rules->begin(holds_seat(), now);
  // A reload must not end the capture for a rule that only the kernel refuses.
  if (!loaded.is_ok() && !kept) return loaded.status();
  if (!loaded.is_ok()) log_error("{}", loaded.status().message());
  const uint32_t count = loaded.is_ok() ? *loaded : 0;
  using Change = AgentState::Change;
  pipeline->agent_state({.change = reloaded ? Change::reloaded : Change::started,
                         .detail = loaded.status().message(),
                         .rules = count},
                        now);
  log_info("capturing on {} {}, {} rules loaded{}", host.name,
           holds_seat() ? "as the kernel's audit daemon" : "beside another audit daemon", count,
           reloaded ? ", going on after a reload"
           : kept   ? ", going on with the sockets of the run before"
                    : "");
  return ok();
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
  if (!end.is_ok()) p.pipeline->close(now);
  else if (*end == End::stop) p.stop(now);
  return end;
}

void Agent::Parts::stop(Instant now) {
  manager.stopping();
  // What the kernel sent before it let go of us is in the buffer still.
  if (holds_seat()) capture->audit().leave_seat();
  capture->read_rest();
  pipeline->agent_state({.change = AgentState::Change::stopped}, now);
  pipeline->close(now);
  manager.forget(kAuditName);
  manager.forget(kConnectorName);
  checkpoints->save(drops(), now);
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
  for (const PlaceAnswer& answer : lookup->take_places()) pipeline->on_place(answer, now);
  checkpoints->tick(spool->saved_position(), drops(), now);
  return checkpoints->is_restoring() ? ok() : change_seat(now);
}

Status Agent::Parts::every_second(Instant now) {
  manager.alive();
  // What is missing may lie in the kernel, which sends it when there is something new to send.
  if (pipeline->waits_for_serials(now) || now.boottime_ns < nudge_until_ns) watch->nudge();
  if (auto names = lookup->take_names()) pipeline->set_names(std::move(names));
  return ok();
}

Checkpoints::Drops Agent::Parts::drops() const {
  return {capture->sources().audit_drops, capture->sources().connector_drops};
}

Status Agent::Parts::change_seat(Instant now) {
  ASSIGN_OR_RETURN(const bool taken, succession->change_when_quiet(*capture, holds_seat(), now));
  if (!taken) return ok();
  seat_keeper->took(clock.now());
  manager.keep(kAuditName, capture->sources().audit.fd());
  pipeline->agent_state({.change = AgentState::Change::seat_taken}, clock.now());
  log_info("took the audit seat anew, in place of the run before");
  return ok();
}

bool Agent::Parts::wants_reload() {
  if (report_problems(reload->problems()).is_ok()) return true;
  log_error("not reloaded: going on with the configuration of before");
  return false;
}

Status Agent::execute_again(char* const* arguments) {
  Parts& p = *parts_;
  ASSIGN_OR_RETURN(const std::string binary, own_binary());
  const Instant now = p.clock.now();
  p.manager.reloading(now.boottime_ns - p.clock.suspended_ns());
  p.checkpoints->save(p.drops(), now);
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
