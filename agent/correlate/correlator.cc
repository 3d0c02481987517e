#include "agent/correlate/correlator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/blob.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x52435053;  // "SPCR"
constexpr uint32_t kVersion = 1;
constexpr uint16_t kServiceStart = 1130;
// The keys of our own rules begin so (rules/audit).
constexpr std::string_view kOwnKeys = "spoor-";

// What an Instant says of realtime at a boottime, and back.
int64_t realtime_ns(int64_t boottime_ns, Instant at) {
  return boottime_ns + (at.realtime_ns - at.boottime_ns);
}
int64_t boottime_ns(int64_t realtime_ns, Instant at) {
  return realtime_ns - (at.realtime_ns - at.boottime_ns);
}
int64_t event_boottime_ns(const AuditEvent& event) {
  return boottime_ns(event.key.time_ms * kNsPerMs, event.first_read);
}

std::optional<uint32_t> unless_unset(uint32_t id) {
  return id == kUnsetId ? std::nullopt : std::optional(id);
}

}  // namespace

Correlator::Correlator(Host host, std::function<void(const Fact&)> sink)
    : host_(std::move(host)),
      sink_(std::move(sink)),
      processes_([this](const Process& process) { add_ended(process); }) {}

std::string_view Correlator::name_of(std::optional<uint32_t> uid) const {
  if (!uid || *uid == kUnsetId || names_ == nullptr) return {};
  const auto found = names_->find(*uid);
  return found == names_->end() ? std::string_view() : found->second;
}

uint64_t Correlator::emit(Fact fact) {
  if (told_ && told_(fact)) return order_;
  fact.order = ++order_;
  sink_(fact);
  return fact.order;
}

// ------------------------------------------------------------------ audit events

void Correlator::on_audit(const AuditEvent& event, Instant now) {
  Fact fact;
  fill_envelope(event, fact);
  if (only_login_uid_ && fact.auid != *only_login_uid_) {
    ++events_dropped_;
    const bool alone = fact.incomplete & incomplete_bit(Incomplete::syscall_missing);
    if (alone) ++fragments_dropped_.events;
    if (alone || event.late) fragments_dropped_.records += event.records.size();
    if (dropped_) dropped_(event);
    return;
  }
  fact.login_name = name_of(fact.auid);
  fact.user_name = name_of(fact.uid);
  if (fact.ses != kUnsetId) sessions_.meet(fact.ses, fact.auid);
  // More than one of these in an event is rare, but nothing forbids it.
  const bool exec = is_exec(event);
  const bool user = event.user && !event.typed;
  int parts = exec + event.login.has_value() + event.config.has_value() + user;
  const Process* const process = parts == 0 ? leaving(event) : nullptr;
  const auto& activity = activity_.read(event, fact.ses, event_boottime_ns(event),
                                        parts != 0 || process != nullptr);
  parts += static_cast<int>(activity.size()) + (process != nullptr);
  if (parts == 0) return add_other(event, fact);
  if (event.login) {
    fact.ends_event = --parts == 0;
    add_login(event, fact);
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
    add_user(event, fact);
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
  const int64_t time_ns = event_boottime_ns(event);
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
                                .time_ns = event_boottime_ns(event),
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
  fact.kind = started;
  emit(fact);
  processes_.exec_told(exec);
}

const Process* Correlator::leaving(const AuditEvent& event) const {
  return is_exit(event) ? processes_.unheard(event.syscall->pid, event_boottime_ns(event))
                        : nullptr;
}

bool Correlator::is_of_command(const AuditEvent& event) const {
  return is_exec(event) || leaving(event) != nullptr;
}

// What the connector tells better, where there is one.
void Correlator::add_exit(const AuditEvent& event, const Process& process, Fact fact, Instant now) {
  ProcessEnded ended;
  ended.command = process.last_command();
  ended.wait_status = static_cast<uint32_t>(event.syscall->args[0] & 0xff) << 8;
  ended.ended_ns = fact.time_ns;
  if (process.key.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  fact.kind = ended;
  processes_.exit_unheard(event.syscall->pid, event_boottime_ns(event), now);
  emit(fact);
}

void Correlator::add_login(const AuditEvent& event, Fact fact) {
  const LoginFields& login = *event.login;
  if (!login.success) {  // refused: somebody tried to become another login uid
    fact.kind = Authentication{.account = name_of(login.auid), .step = "set-login-uid",
                               .service = {}, .exe = {}, .pid = login.pid};
    emit(fact);
    return;
  }
  SessionOpened opened;
  opened.old_auid = unless_unset(login.old_auid);
  opened.old_ses = unless_unset(login.old_ses);
  opened.process = processes_.login(login.pid, event_boottime_ns(event), login.ses, login.auid);
  opened.terminal = event.bytes(login.tty);
  if (opened.process.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  if (login.ses != kUnsetId) sessions_.opened(login.ses, login.auid, login.pid);
  fact.target_kind = "account";
  fact.target_name = fact.login_name;
  fact.kind = opened;
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

void Correlator::add_user(const AuditEvent& event, Fact fact) {
  const UserFields& user = *event.user;
  const std::string_view exe = event.bytes(user.exe), op = event.bytes(user.op);
  std::string_view account = event.bytes(user.account);
  if (account.empty()) account = name_of(user.id);
  const UserKind kind = user_kind(user);
  if (kind != UserKind::service && kind != UserKind::other && !account.empty()) {
    fact.target_kind = "account";
    fact.target_name = account;
  }
  switch (kind) {
    case UserKind::authentication:
      fact.kind = Authentication{account, op, base_name(exe), exe, user.pid};
      break;
    case UserKind::session_start:
    case UserKind::session_end:
      fact.kind = SessionFact{account, event.bytes(user.terminal), base_name(exe), op};
      if (user.ses == kUnsetId) break;
      if (kind == UserKind::session_start) {
        sessions_.user_started(user.ses, user.pid);
      } else if (sessions_.user_ended(user.ses, user.pid)) {
        fact.kind = SessionClosed{SessionClosed::Cause::logged_out};
      }
      break;
    case UserKind::privilege:
      fact.kind = PrivilegeChange{.by = exe.empty() ? "sudo" : base_name(exe),
                                  .program = exe,
                                  .command = event.bytes(user.command),
                                  .cwd = event.bytes(user.cwd),
                                  .account = account,
                                  .from_uid = user.uid,
                                  .to_uid = 0};
      break;
    case UserKind::account:
      fact.kind = AccountChange{account_operation(event, user), account, exe, user.id};
      break;
    case UserKind::service:
      fact.target_kind = "unit";
      fact.target_name = event.bytes(user.unit);
      fact.kind = Service{fact.target_name, user.type == kServiceStart ? "start" : "stop"};
      break;
    case UserKind::other: fact.kind = OtherRecord{}; break;
  }
  emit(fact);
}

// ------------------------------------------------------------------ processes

void Correlator::on_log(const LogLine& line, const LogEvent& event, Instant now) {
  if (event.program.empty() || only_login_uid_) return;
  Fact fact;
  fact.time_ns = line.time_ns;
  fact.read = now;
  fact.origin = line.origin;
  fact.log_text = line.text;
  if (line.is_cut) fact.incomplete |= incomplete_bit(Incomplete::text_cut);
  LogMessage message;
  message.program = event.program;
  message.message = line.message;
  message.exe = line.exe;
  message.pid = line.pid != 0 ? line.pid : line.tag_pid;
  fact.kind = message;
  emit(fact);
}

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
  fact.ses = process.ses;
  fact.auid = process.auid;
  fact.login_name = name_of(process.auid);
  fact.uid = unless_unset(process.uid);
  fact.user_name = name_of(fact.uid);
  if (!process.seen) fact.incomplete |= incomplete_bit(Incomplete::exit_unseen);
  if (process.key.birth_ns == 0) fact.incomplete |= incomplete_bit(Incomplete::birth_unknown);
  fact.kind = ended;
  emit(fact);
}

void Correlator::found(std::span<const ProcessFound> processes, Instant scanned) {
  processes_.reconcile(processes, scanned, scanned);
  std::vector<const ProcessFound*> by_birth;
  for (const ProcessFound& process : processes) {
    const bool ours = !only_login_uid_ || process.auid == *only_login_uid_;
    if (process.ses != kUnsetId && ours) by_birth.push_back(&process);
  }
  std::stable_sort(by_birth.begin(), by_birth.end(), [](const auto* a, const auto* b) {
    return a->birth_boottime_ns < b->birth_boottime_ns;
  });
  for (const ProcessFound* process : by_birth) {
    if (!sessions_.meet(process->ses, process->auid)) continue;
    SessionOpened opened;
    opened.found_running = true;
    const Process* known = processes_.find(process->pid, process->birth_boottime_ns);
    opened.process = known != nullptr
                         ? known->key
                         : ProcessKey{process->pid, process->birth_boottime_ns, true};
    Fact fact;
    fact.time_ns = realtime_ns(process->birth_boottime_ns, scanned);
    fact.read = scanned;
    fact.origin = "proc";
    fact.ses = process->ses;
    fact.auid = process->auid;
    fact.login_name = name_of(process->auid);
    fact.target_kind = "account";
    fact.target_name = fact.login_name;
    fact.kind = opened;
    emit(fact);
  }
}

// ------------------------------------------------------------------ saved state

std::string Correlator::save() const {
  std::string bytes(as_text(host_.boot_id));
  append_string(bytes, sessions_.save());
  append_string(bytes, processes_.save());
  return seal_blob(kMagic, kVersion, bytes);
}

Status Correlator::restore(std::string_view saved) {
  ASSIGN_OR_RETURN(std::string_view bytes, open_blob(kMagic, kVersion, saved));
  if (!bytes.starts_with(as_text(host_.boot_id))) return corrupt("saved state of another boot");
  bytes.remove_prefix(host_.boot_id.size());
  BlobReader from(bytes);
  const std::string_view sessions = from.string();
  const std::string_view processes = from.string();
  if (!from.good() || !from.at_end()) return corrupt("saved state makes no sense");
  RETURN_IF_ERROR(sessions_.restore(sessions));
  if (Status status = processes_.restore(processes); !status.is_ok()) {
    sessions_ = SessionTable();
    return status;
  }
  return ok();
}

}  // namespace spoor::agent
