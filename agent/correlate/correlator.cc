#include "agent/correlate/correlator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/container_runtimes.h"
#include "agent/correlate/audit_facts.h"
#include "agent/correlate/blob.h"
#include "agent/correlate/programs.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x52435053;  // "SPCR"
constexpr uint32_t kVersion = 6;
constexpr int kAncestorsMax = 64;
// The keys of our own rules begin so (rules/audit).
constexpr std::string_view kOwnKeys = "spoor-";

std::optional<uint32_t> unless_unset(uint32_t id) {
  return id == kUnsetId ? std::nullopt : std::optional(id);
}

}  // namespace

Correlator::Correlator(Host host, std::function<void(const Fact&)> sink)
    : host_(std::move(host)),
      sink_(std::move(sink)),
      processes_([this](const Process& process) { add_ended(process); }),
      book_(processes_, door()),
      users_(book_, processes_),
      lines_(book_, processes_) {
  processes_.set_session_left([this](const Process& last) { session_left(last); });
  processes_.set_living_forgotten([this] { book_.births_missed(); });
}

// Of a session whose processes were not all counted another one may live on.
void Correlator::session_left(const Process& last) {
  book_.left(last);
  const Session* const session = book_.sessions.find(last.ses);
  if (session == nullptr || !session->counted) return;
  if (session->state == Session::State::closed) activity_.directories().session_ended(last.ses);
}

SessionBook::Door Correlator::door() {
  return {.tell = [this](Fact fact) { emit(std::move(fact)); },
          .name_of = [this](std::optional<uint32_t> uid) { return name_of(uid); },
          .uid_of = [this](std::string_view account) { return uid_of(account); }};
}

std::string_view Correlator::name_of(std::optional<uint32_t> uid) const {
  if (!uid || *uid == kUnsetId || names_ == nullptr) return {};
  const auto found = names_->find(*uid);
  return found == names_->end() ? std::string_view() : found->second;
}

uint32_t Correlator::uid_of(std::string_view account) const {
  if (names_ == nullptr || account.empty()) return kUnsetId;
  const auto found = std::find_if(names_->begin(), names_->end(),
                                  [&](const auto& name) { return name.second == account; });
  return found == names_->end() ? kUnsetId : found->first;
}

uint64_t Correlator::emit(Fact fact) {
  if (told_ && told_(fact)) return order_;
  fact.order = ++order_;
  sink_(fact);
  return fact.order;
}

void Correlator::tick(Instant drained) {
  processes_.tick(drained);
  book_.tick(drained);
  lines_.tick(drained);
}

void Correlator::close(Instant now) {
  processes_.close(now);
  book_.tick({now.realtime_ns, now.boottime_ns + kPrivilegeWaitNs});
  lines_.close(now);
}

// ------------------------------------------------------------------ audit events

bool Correlator::is_writer_unknown(const AuditEvent& event) const {
  const uint32_t pid = event.user ? event.user->pid : event.login ? event.login->pid : 0;
  return pid != 0 && book_.writers.is_unknown(book_.process_of(pid, boottime_ns(event)));
}

bool Correlator::may_enter_container(const AuditEvent& event) const {
  if (!event.exec || !event.syscall) return false;
  const std::string_view before = processes_.program(event.syscall->pid, boottime_ns(event));
  return is_container_runtime(base_name(before));
}

// Its own, or that of the nearest that it descends from; null: nobody asked.
PlaceTable::Seen Correlator::place_of(const Process* process) const {
  if (places_.size() == 0) return nullptr;
  for (int i = 0; process != nullptr && i < kAncestorsMax; ++i, process = process->parent) {
    if (PlaceTable::Seen seen = places_.find(process->key)) return seen;
  }
  return nullptr;
}

bool Correlator::asks_for_directories(const AuditEvent& event, PlaceQuestion& question) {
  if (event.config || !event.syscall) return false;
  if (only_login_uid_ && event.syscall->auid != *only_login_uid_) return false;
  return activity_.asks_for_directories(event, question);
}

void Correlator::place(const ProcessSight& seen, Fact& fact) {
  fact.place = {seen.runtime, seen.container, seen.unit};
  if (fact.ses != kUnsetId || seen.place != Place::container) return;
  fact.unit = seen.container.empty() ? seen.unit : seen.container;
  fact.unit_started_ns = seen.unit_started_ns;
  if (fact.unit.empty()) return;
  fact.attribution = {Attribution::Basis::container, Attribution::Confidence::certain};
}

const Process* Correlator::caller_of(const AuditEvent& event) const {
  return processes_.find(event.syscall->pid, boottime_ns(event), is_exec(event));
}

// Where it is from, and whose it is where the login uid is unset: the container's, or else the
// session's that its process descends from.
void Correlator::place(const AuditEvent& event, Fact& fact) const {
  if (event.seen) {
    place(*event.seen, fact);
  } else if (event.syscall && places_.size() != 0) {
    const auto seen = place_of(caller_of(event));
    if (seen && seen->place == Place::container) {
      place(*seen, fact);
      if (!fact.unit.empty()) fact.attribution.confidence = Attribution::Confidence::likely;
    }
  }
  if (fact.ses != kUnsetId || !fact.unit.empty() || !event.syscall) return;
  if (event.syscall->auid != kUnsetId) return;
  const Process* const near = nearest_in_session(caller_of(event));
  if (near != nullptr) place_by_ancestor(near->ses, fact);
}

const Process* Correlator::nearest_in_session(const Process* process) {
  for (int i = 0; process != nullptr && i < kAncestorsMax; ++i, process = process->parent) {
    if (process->ses != kUnsetId) return process;
  }
  return nullptr;
}

bool Correlator::descends_from_session(const AuditEvent& event) const {
  return event.syscall && nearest_in_session(caller_of(event)) != nullptr;
}

void Correlator::place_by_ancestor(uint32_t ses, Fact& fact) {
  fact.ses = ses;
  fact.attribution = {Attribution::Basis::ancestor, Attribution::Confidence::likely};
}

// What a program says of the one login uid's account before anybody has that login uid.
bool Correlator::is_login_of_guest(const AuditEvent& event) const {
  if (!event.user || event.user->auid != kUnsetId) return false;
  const std::string_view account = event.bytes(event.user->account);
  return !account.empty() && account == name_of(only_login_uid_);
}

void Correlator::on_audit(const AuditEvent& event, Instant now) {
  Fact fact;
  fill_envelope(event, fact);
  if (only_login_uid_ && fact.auid != *only_login_uid_ && !is_login_of_guest(event)) {
    ++events_dropped_;
    const bool alone = fact.incomplete & incomplete_bit(Incomplete::syscall_missing);
    if (alone) ++fragments_dropped_.events;
    if (alone || event.late) fragments_dropped_.records += event.records.size();
    if (dropped_) dropped_(event);
    return;
  }
  fact.login_name = name_of(fact.auid);
  fact.user_name = name_of(fact.uid);
  place(event, fact);
  if (fact.ses != kUnsetId) book_.sessions.meet(fact.ses, fact.auid);
  // More than one of these in an event is rare, but nothing forbids it.
  const bool exec = is_exec(event);
  const bool user = event.user && !event.typed;
  int parts = exec + event.login.has_value() + event.config.has_value() + user;
  const Process* const process = parts == 0 ? leaving(event) : nullptr;
  const auto& activity = activity_.read(event, fact.ses, boottime_ns(event),
                                        parts != 0 || process != nullptr);
  parts += static_cast<int>(activity.size()) + (process != nullptr);
  if (parts == 0) return add_other(event, fact);
  if (event.login) {
    fact.ends_event = --parts == 0;
    users_.login(event, fact);
  }
  if (exec) {
    fact.ends_event = --parts == 0;
    add_exec(event, fact, now);
  }
  if (event.config) {
    fact.ends_event = --parts == 0;
    add_config(event, fact);
  }
  if (user) {
    fact.ends_event = --parts == 0;
    users_.user(event, fact);
  }
  for (const ActivityFacts::Kind& kind : activity) {
    fact.ends_event = --parts == 0;
    // A record of many lines goes with the last.
    fact.without_records = event.typed && !fact.ends_event;
    fact.kind = kind;
    emit(fact);
  }
  if (process != nullptr) {
    fact.ends_event = true;
    fact.without_records = false;
    add_exit(event, *process, fact, now);
  }
}

void Correlator::add_other(const AuditEvent& event, Fact fact) {
  OtherRecord other;
  const int64_t time_ns = boottime_ns(event);
  if (event.syscall) other.command = processes_.command_at(event.syscall->pid, time_ns);
  fact.kind = other;
  emit(fact);
}

void Correlator::on_typed_rest(const TypedRest& rest) {
  Fact fact;
  fact.time_ns = rest.time_ns;
  fact.read = rest.read;
  fact.origin = "audit";
  fact.ses = rest.ses;
  fact.auid = rest.auid;
  fact.login_name = name_of(rest.auid);
  fact.uid = unless_unset(rest.uid);
  fact.user_name = name_of(fact.uid);
  fact.source_terminal = rest.terminal;
  fact.rewritten = rest.rewritten;
  TypedInput typed;
  typed.command = processes_.command_at(rest.pid, boottime_ns(rest.time_ns, rest.read));
  typed.typed = rest.typed;
  typed.edited = rest.edited;
  typed.terminal = rest.terminal;
  typed.comm = rest.comm;
  typed.pid = rest.pid;
  typed.unfinished = true;
  fact.kind = typed;
  emit(fact);
}

void Correlator::add_exec(const AuditEvent& event, Fact fact, Instant now) {
  CommandStarted started;
  started.started_ns = fact.time_ns;
  if (!event.syscall) {  // EXECVE alone: nobody knows whose
    fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
    fact.kind = started;
    emit(fact);
    return;
  }
  const SyscallFields& call = *event.syscall;
  const ProcessTable::Exec exec{.pid = call.pid,
                                .parent_pid = call.ppid,
                                .time_ns = boottime_ns(event),
                                .success = call.success.value_or(true),
                                .ses = fact.ses,
                                .auid = fact.auid,
                                .uid = call.euid,
                                .program = event.bytes(call.exe)};
  const ProcessTable::Command command = processes_.exec(exec, now);
  started.command = command.command;
  started.parent = command.parent;
  started.depth = command.depth;
  if (command.born_ns) {
    started.born_ns = realtime_ns(*command.born_ns, event.first_read);
    started.started_ns = std::max(fact.time_ns, started.born_ns);
  }
  if (started.command.process.birth_ns == 0) {
    fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  }
  // Its parent may be forgotten before it ends.
  const auto seen = event.seen ? event.seen : place_of(processes_.find(call.pid, exec.time_ns));
  if (seen) places_.set(started.command.process, seen);
  if (exec.success) book_.writers.runs(started.command.process, exec.program);
  if (started.parent) tell_silent(*started.parent);
  auto raised = raised_by_file(event);
  if (raised && changes_privilege(raised->program) && is_of_system(raised->program)) {
    book_.raises.add({.command = started.command,
                      .ses = fact.ses,
                      .auid = fact.auid,
                      .time_ns = fact.time_ns,
                      .read = fact.read,
                      .by = std::string(raised->by),
                      .program = std::string(raised->program),
                      .terminal = std::string(raised->terminal),
                      .from_uid = raised->from_uid,
                      .to_uid = raised->to_uid,
                      .to_gid = raised->to_gid,
                      .capabilities = raised->capabilities});
    raised.reset();
  }
  const bool ends_event = fact.ends_event;
  fact.ends_event = ends_event && !raised;
  fact.kind = started;
  emit(fact);
  if (raised) {
    raised->cause = started.command;
    raised->account = name_of(raised->to_uid);
    raised->authority = fact.login_name;
    fact.ends_event = ends_event;
    fact.kind = *raised;
    emit(fact);
  }
  processes_.exec_told(exec);
}

// By what a program that speaks for itself did not say, it was taken over.
void Correlator::tell_silent(const CommandRef& from) {
  const auto raise = book_.raises.take_silent(from);
  if (!raise) return;
  Fact fact = book_.fact_of(raise->ses, raise->read);
  fact.time_ns = raise->time_ns;
  fact.origin = "audit";
  fact.auid = raise->auid;
  fact.login_name = name_of(raise->auid);
  fact.success = true;
  PrivilegeChange change = raise->change();
  change.account = name_of(raise->to_uid);
  change.authority = fact.login_name;
  fact.kind = change;
  emit(std::move(fact));
}

const Process* Correlator::leaving(const AuditEvent& event) const {
  return is_exit(event) ? processes_.unheard(event.syscall->pid, boottime_ns(event))
                        : nullptr;
}

bool Correlator::is_of_command(const AuditEvent& event) const {
  return is_exec(event) || leaving(event) != nullptr;
}

bool Correlator::lives(uint32_t pid) const {
  const Process* const process = processes_.find(pid, INT64_MAX);
  return process != nullptr && !process->ended;
}

bool Correlator::is_over(const AuditEvent& event) {
  const uint32_t pid = event.typed ? event.typed->pid : 0;
  const Process* const process = processes_.find(pid, boottime_ns(event));
  if (process != nullptr) return process->ended;
  const uint32_t ses = event.subject ? event.subject->ses : kUnsetId;
  const Session* const session = book_.sessions.find(ses);
  return session != nullptr && session->state == Session::State::closed;
}

// What the connector tells better, where there is one.
void Correlator::add_exit(const AuditEvent& event, const Process& process, Fact fact, Instant now) {
  ProcessEnded ended;
  ended.command = process.last_command();
  ended.wait_status = static_cast<uint32_t>(event.syscall->args[0] & 0xff) << 8;
  ended.ended_ns = fact.time_ns;
  if (process.key.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  fact.kind = ended;
  processes_.exit_unheard(event.syscall->pid, boottime_ns(event), now);
  emit(fact);
}

void Correlator::add_config(const AuditEvent& event, Fact fact) {
  const ConfigFields& config = *event.config;
  const std::string_view key = event.bytes(config.key);
  fact.kind = AuditConfigChange{.operation = event.bytes(config.op),
                                .setting = event.bytes(config.setting),
                                .old_value = event.bytes(config.old_value),
                                .new_value = event.bytes(config.new_value),
                                .rule_key = key,
                                .by_spoor = key.starts_with(kOwnKeys)};
  emit(fact);
}

// ------------------------------------------------------------------ processes

void Correlator::add_ended(const Process& process) {
  ProcessEnded ended;
  ended.command = process.last_command();
  ended.wait_status = process.wait_status;
  ended.seen = process.seen;
  if (process.birth_known) ended.born_ns = realtime_ns(process.birth_ns, process.exit_read);
  ended.ended_ns = realtime_ns(process.ended_ns, process.exit_read);
  Fact fact;
  fact.time_ns = ended.ended_ns;
  fact.read = process.exit_read;
  fact.origin = process.seen ? "connector" : "proc";
  // A command ends as what it began as, wherever its process went since.
  const bool is_known = !process.execs.empty();
  const uint32_t ses = is_known ? process.execs.back().ses : process.ses;
  fact.auid = is_known ? process.execs.back().auid : process.auid;
  if (fact.auid != kUnsetId) fact.ses = ses;
  fact.login_name = name_of(fact.auid);
  fact.uid = unless_unset(process.uid);
  fact.user_name = name_of(fact.uid);
  const PlaceTable::Seen seen = places_.size() == 0 ? nullptr : places_.find(process.key);
  if (seen) {
    place(*seen, fact);
    places_.forget(process.key);
  }
  if (ses != fact.ses && fact.unit.empty()) place_by_ancestor(ses, fact);
  if (!process.seen) fact.incomplete |= incomplete_bit(Incomplete::exit_unseen);
  if (process.key.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  fact.kind = ended;
  emit(fact);
}

void Correlator::found(std::span<const ProcessFound> processes, Instant scanned) {
  processes_.reconcile(processes, scanned, scanned);
  std::vector<ProcessFound> by_birth;
  for (const ProcessFound& process : processes) {
    const bool ours = !only_login_uid_ || process.auid == *only_login_uid_;
    if (process.ses != kUnsetId && ours) by_birth.push_back(process);
  }
  std::stable_sort(by_birth.begin(), by_birth.end(), [](const auto& a, const auto& b) {
    return a.birth_boottime_ns < b.birth_boottime_ns;
  });
  book_.found(by_birth, scanned);
}

// ------------------------------------------------------------------ saved state

std::string Correlator::save() const {
  std::string bytes(as_text(host_.boot_id));
  append_string(bytes, processes_.save());
  book_.save(bytes);
  places_.save(bytes);
  activity_.directories().save(bytes);
  return seal_blob(kMagic, kVersion, bytes);
}

Status Correlator::restore(std::string_view saved) {
  ASSIGN_OR_RETURN(std::string_view bytes, open_blob(kMagic, kVersion, saved));
  if (!bytes.starts_with(as_text(host_.boot_id))) return corrupt("saved state of another boot");
  bytes.remove_prefix(host_.boot_id.size());
  BlobReader from(bytes);
  const std::string_view processes = from.string();
  Status known = book_.restore(from);
  if (!places_.restore(from) || !activity_.directories().restore(from) || !from.at_end()) {
    places_ = PlaceTable();
    activity_.directories().forget_given_up();
    if (known.is_ok()) known = corrupt("saved places and folders make no sense");
  }
  // The others speak of processes.
  if (Status status = processes_.restore(processes); !status.is_ok()) {
    forget_restored();
    return status;
  }
  return known;
}

void Correlator::forget_restored() {
  book_.forget();
  places_ = PlaceTable();
  activity_.directories().forget_given_up();
}

}  // namespace spoor::agent
