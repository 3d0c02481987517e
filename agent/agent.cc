#include "agent/agent.h"

#include <unistd.h>

#include <utility>

#include "agent/handover.h"
#include "agent/kernel_seat.h"
#include "agent/kernel_watch.h"
#include "agent/limits.h"
#include "agent/lookup.h"
#include "agent/pipeline.h"
#include "agent/playback.h"
#include "agent/privilege.h"
#include "agent/rule_keeper.h"
#include "agent/rule_settings.h"
#include "agent/saved_state.h"
#include "agent/seat_keeper.h"
#include "agent/source/procfs.h"
#include "agent/source/rule_data.h"
#include "agent/spool_thread.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSaveNs = 10 * kNsPerSecond;
constexpr int64_t kStandstillNs = kNsPerSecond / 2;
constexpr size_t kStateBytesMax = 64u << 20;
constexpr size_t kRecordingBytesMax = 1u << 30;

WriterPlace place_of(const Spool& spool) {
  WriterPlace place{spool.epoch(), spool.nonce(), {}};
  for (size_t i = 0; i < kEventClasses; ++i) {
    const Spool::Stream& stream = spool.stream(static_cast<EventClass>(i + 1));
    place.streams[i] = {stream.id, stream.head};
  }
  return place;
}

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

// What a rule file sets is kept so, as if the configuration said it; both is a problem by then.
void adopt_settings(const RuleSettings& files, KernelSettings& settings) {
  if (files.backlog_limit) settings.backlog_limit = files.backlog_limit->value;
  if (files.failure) settings.failure = files.failure->value;
  if (files.backlog_wait_time) {
    settings.backlog_wait_ms =
        static_cast<uint32_t>(files.backlog_wait_time->value * kernel_tick_ns() / kNsPerMs);
  }
}

void tell_left_out(const RuleReport& report) {
  for (const std::string& rule : report.left_out) {
    log_info("{}: left out until what it watches is there, and spoor-agent may walk to it", rule);
  }
  for (const std::string& rule : report.appeared) log_info("{}: what it watches is there", rule);
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
  std::unique_ptr<SpoolThread> spool;
  std::unique_ptr<Pipeline> pipeline;
  RuleSet rules;
  std::unique_ptr<KernelSeat> seat;
  std::unique_ptr<RuleKeeper> rule_keeper;  // the watch's, once it runs; null: no rules of ours
  std::unique_ptr<KernelWatch> watch;
  std::unique_ptr<SeatKeeper> seat_keeper;
  std::unique_ptr<Lookup> lookup;
  std::unique_ptr<Capture> capture;
  std::vector<std::pair<uint16_t, std::string>> early;  // records read while taking the seat
  int64_t save_due_ns = 0;
  int64_t last_tick_ns = 0;

  std::string state_path() const { return config.state_folder + "/tables"; }
  Status open_spool();
  Status find_seat(const std::optional<Handover>& handover);
  void prepare_watch();
  Result<uint32_t> begin_rules();
  Result<uint32_t> load_rules(bool holds);
  std::vector<AgentNews> check_rules(Instant now, const std::optional<ConfigHint>& hint);
  void remove_rules();
  void on_config_change(const AuditEvent& event);
  Result<Capture::Sources> sources_of(const std::optional<Handover>& handover);
  Status open_sources(const std::optional<Handover>& handover);
  void restore(const std::optional<Handover>& handover);
  Status every_tick(Instant now);
  Status every_second(Instant now);
  bool wants_reload();
};

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const std::string& config_path, const Config& config) {
  Capture::hold_signals();
  const std::optional<Handover> handover = take_handover();
  RETURN_IF_ERROR(check_identity());
  auto parts = std::make_unique<Parts>();
  parts->config_path = config_path;
  parts->config = config;
  ASSIGN_OR_RETURN(parts->host, read_host(config.host, config.machine_id_file));

  // Rules first: a bad rule file must change nothing.
  parts->rules = wanted_rules(config);
  RETURN_IF_ERROR(report_problems(parts->rules.problems));
  adopt_settings(parts->rules.settings, parts->config.kernel);
  RETURN_IF_ERROR(parts->find_seat(handover));

  // From the sink upwards, so that the first record finds everything in place.
  RETURN_IF_ERROR(parts->open_spool());
  RETURN_IF_ERROR(parts->open_sources(handover));
  RETURN_IF_ERROR(limit_capabilities());
  // The domain and the filter survive execve; a second layer would only use up the kernel's limits.
  if (!handover) RETURN_IF_ERROR(confine(confinement_of(config, config_path)));
  // Only now threads: they are born with what this one may do.
  parts->spool->start();
  parts->lookup->start();
  parts->restore(handover);
  parts->prepare_watch();

  const Instant now = parts->clock.now();
  const auto loaded = parts->begin_rules();
  // A reload must not end the capture for a rule that only the kernel refuses.
  if (!loaded.is_ok() && !handover) return loaded.status();
  if (!loaded.is_ok()) log_error("{}", loaded.status().message());
  parts->pipeline->agent_state(
      {.change = handover ? AgentState::Change::reloaded : AgentState::Change::started,
       .detail = loaded.status().message(),
       .rules = loaded.is_ok() ? *loaded : 0},
      now);
  // From here on the control socket is its thread's.
  parts->watch->start();
  const bool holds = parts->seat_keeper->state() == SeatState::holding;
  log_info("capturing on {} {}, {} rules loaded{}", parts->host.name,
           holds ? "as the kernel's audit daemon" : "beside another audit daemon",
           loaded.is_ok() ? *loaded : 0, handover ? ", going on after a reload" : "");
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Status Agent::Parts::open_spool() {
  RETURN_IF_ERROR(files.make_folder(config.state_folder));
  ASSIGN_OR_RETURN(CommitInbox inbox, inbox_of(config));
  // Two agents must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.spool_folder));
  ASSIGN_OR_RETURN(auto opened, Spool::open(files, clock, spool_config(config), std::move(lock)));
  const WriterPlace place = place_of(*opened);
  const auto mark = opened->previous_mark();
  spool = std::make_unique<SpoolThread>(std::move(opened), std::move(inbox), files, clock,
                                        state_path());
  pipeline = std::make_unique<Pipeline>(
      host, place, config.rules_only_login_uid,
      [this](PipelineFrame&& frame) { spool->queue().push(std::move(frame)); });
  if (mark.is_ok()) {
    const auto decoded = decode_mark(*mark);
    if (decoded.is_ok()) pipeline->resume_after_gap(*decoded);
  }
  lookup = std::make_unique<Lookup>();
  pipeline->set_names(lookup->take_names());
  return ok();
}

// Who has the seat decides how we begin: as the daemon, or listening beside one.
Status Agent::Parts::find_seat(const std::optional<Handover>& handover) {
  ASSIGN_OR_RETURN(KernelSeat opened, KernelSeat::open(config.state_folder));
  seat = std::make_unique<KernelSeat>(std::move(opened));
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
  // A seat that an image before us held and lost is as one that was never ours.
  const bool holds = handover ? holder.is_us : !holder.is_other();
  const SeatState state = holds ? SeatState::holding : SeatState::listening;
  seat_keeper = std::make_unique<SeatKeeper>(
      state, config.seat,
      [this](const AgentState& told, Instant now) { pipeline->agent_state(told, now); });
  if (handover && holds) return seat->settle_in(config.kernel);
  return ok();
}

// Under another daemon our rules would fill its log, whose disk-full action may halt the host.
Result<uint32_t> Agent::Parts::begin_rules() {
  const bool holds = seat_keeper->state() == SeatState::holding;
  if (holds || config.rules_beside_daemon) return load_rules(holds);
  ASSIGN_OR_RETURN([[maybe_unused]] const uint32_t removed, seat->remove_rules());
  return 0;
}

// The keeper's first check is the load.
Result<uint32_t> Agent::Parts::load_rules(bool holds) {
  rule_keeper = std::make_unique<RuleKeeper>(copy_rules(rules.rules), seat->rule_kernel());
  const RuleReport report = rule_keeper->check(clock.now());
  tell_left_out(report);
  if (report.state == RuleReport::State::locked) {
    log_warning("{}", describe(report));
    return report.rules;
  }
  if (report.state == RuleReport::State::failed) {
    if (!rules.settings.keep_going) return unavailable(report.problem);
    log_error("{}; going on without it, as {} says", report.problem,
              rules.settings.keep_going->source);
  }
  if (holds) RETURN_IF_ERROR(seat->apply(rules.settings));
  return report.rules;
}

std::vector<AgentNews> Agent::Parts::check_rules(Instant now,
                                                 const std::optional<ConfigHint>& hint) {
  if (!rule_keeper) {  // the seat came to us
    const auto loaded = load_rules(true);
    if (!loaded.is_ok()) log_error("{}", loaded.status().message());
    return {{.change = AgentState::Change::rules_loaded,
             .detail = loaded.status().message(),
             .rules = loaded.is_ok() ? *loaded : 0}};
  }
  if (!hint && !rule_keeper->due(now)) return {};
  const RuleReport report = rule_keeper->check(
      now, hint ? std::optional(RuleHint{hint->auid, hint->pid, hint->exe}) : std::nullopt);
  tell_left_out(report);
  if (!report.news) return {};
  log_warning("{}", describe(report));
  const bool contested = report.state == RuleReport::State::contested;
  if (!contested && report.state != RuleReport::State::repaired) return {};
  return {{.change = contested ? AgentState::Change::rules_contested
                               : AgentState::Change::rules_repaired,
           .detail = describe(report),
           .rules = report.rules,
           .other_pid = report.who.pid.value_or(0),
           .other_exe = report.who.exe,
           .count = report.changed}};
}

void Agent::Parts::remove_rules() {
  if (!rule_keeper || config.rules_beside_daemon) return;
  rule_keeper.reset();
  const auto removed = seat->remove_rules();
  if (!removed.is_ok()) log_error("{}", removed.status().message());
  else log_info("removed our audit rules: another daemon would log what they match");
}

void Agent::Parts::prepare_watch() {
  watch = std::make_unique<KernelWatch>(*seat, config.kernel, clock);
  watch->check_rules = [this](Instant now, const std::optional<ConfigHint>& hint) {
    return check_rules(now, hint);
  };
  watch->beside_other = [this] { remove_rules(); };
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
  if (watch && hint.pid != static_cast<uint32_t>(getpid())) watch->hint(std::move(hint));
}

Result<Capture::Sources> Agent::Parts::sources_of(const std::optional<Handover>& handover) {
  if (handover) {
    return Capture::Sources{AuditSocket::adopt(UniqueFd(handover->audit_fd)),
                            ProcConnector::adopt(UniqueFd(handover->connector_fd)),
                            handover->audit_drops, handover->connector_drops};
  }
  // Births are heard before commands, so that no command lacks its process's birth.
  ASSIGN_OR_RETURN(ProcConnector connector, ProcConnector::open());
  ASSIGN_OR_RETURN(AuditSocket audit, AuditSocket::open());
  if (seat_keeper->state() == SeatState::listening) {
    RETURN_IF_ERROR(audit.listen());
  } else {
    // What comes before the tables are restored waits for that.
    RETURN_IF_ERROR(seat->take(audit, config.kernel, [this](const Datagram& record) {
      early.emplace_back(record.type, record.text);
    }));
  }
  const uint32_t audit_drops = audit.drops(), connector_drops = connector.drops();
  return Capture::Sources{std::move(audit), std::move(connector), audit_drops, connector_drops};
}

Status Agent::Parts::open_sources(const std::optional<Handover>& handover) {
  ASSIGN_OR_RETURN(Capture::Sources sources, sources_of(handover));
  capture = std::make_unique<Capture>(std::move(sources), *pipeline, clock);
  capture->every_tick = [this](Instant now) { return every_tick(now); };
  capture->every_second = [this](Instant now) { return every_second(now); };
  capture->wants_reload = [this] { return wants_reload(); };
  return ok();
}

void Agent::Parts::restore(const std::optional<Handover>& handover) {
  PipelineState state;
  const auto bytes = read_file(files, state_path(), kStateBytesMax);
  if (bytes.is_ok()) {
    auto decoded = decode_state(*bytes, host.boot_id);
    if (decoded.is_ok()) state = std::move(decoded).value();
    else log_warning("{}: {}; going on without it", state_path(), decoded.status().message());
  }
  if (!handover) {  // what was in flight then has long been overtaken
    state.in_flight.clear();
    state.mark.reset();
  }
  const Instant scanned = clock.now();
  pipeline->restore(state, processes_found(), scanned);
  for (const auto& [type, text] : std::exchange(early, {}))
    pipeline->on_record({type, text}, scanned);
}

Result<Agent::End> Agent::run() {
  Parts& p = *parts_;
  const auto end = p.capture->run();
  const Instant now = p.clock.now();
  if (!end.is_ok()) {
    p.pipeline->close(now);
    return end;
  }
  if (*end == End::stop) {
    p.pipeline->agent_state({.change = AgentState::Change::stopped}, now);
    p.pipeline->close(now);
    if (p.seat_keeper->state() == SeatState::holding) p.capture->audit().leave_seat();
    if (const uint64_t stray = p.pipeline->undecoded(); stray > 0) {
      log_warning("{} records had no header that could be read; their text was kept", stray);
    }
    if (const uint64_t parts = p.pipeline->fragments_dropped(); parts > 0) {
      log_warning("{} events came only in parts that do not say whose they are; as a guest we did "
                  "not record them", parts);
    }
    log_info("stopped; audit rules stay in the kernel (spoor-agent cleanup removes them)");
  }
  return end;
}

Status Agent::Parts::every_tick(Instant now) {
  // After a standstill the kernel may hold records back, and nothing later tells that they exist.
  if (last_tick_ns != 0 && now.boottime_ns - last_tick_ns >= kStandstillNs) watch->nudge();
  last_tick_ns = now.boottime_ns;
  seat_keeper->tick(capture->audit(), now);
  for (const KernelReport& report : watch->take()) {
    for (const AgentNews& news : report.news) pipeline->agent_state(news.state(), now);
    pipeline->kernel_status(report.status, now);
    RETURN_IF_ERROR(
        seat_keeper->seen(capture->audit(), report.holder, report.status.asked, now));
  }
  return ok();
}

Status Agent::Parts::every_second(Instant now) {
  // What is missing may lie in the kernel, which sends it when there is something new to send.
  if (pipeline->waits_for_serials(now)) watch->nudge();
  if (auto names = lookup->take_names()) pipeline->set_names(std::move(names));
  if (now.boottime_ns < save_due_ns) return ok();
  save_due_ns = now.boottime_ns + kSaveNs;
  PipelineState state = pipeline->save();
  state.in_flight.clear();
  state.mark.reset();
  spool->queue().push_state(encode_state(state, host.boot_id));
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
  p.pipeline->flush();
  const PipelineState state = p.pipeline->save();
  const Id boot_id = p.host.boot_id;
  Capture::Sources sources = std::move(*p.capture).release();
  const Handover handover{sources.audit.release().release(),
                          sources.connector.release().release(), sources.audit_drops,
                          sources.connector_drops};
  p.watch.reset();
  p.lookup.reset();
  p.spool.reset();  // everything sealed is on disk
  RETURN_IF_ERROR(write_file(p.files, p.state_path(), encode_state(state, boot_id)));
  return agent::execute_again(binary, handover, arguments);
}

Status replay(const Config& config, const std::string& recording_path) {
  PosixFiles files;
  SystemClock clock;
  ASSIGN_OR_RETURN(const Host host, read_host(config.host, config.machine_id_file));
  ASSIGN_OR_RETURN(const std::string recording,
                   read_file(files, recording_path, kRecordingBytesMax));
  RETURN_IF_ERROR(files.make_folder(config.state_folder));
  ASSIGN_OR_RETURN(CommitInbox inbox, inbox_of(config));
  // Two agents must not even look at one spool: opening it cuts what seems torn.
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(config.spool_folder));
  ASSIGN_OR_RETURN(auto opened, Spool::open(files, clock, spool_config(config), std::move(lock)));
  const WriterPlace place = place_of(*opened);
  SpoolThread spool(std::move(opened), std::move(inbox), files, clock,
                    config.state_folder + "/tables");
  spool.start();
  Pipeline pipeline(host, place, config.rules_only_login_uid,
                    [&](PipelineFrame&& frame) { spool.queue().push(std::move(frame)); });
  pipeline.set_names(std::make_shared<const Names>(read_names()));
  const PlaybackResult result = play(recording, pipeline);
  log_info("played {} records, {} of them without a readable header, and {} process messages of "
           "{}; {} lines were unreadable",
           result.records, pipeline.undecoded(), result.process_messages, recording_path,
           result.unreadable_lines);
  return ok();
}

Status enter_sandbox(const std::string& config_path, const Config& config) {
  RETURN_IF_ERROR(check_identity());
  RETURN_IF_ERROR(limit_capabilities());
  return confine(confinement_of(config, config_path));
}

Result<std::vector<std::string>> cleanup(const Config& config) {
  ASSIGN_OR_RETURN(KernelSeat seat, KernelSeat::open(config.state_folder));
  return seat.put_back();
}

}  // namespace spoor::agent
