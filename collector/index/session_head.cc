#include "collector/index/session_head.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "collector/limits.h"

namespace spoor::collector {

namespace {

// The text, cut at the limit: before the character that does not fit whole, if it is UTF-8.
std::string cut_text(const std::string& text) {
  if (text.size() <= kSummaryTextMax) return text;
  const auto is_inside = [&](size_t at) { return (text[at] & 0xC0) == 0x80; };
  size_t begin = kSummaryTextMax;
  while (is_inside(begin) && kSummaryTextMax - begin < 3) --begin;
  return text.substr(0, is_inside(begin) ? kSummaryTextMax : begin);
}

// Takes `value` where nothing is known yet. Here and below: whether that made it another one.
bool learn(std::string& known, const std::string& value) {
  if (!known.empty() || value.empty()) return false;
  known = cut_text(value);
  return true;
}
template <typename Number>
bool learn(Number& known, Number value) {
  if (known != Number{} || value == Number{}) return false;
  known = value;
  return true;
}
template <typename Number>
bool learn_greater(Number& known, Number value) {
  if (value <= known) return false;
  known = value;
  return true;
}

bool is_service_name(const std::string& terminal) {
  return terminal == "ssh" || terminal == "cron" || terminal == "systemd";
}

// A service's name in the place of a terminal, as PAM's users write it, is a word only until there
// is a terminal.
bool learn_terminal(std::string& known, const std::string& terminal) {
  if (is_service_name(known) && !terminal.empty() && !is_service_name(terminal)) known.clear();
  return learn(known, terminal);
}

v1::Endpoint cut_endpoint(const v1::Endpoint& from) {
  v1::Endpoint out;
  out.set_address(cut_text(from.address()));
  out.set_port(from.port());
  out.set_hostname(cut_text(from.hostname()));
  out.set_terminal(cut_text(from.terminal()));
  return out;
}

bool learn_opened(const v1::SessionOpened& opened, SessionHead& s) {
  bool is_new = !opened.found_running() && learn(s.opening_seen, true);
  is_new |= learn(s.type, opened.type());
  is_new |= learn_terminal(s.terminal, opened.terminal());
  is_new |= learn(s.local_port, opened.local_port());
  is_new |= learn(s.old_ses, opened.old_ses());
  if (!opened.has_old_login_uid() || s.old_login_uid) return is_new;
  s.old_login_uid = opened.old_login_uid();
  return true;
}

// The first of the links that differ: a head takes no more of them.
void copy_fact(const v1::SessionFact& from, v1::SessionFact& to) {
  to.set_type(from.type());
  to.set_terminal(cut_text(from.terminal()));
  to.set_method(cut_text(from.method()));
  to.set_key_type(cut_text(from.key_type()));
  to.set_key_fingerprint(cut_text(from.key_fingerprint()));
  to.set_certificate_id(cut_text(from.certificate_id()));
  to.set_certificate_serial(from.certificate_serial());
  to.set_certificate_authority(cut_text(from.certificate_authority()));
  to.set_failures_before(from.failures_before());
  to.set_keys_refused(from.keys_refused());
  std::set<uint32_t> links;
  for (const uint32_t ses : from.logins_of_user()) {
    if (links.size() == kSessionLinksMax) break;
    if (links.insert(ses).second) to.add_logins_of_user(ses);
  }
}

bool learn_fact(const v1::SessionFact& fact, SessionHead& s) {
  bool is_new = learn(s.type, fact.type());
  is_new |= learn_terminal(s.terminal, fact.terminal());
  is_new |= learn(s.method, fact.method());
  is_new |= learn(s.key_type, fact.key_type());
  is_new |= learn(s.key_fingerprint, fact.key_fingerprint());
  is_new |= learn(s.certificate_id, fact.certificate_id());
  is_new |= learn(s.certificate_serial, fact.certificate_serial());
  is_new |= learn(s.certificate_authority, fact.certificate_authority());
  is_new |= learn_greater(s.failures_before, fact.failures_before());
  is_new |= learn_greater(s.keys_refused, fact.keys_refused());
  for (const uint32_t ses : fact.logins_of_user()) {
    if (s.logins_of_user.size() == kSessionLinksMax) break;
    const auto at = std::lower_bound(s.logins_of_user.begin(), s.logins_of_user.end(), ses);
    if (at != s.logins_of_user.end() && *at == ses) continue;
    s.logins_of_user.insert(at, ses);
    is_new = true;
  }
  return is_new;
}

// Logged out with processes left is a state of its own until the last of them has ended. Whatever
// is said of an end may be the last word on it.
bool learn_closed(const v1::Event& event, SessionHead& s) {
  const v1::SessionClosed& closed = event.session_closed();
  s.ended_ns = std::max(s.ended_ns, event.time_ns());
  const bool known = closed.has_processes_left();
  const bool goes_on = closed.cause() == v1::SessionClosed::CAUSE_LOGGED_OUT &&
                       (!known || closed.processes_left() > 0);
  if (s.state == SessionHead::State::closed && goes_on) return true;
  s.state = goes_on ? SessionHead::State::logged_out : SessionHead::State::closed;
  s.processes_left =
      goes_on && known ? std::optional(closed.processes_left()) : std::nullopt;
  s.closed_by = closed.cause();
  return true;
}

// From where somebody came is the word of who let him in, and a log's while nothing else is known.
// What is done in the session is done on terminals of its own (tmux), and to addresses of others.
bool tells_source(const v1::Event& e) {
  switch (e.kind_case()) {
    case v1::Event::kSessionOpened:
    case v1::Event::kSessionFact:
    case v1::Event::kSessionClosed:
    case v1::Event::KIND_NOT_SET: return true;  // of a newer agent
    case v1::Event::kAuthentication:
    case v1::Event::kLogMessage: return is_claimed(e);
    default: return false;
  }
}

bool learn_source(const v1::Event& e, SessionHead& s) {
  bool is_new = false;
  // The first word with an address wins over one without.
  if (e.has_source() && s.source.address().empty() &&
      (!e.source().address().empty() || !s.source.ByteSizeLong())) {
    s.source = cut_endpoint(e.source());
    is_new = e.source().ByteSizeLong() > 0;
  }
  // Records of PAM have the address alone. Of whose this is one may be told elsewhere.
  if (s.source.port() == 0 && s.source.address() == e.source().address())
    s.source.set_port(e.source().port());
  return learn_terminal(s.terminal, e.source().terminal()) || is_new || e.source().port() != 0;
}

bool learn_event(const v1::Event& e, SessionHead& s) {
  bool is_new = false;
  if (!s.login_uid && e.actor().has_login_uid()) {
    s.login_uid = e.actor().login_uid();
    is_new = true;
  }
  is_new |= learn(s.login_name, e.actor().login_name());
  if (tells_source(e)) is_new |= learn_source(e, s);
  if (e.has_session_opened()) is_new |= learn_opened(e.session_opened(), s);
  else if (e.has_session_fact()) is_new |= learn_fact(e.session_fact(), s);
  else if (e.has_session_closed()) is_new |= learn_closed(e, s);
  // What runs deeper may have made a terminal for itself (tmux, script, expect).
  else if (e.has_command_started() && e.command_started().depth() == 0)
    is_new |= learn_terminal(s.terminal, e.command_started().terminal());
  return is_new;
}

// What is known to be a lie is no claim either: it feeds nobody's session.
bool is_disbelieved(const v1::Event& event) {
  return event.has_disbelieved_record() || event.log_message().disbelieved();
}

// What nothing else has told is taken from the claims, by name.
void fill(SessionHead& s, const SessionHead& claims) {
  const auto take = [&](const char* name, auto& known, const auto& claim) {
    if (known != std::decay_t<decltype(known)>{} || known == claim) return;
    known = claim;
    s.claimed.emplace_back(name);
  };
  take("login_uid", s.login_uid, claims.login_uid);
  take("login_name", s.login_name, claims.login_name);
  take("type", s.type, claims.type);
  if (s.source.address().empty() && !claims.source.address().empty()) {
    s.source = claims.source;
    s.claimed.emplace_back("source");
  } else if (s.source.port() == 0 && claims.source.port() != 0 &&
             s.source.address() == claims.source.address()) {
    s.source.set_port(claims.source.port());
    s.claimed.emplace_back("source.port");
  }
  take("terminal", s.terminal, claims.terminal);
  take("method", s.method, claims.method);
  take("key_type", s.key_type, claims.key_type);
  take("key_fingerprint", s.key_fingerprint, claims.key_fingerprint);
  take("certificate_id", s.certificate_id, claims.certificate_id);
  take("certificate_serial", s.certificate_serial, claims.certificate_serial);
  take("certificate_authority", s.certificate_authority, claims.certificate_authority);
  take("failures_before", s.failures_before, claims.failures_before);
  take("keys_refused", s.keys_refused, claims.keys_refused);
}

// The kind is there, and of it nothing but what is read.
void copy_kind(const v1::Event& from, v1::Event& to) {
  if (from.has_session_opened()) {
    v1::SessionOpened& opened = *to.mutable_session_opened();
    opened = from.session_opened();
    opened.set_terminal(cut_text(opened.terminal()));
    opened.clear_process();
    opened.clear_host();
    opened.clear_machine_id();
    opened.DiscardUnknownFields();
  } else if (from.has_session_fact()) {
    copy_fact(from.session_fact(), *to.mutable_session_fact());
  } else if (from.has_session_closed()) {
    *to.mutable_session_closed() = from.session_closed();
    to.mutable_session_closed()->DiscardUnknownFields();
  } else if (from.has_command_started()) {
    const v1::CommandStarted& started = from.command_started();
    to.mutable_command_started()->set_depth(started.depth());
    to.mutable_command_started()->set_terminal(cut_text(started.terminal()));
  } else if (from.has_log_message()) {
    to.mutable_log_message()->set_disbelieved(from.log_message().disbelieved());
  } else if (from.kind_case() != v1::Event::KIND_NOT_SET) {
    const auto* kind = v1::Event::descriptor()->FindFieldByNumber(from.kind_case());
    to.GetReflection()->MutableMessage(&to, kind);
  }
}

}  // namespace

bool is_claimed(const v1::Event& event) {
  return event.attribution().confidence() == v1::Attribution::CONFIDENCE_CLAIMED;
}

bool SessionHead::is_claimed(std::string_view field) const {
  return std::find(claimed.begin(), claimed.end(), field) != claimed.end();
}

bool SessionHead::may_be_login() const {
  switch (type) {
    case v1::SessionOpened::TYPE_CRON:
    case v1::SessionOpened::TYPE_USER_MANAGER:
    case v1::SessionOpened::TYPE_SERVICE:
    case v1::SessionOpened::TYPE_CONTAINER: return is_claimed("type");
    default: return true;
  }
}

void sort_events(std::vector<IndexedEvent>& events) {
  std::ranges::stable_sort(events, {}, [](const IndexedEvent& event) {
    return std::pair(event.epoch, event.event->order());
  });
}

bool HeadReader::read(const v1::Event& e) {
  if (e.has_loss() || is_disbelieved(e)) return false;
  if (!is_claimed(e)) return learn_event(e, known_);
  return !e.has_session_opened() && !e.has_session_closed() && learn_event(e, claimed_);
}

SessionHead HeadReader::head() const {
  SessionHead out = known_;
  fill(out, claimed_);
  return out;
}

SessionHead head_of(const std::vector<IndexedEvent>& events) {
  HeadReader reader;
  for (const IndexedEvent& event : events) reader.read(*event.event);
  return reader.head();
}

std::vector<IndexedEvent> telling_events(const std::vector<IndexedEvent>& events) {
  HeadReader reader;
  std::vector<IndexedEvent> telling;
  for (const IndexedEvent& event : events) {
    if (reader.read(*event.event)) telling.push_back(event);
  }
  return telling;
}

v1::Event telling_fields(const v1::Event& e) {
  v1::Event out;
  out.set_order(e.order());
  out.set_time_ns(e.time_ns());
  if (e.actor().has_login_uid()) out.mutable_actor()->set_login_uid(e.actor().login_uid());
  if (!e.actor().login_name().empty())
    out.mutable_actor()->set_login_name(cut_text(e.actor().login_name()));
  if (is_claimed(e)) out.mutable_attribution()->set_confidence(e.attribution().confidence());
  if (e.has_source()) *out.mutable_source() = cut_endpoint(e.source());
  copy_kind(e, out);
  return out;
}

// Nobody lives through a boot, and nobody is left to tell of it.
SessionHead head_of(const SessionRow& row, const std::vector<IndexedEvent>& events) {
  SessionHead head = head_of(events);
  if (row.boot_over && head.state != SessionHead::State::closed) {
    head.state = SessionHead::State::closed;
    head.closed_by = v1::SessionClosed::CAUSE_REBOOT;
    head.processes_left = std::nullopt;
    head.ended_ns = row.last_ns;
  }
  return head;
}

}  // namespace spoor::collector
