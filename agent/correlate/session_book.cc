#include "agent/correlate/session_book.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/programs.h"
#include "agent/limits.h"

namespace spoor::agent {

ProcessKey SessionBook::process_of(uint32_t pid, int64_t time_ns) const {
  const Process* process = processes_.find(pid, time_ns);
  return process == nullptr ? ProcessKey{pid, 0, false} : process->key;
}

std::string_view SessionBook::program_of(const ProcessKey& process, int64_t time_ns) const {
  if (process.birth_ns == 0) return {};
  return processes_.program(process.pid, time_ns);
}

std::optional<CommandRef> SessionBook::command_of(uint32_t pid, int64_t time_ns) const {
  const Process* process = processes_.find(pid, time_ns);
  if (process == nullptr || process->commands == 0) return std::nullopt;
  return process->last_command();
}

void SessionBook::Touched::add(uint32_t pid) {
  if (is_any_ || std::find(pids_.begin(), pids_.end(), pid) != pids_.end()) return;
  if (pids_.size() < kTouchedMax) return pids_.push_back(pid);
  is_any_ = true;
}

// A line without a pid may be about any of them.
bool SessionBook::Touched::has(uint32_t pid) const {
  if (is_any_ || (pid == 0 && !pids_.empty())) return true;
  return std::find(pids_.begin(), pids_.end(), pid) != pids_.end();
}

Fact SessionBook::fact_of(uint32_t ses, Instant at) const {
  Fact fact;
  fact.time_ns = at.realtime_ns;
  fact.read = at;
  fact.origin = "agent";
  fact.ses = ses;
  return fact;
}

void SessionBook::typed(uint32_t ses, SessionType type, Instant at) {
  Session* const session = sessions.find(ses);
  if (session == nullptr || session->type != SessionType::unknown) return;
  session->type = type;
  const bool is_manager = type == SessionType::user_manager;
  const bool is_login = is_login_type(type);
  if (!is_manager && !is_login) return;
  const uint32_t auid = session->auid;
  const auto link = [&](uint32_t manager, std::span<const uint32_t> logins_of_user) {
    Fact fact = fact_of(manager, at);
    fact.auid = auid;
    fact.login_name = name_of(auid);
    fact.kind = SessionFact{.account = {}, .terminal = {}, .service = {}, .step = {},
                            .type = SessionType::user_manager, .logins_of_user = logins_of_user};
    tell(std::move(fact));
  };
  const std::vector<uint32_t> others = sessions.open_of(auid, is_login);
  if (is_manager && !others.empty()) link(ses, others);
  if (!is_login) return;
  for (const uint32_t manager : others) link(manager, {&ses, 1});
}

void SessionBook::found(std::span<const ProcessFound> by_birth, Instant scanned) {
  for (const ProcessFound& process : by_birth) {
    if (!sessions.meet(process.ses, process.auid)) continue;
    const Process* known = processes_.find(process.pid, process.birth_boottime_ns);
    SessionOpened opened;
    opened.found_running = true;
    opened.process = known != nullptr
                         ? known->key
                         : ProcessKey{process.pid, process.birth_boottime_ns, true};
    // The oldest process of a session is the one that logged in.
    Session& session = sessions.opened(process.ses, process.auid, opened.process);
    (void)sessions.user_started(process.ses, opened.process);
    session.counted = known != nullptr;
    // But where a sudo is the oldest one left: it is not what opened it.
    opened.type = session_type(process.comm);
    if (opened.type == SessionType::su) opened.type = SessionType::unknown;
    Fact fact;
    fact.time_ns = realtime_ns(process.birth_boottime_ns, scanned);
    fact.read = scanned;
    fact.origin = "proc";
    fact.ses = process.ses;
    fact.auid = process.auid;
    fact.login_name = name_of(process.auid);
    fact.target_kind = "account";
    fact.target_name = fact.login_name;
    fact.kind = opened;
    tell(std::move(fact));
    if (opened.type != SessionType::unknown) typed(process.ses, opened.type, scanned);
  }
}

void SessionBook::close(uint32_t ses, Fact fact) {
  if (!sessions.last_process_ended(ses)) return;
  fact.ses = ses;
  fact.auid = sessions.find(ses)->auid;
  fact.login_name = name_of(fact.auid);
  fact.kind = SessionClosed{SessionClosed::Cause::last_process};
  tell(std::move(fact));
}

void SessionBook::left(const Process& last) {
  Fact fact = fact_of(last.ses, last.exit_read);
  fact.time_ns = realtime_ns(last.ended_ns, last.exit_read);
  fact.origin = last.seen ? "connector" : "proc";
  close(last.ses, std::move(fact));
}

void SessionBook::left_by_login(uint32_t ses, Instant at) {
  if (processes_.living(ses) == 0) close(ses, fact_of(ses, at));
}

void SessionBook::ask(PrivilegeAsked asked) {
  if (const auto left = privileges.add(std::move(asked))) tell_asked(*left);
}

void SessionBook::tell_asked(const PrivilegeAsked& asked) {
  Fact fact = fact_of(asked.ses, asked.read);
  fact.time_ns = asked.time_ns;
  fact.origin = "audit";
  fact.auid = asked.auid;
  fact.login_name = name_of(asked.auid);
  fact.success = true;
  fact.rewritten = asked.rewritten;
  const int64_t at_ns = boottime_ns(asked.time_ns, asked.read);
  fact.kind = PrivilegeChange{.by = base_name(asked.program),
                              .program = asked.program,
                              .command = asked.command,
                              .cwd = asked.cwd,
                              .account = {},
                              .from_uid = asked.from_uid,
                              .to_uid = kUnsetId,
                              .cause = command_of(asked.process.pid, at_ns),
                              .authority = fact.login_name,
                              .terminal = asked.terminal,
                              .pid = asked.process.pid};
  tell(std::move(fact));
}

void SessionBook::tick(Instant now) {
  while (const auto asked = privileges.take_due(now)) tell_asked(*asked);
}

void SessionBook::save(std::string& to) const {
  append_string(to, sessions.save());
  const auto put = [&to](const auto& table) {
    std::string bytes;
    table.save(bytes);
    append_string(to, bytes);
  };
  put(logins);
  put(writers);
  put(failures);
  put(privileges);
  put(room);
}

Status SessionBook::restore(BlobReader& from) {
  std::string bad;
  const auto note = [&bad](const char* name) { bad.append(bad.empty() ? "" : ", ").append(name); };
  if (!sessions.restore(from.string()).is_ok()) note("sessions");
  const auto take = [&](auto& table, const char* name) {
    BlobReader part(from.string());
    if (!table.restore(part) || !part.at_end()) note(name);
  };
  take(logins, "logins");
  take(writers, "writers");
  take(failures, "failures");
  take(privileges, "changes of privilege");
  take(room, "log lines");
  if (bad.empty() && from.good()) return ok();
  return corrupt("of what was saved of sessions this makes no sense: " + bad);
}

void SessionBook::forget() {
  sessions = SessionTable();
  logins = LoginTable();
  failures = FailureTable();
  privileges = PrivilegeTable();
  room = LogRoom();
  writers.forget();
}

}  // namespace spoor::agent
