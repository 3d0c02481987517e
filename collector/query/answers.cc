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

bool is_user(const SessionSummary& session, const std::string& user) {
  if (user.empty() || session.login_name == user) return true;
  return session.login_uid && std::to_string(*session.login_uid) == user;
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
    const std::vector<SessionRow> rows = index.sessions(after, kRowsAtOnce);
    for (const SessionRow& row : rows) {
      if (is_cancelled()) return unavailable("the caller did not wait for the answer");
      after = {row.first_ns, row.key};
      if (!request.host().empty() && row.key.agent != request.host()) continue;
      ASSIGN_OR_RETURN(const Trail trail,
                       fold(row, index.session_events(row.key), is_cancelled));
      if (!is_user(trail.session, request.user())) continue;
      *out.add_sessions() = to_message(trail.session);
      bytes += out.sessions().rbegin()->ByteSizeLong();
      if (static_cast<size_t>(out.sessions_size()) < limit && bytes < kSessionsBytesMax) continue;
      if (!index.sessions(after, 1).empty()) out.set_next_cursor(print_cursor(row));
      return out;
    }
    if (rows.size() < kRowsAtOnce) return out;
  }
}

v1::Session to_message(const SessionSummary& s) {
  v1::Session out;
  out.set_session_uid(std::string(as_text(s.row.key.session_uid)));
  out.set_name(session_name(s.row));
  out.set_host(s.row.key.agent);
  out.set_ses(s.row.ses);
  if (s.row.boot_id != Id{}) out.set_boot_id(std::string(as_text(s.row.boot_id)));
  if (s.login_uid) out.set_login_uid(*s.login_uid);
  out.set_login_name(s.login_name);
  out.set_type(s.type);
  *out.mutable_source() = s.source;
  out.set_terminal(s.terminal);
  out.set_method(s.method);
  out.set_key_fingerprint(s.key_fingerprint);
  out.set_started_ns(s.row.first_ns);
  out.set_last_ns(s.row.last_ns);
  out.set_ended_ns(s.ended_ns);
  out.set_opening_seen(s.opening_seen);
  out.set_commands(s.commands);
  out.set_commands_as_root(s.commands_as_root);
  out.set_commands_failed(s.commands_failed);
  out.set_commands_running(s.commands_running);
  out.set_losses(s.losses);
  out.set_events_incomplete(s.events_incomplete);
  return out;
}

v1::TrailItem to_message(const Command& c, const SessionSummary& session) {
  const v1::Event& e = *c.started.event;
  const v1::CommandStarted& s = e.command_started();
  v1::TrailItem item;
  v1::Command& out = *item.mutable_command();
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
  if (out.user().empty() && !c.other_user) out.set_user(session.login_name);
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
  return item;
}

}  // namespace spoor::collector
