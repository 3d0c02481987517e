#include "collector/query/answers.h"

#include <algorithm>
#include <charconv>

#include "collector/limits.h"
#include "collector/query/session_name.h"

namespace spoor::collector {

namespace {

// A cursor is where the last page ended: `<first_ns>.<uid in hex>.<agent>`.
std::string print_cursor(const SessionRow& row) {
  return std::to_string(row.first_ns) + "." + to_hex(row.key.session_uid) + "." + row.key.agent;
}

Result<Index::After> parse_cursor(std::string_view text) {
  const Status wrong = invalid("the cursor is not one that this collector gave");
  Index::After out{};
  const char* end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, out.first_ns);
  const std::string_view rest(after, static_cast<size_t>(end - after));
  if (error != std::errc() || rest.size() < 35 || rest[0] != '.' || rest[33] != '.') return wrong;
  const auto uid = array_from_hex<16>(rest.substr(1, 32));
  if (!uid.is_ok()) return wrong;
  out.key = {std::string(rest.substr(34)), *uid};
  return out;
}

bool is_user(const SessionHead& head, const std::string& user) {
  if (user.empty() || head.login_name == user) return true;
  return head.login_uid && std::to_string(*head.login_uid) == user;
}

void put_head(const SessionHead& head, v1::Session& out) {
  if (head.login_uid) out.set_login_uid(*head.login_uid);
  out.set_login_name(head.login_name);
  out.set_type(head.type);
  *out.mutable_source() = head.source;
  out.set_local_port(head.local_port);
  out.set_terminal(head.terminal);
  out.set_method(head.method);
  out.set_key_type(head.key_type);
  out.set_key_fingerprint(head.key_fingerprint);
  out.set_certificate_id(head.certificate_id);
  out.set_certificate_serial(head.certificate_serial);
  out.set_certificate_authority(head.certificate_authority);
  out.set_failures_before(head.failures_before);
  out.set_keys_refused(head.keys_refused);
  for (const std::string& field : head.claimed) out.add_claimed(field);
  out.set_opening_seen(head.opening_seen);
  if (head.old_login_uid) out.set_old_login_uid(*head.old_login_uid);
  out.set_ended_ns(head.ended_ns);
  out.set_state(static_cast<v1::Session::State>(head.state));
  out.set_closed_by(head.closed_by);
  if (head.processes_left) out.set_processes_left(*head.processes_left);
}

void put_sums(const SessionSums& sums, v1::Session& out) {
  out.set_commands(sums.commands);
  out.set_commands_as_root(sums.commands_as_root);
  out.set_commands_failed(sums.commands_failed);
  out.set_commands_running(sums.commands_running());
  out.set_commands_end_unseen(sums.commands_end_unseen);
  out.set_privilege_changes(sums.privilege_changes);
  out.set_privilege_refused(sums.privilege_refused);
  out.set_file_changes(sums.file_changes);
  out.set_files_changed(sums.files_changed.count());
  out.set_files_estimated(!sums.files_changed.is_exact());
  out.set_connections(sums.connections);
  out.set_hosts_contacted(sums.hosts_contacted.count());
  out.set_hosts_estimated(!sums.hosts_contacted.is_exact());
  out.set_typed_lines(sums.typed_lines);
  out.set_disbelieved(sums.disbelieved);
  out.set_losses(sums.losses);
  out.set_events_incomplete(sums.events_incomplete);
}

// What the kernel's records of its start say beside the rest.
void add_records(const v1::Event& event, v1::Command& out) {
  const v1::CommandStarted& s = event.command_started();
  out.set_parent_pid(s.parent_pid());
  out.set_argc(s.argc());
  *out.mutable_args_missing() = s.args_missing();
  *out.mutable_args_cut() = s.args_cut();
  out.set_comm(s.comm());
  if (s.has_credentials()) *out.mutable_credentials() = s.credentials();
  out.set_items(s.items());
  *out.mutable_paths() = s.paths();
  out.set_syscall(s.syscall());
  out.set_arch(s.arch());
  *out.mutable_call_args() = s.call_args();
  out.set_subject(s.subject());
  *out.mutable_records() = event.records();
}

}  // namespace

std::string event_id(const IndexedEvent& event) {
  return event.agent + "/" + event_class_name(event.event_class) + "/" +
         std::to_string(event.epoch) + "/" + std::to_string(event.sequence);
}

Result<v1::SessionsResponse> list_sessions(const Index& index, const v1::SessionsRequest& request,
                                           const IsCancelled& is_cancelled) {
  constexpr size_t kRowsAtOnce = 64;
  const size_t asked = request.limit() == 0 ? kSessionsDefault : request.limit();
  const size_t limit = std::min(asked, kSessionsMax);
  std::optional<Index::After> after;
  if (!request.cursor().empty()) {
    ASSIGN_OR_RETURN(after, parse_cursor(request.cursor()));
  }
  v1::SessionsResponse out;
  size_t bytes = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<SessionSummary> sessions,
                     index.sessions(after, kRowsAtOnce));
    for (const SessionSummary& session : sessions) {
      if (is_cancelled()) return unavailable("the caller did not wait for the answer");
      const SessionRow& row = session.row;
      after = {row.first_ns, row.key};
      if (!request.host().empty() && row.key.agent != request.host()) continue;
      if (!is_user(session.head, request.user())) continue;
      if (request.logins_only() && !session.head.may_be_login()) {
        out.set_hidden(out.hidden() + 1);
        continue;
      }
      ASSIGN_OR_RETURN(*out.add_sessions(), to_message(index, session));
      bytes += out.sessions().rbegin()->ByteSizeLong();
      if (static_cast<size_t>(out.sessions_size()) < limit && bytes < kSessionsBytesMax) continue;
      ASSIGN_OR_RETURN(const std::vector<SessionSummary> next, index.sessions(after, 1));
      if (!next.empty()) out.set_next_cursor(print_cursor(row));
      return out;
    }
    if (sessions.size() < kRowsAtOnce) return out;
  }
}

Result<v1::Session> to_message(const Index& index, const SessionSummary& s) {
  v1::Session out;
  out.set_session_uid(std::string(as_text(s.row.key.session_uid)));
  out.set_name(session_name(s.row));
  out.set_host(s.row.key.agent);
  out.set_ses(s.row.ses);
  if (s.row.boot_id != Id{}) out.set_boot_id(std::string(as_text(s.row.boot_id)));
  out.set_started_ns(s.row.first_ns);
  out.set_last_ns(s.row.last_ns);
  put_head(s.head, out);
  put_sums(s.sums, out);
  // Numbers of sessions are those of its own boot.
  const auto name_of = [&](uint32_t ses) {
    SessionRow row = s.row;
    row.ses = ses;
    return session_name(row);
  };
  if (s.head.old_ses != 0) out.set_old_session(name_of(s.head.old_ses));
  for (const uint32_t ses : s.head.logins_of_user) {
    if (ses != 0) out.add_logins(name_of(ses));
  }
  ASSIGN_OR_RETURN(const std::vector<SessionRow> managers, index.user_managers(s.row));
  for (const SessionRow& manager : managers) {
    if (static_cast<size_t>(out.user_managers_size()) == kSessionLinksMax) break;
    out.add_user_managers(session_name(manager));
  }
  return out;
}

v1::Command command_message(const Command& c, const std::string& login_name) {
  const v1::Event& e = *c.started.event;
  const v1::CommandStarted& s = e.command_started();
  v1::Command out;
  out.set_number(c.number);
  out.set_parent(c.parent);
  out.set_depth(c.depth);
  out.set_event_id(event_id(c.started));
  out.set_started_ns(c.started_ns);
  out.set_ended_ns(c.ended_ns);
  out.set_end(static_cast<v1::Command::End>(c.end));
  out.set_exit_code(c.exit_code);
  out.set_signal(c.signal);
  out.set_core_dumped(c.core_dumped);
  *out.mutable_args() = s.args();
  out.set_exe(s.exe());
  out.set_cwd(s.cwd());
  out.set_uid(c.uid);
  out.set_user(e.actor().name());
  if (out.user().empty() && !c.other_user) out.set_user(login_name);
  out.set_other_user(c.other_user);
  out.set_pid(s.command().process().pid());
  out.set_terminal(s.terminal());
  for (const v1::Incomplete reason : c.incomplete) out.add_incomplete(reason);
  out.set_error(e.outcome().error());
  out.set_order(e.order());
  out.set_epoch(c.started.epoch);
  *out.mutable_process() = s.command().process();
  out.set_exec_number(s.command().exec_number());
  out.set_serial(e.kernel().serial());
  add_records(e, out);
  return out;
}

v1::TrailItem to_message(const Command& command, const SessionSummary& session) {
  v1::TrailItem item;
  *item.mutable_command() = command_message(command, session.head.login_name);
  return item;
}

v1::TrailItem to_message(const TrailLoss& loss) {
  v1::TrailItem item;
  v1::TrailLoss& out = *item.mutable_loss();
  *out.mutable_loss() = loss.event.event->loss();
  out.set_event_id(event_id(loss.event));
  out.set_time_ns(loss.event.event->time_ns());
  out.set_order(loss.order);
  out.set_epoch(loss.event.epoch);
  return item;
}

v1::TrailItem to_message(const OtherEvent& event) {
  v1::TrailItem item;
  item.mutable_event()->set_event_id(event_id(event.event));
  *item.mutable_event()->mutable_event() = *event.event.event;
  item.mutable_event()->set_command(event.command);
  return item;
}

}  // namespace spoor::collector
