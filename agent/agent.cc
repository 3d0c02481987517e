#include "agent/agent.h"

#include <unistd.h>

#include <utility>

#include "agent/handover.h"
#include "agent/kernel_seat.h"
#include "agent/limits.h"
#include "agent/lookup.h"
#include "agent/pipeline.h"
#include "agent/privilege.h"
#include "agent/saved_state.h"
#include "agent/sealed_folder.h"
#include "agent/source/procfs.h"
#include "agent/spool_thread.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSaveNs = 10 * kNsPerSecond;
constexpr size_t kStateBytesMax = 64u << 20;

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
  std::unique_ptr<SpoolThread> spool;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<KernelSeat> seat;
  std::unique_ptr<Lookup> lookup;
  std::unique_ptr<Capture> capture;
  std::vector<std::pair<uint16_t, std::string>> early;  // records read while taking the seat
  int64_t save_due_ns = 0;

  std::string state_path() const { return config.state_folder + "/tables"; }
  Status open_spool();
  Result<Capture::Sources> sources_of(const std::optional<Handover>& handover);
  Status open_sources(const std::optional<Handover>& handover);
  void restore(const std::optional<Handover>& handover);
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
  const RuleSet rules = read_rules(config.rules_folders, config.rules_only_login_uid);
  RETURN_IF_ERROR(report_problems(rules.problems));

  ASSIGN_OR_RETURN(KernelSeat seat, KernelSeat::open(config.state_folder));
  parts->seat = std::make_unique<KernelSeat>(std::move(seat));
  if (!handover) RETURN_IF_ERROR(parts->seat->check_free());

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

  const Instant now = parts->clock.now();
  const auto loaded = parts->seat->load(rules.rules);
  // A reload must not end the capture for a rule that only the kernel refuses.
  if (!loaded.is_ok() && !handover) return loaded.status();
  if (!loaded.is_ok()) log_error("{}", loaded.status().message());
  parts->pipeline->agent_state(
      {.change = handover ? AgentState::Change::reloaded : AgentState::Change::started,
       .detail = loaded.status().message(),
       .rules = loaded.is_ok() ? *loaded : 0},
      now);
  log_info("capturing on {} as the kernel's audit daemon, {} rules loaded{}", parts->host.name,
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

Result<Capture::Sources> Agent::Parts::sources_of(const std::optional<Handover>& handover) {
  if (handover) {
    return Capture::Sources{AuditSocket::adopt(UniqueFd(handover->audit_fd)),
                            ProcConnector::adopt(UniqueFd(handover->connector_fd)),
                            handover->audit_drops, handover->connector_drops};
  }
  // Births are heard before commands, so that no command lacks its process's birth.
  ASSIGN_OR_RETURN(ProcConnector connector, ProcConnector::open());
  ASSIGN_OR_RETURN(AuditSocket audit, AuditSocket::open());
  // What comes before the tables are restored waits for that.
  RETURN_IF_ERROR(seat->take(audit, config.kernel_backlog_limit, [this](const Datagram& record) {
    early.emplace_back(record.type, record.text);
  }));
  const uint32_t audit_drops = audit.drops(), connector_drops = connector.drops();
  return Capture::Sources{std::move(audit), std::move(connector), audit_drops, connector_drops};
}

Status Agent::Parts::open_sources(const std::optional<Handover>& handover) {
  ASSIGN_OR_RETURN(Capture::Sources sources, sources_of(handover));
  capture = std::make_unique<Capture>(std::move(sources), *pipeline, clock);
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
  const auto lost = seat->lost_while_ours();
  if (lost.is_ok()) pipeline->kernel_lost(*lost, scanned);
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
    p.capture->leave_seat();
    if (const uint64_t stray = p.pipeline->undecoded(); stray > 0) {
      log_warning("{} records had no header that could be read; their text was kept", stray);
    }
    log_info("stopped; audit rules stay in the kernel (spoor-agent cleanup removes them)");
  }
  return end;
}

Status Agent::Parts::every_second(Instant now) {
  if (auto names = lookup->take_names()) pipeline->set_names(std::move(names));
  if (now.boottime_ns < save_due_ns) return ok();
  save_due_ns = now.boottime_ns + kSaveNs;
  const auto lost = seat->lost_while_ours();
  if (lost.is_ok()) pipeline->kernel_lost(*lost, now);
  if (lost.code() == Code::denied) {  // nothing more will come: say so, and let us be started anew
    pipeline->agent_state(
        {.change = AgentState::Change::seat_lost, .detail = lost.status().message()}, now);
    return lost.status();
  }
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
    problems = read_rules(loaded.config.rules_folders, loaded.config.rules_only_login_uid).problems;
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
  p.lookup.reset();
  p.spool.reset();  // everything sealed is on disk
  RETURN_IF_ERROR(write_file(p.files, p.state_path(), encode_state(state, boot_id)));
  return agent::execute_again(binary, handover, arguments);
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
