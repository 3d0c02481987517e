#include "collector/cli/trail_head.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "collector/cli/words.h"
#include "common/quoting.h"
#include "common/text_width.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kFingerprintColumns = 8;  // of its 43: enough to tell keys apart at a glance
constexpr size_t kCertificateColumns = 16;

// `ssh pts/0 from 127.0.0.1:45410 to port 2222`
StyledText where_group(const v1::Session& s) {
  std::string out = terminal_text(s);
  const std::string type = type_text(s.type());
  if (!type.empty() && out != type) out.insert(0, type + " ");
  const std::string from = from_text(s.source());
  if (!from.empty()) out += (out.empty() ? "from " : " from ") + from;
  if (s.local_port() != 0 && s.local_port() != 22) {
    out += " to port " + std::to_string(s.local_port());
  }
  return {Style::plain, std::move(out)};
}

StyledText method_group(const v1::Session& s) {
  std::string out = visible(s.method());
  for (const std::string& part : {s.key_type(), s.key_fingerprint()}) {
    if (!part.empty()) out += (out.empty() ? "" : " ") + visible(part);
  }
  return {Style::plain, std::move(out)};
}

StyledText time_group(const v1::Session& s) {
  if (s.started_ns() == 0) return {Style::quiet, "start not known"};
  const LocalTime start = local_time(s.started_ns());
  const int64_t last_ns = s.ended_ns() != 0 ? s.ended_ns() : s.last_ns();
  const LocalTime last = local_time(last_ns);
  std::string text = start.date + "  " + start.clock;
  const std::string last_date = last.date == start.date ? "" : last.date + " ";
  if (s.ended_ns() == 0) {
    StyledText open(Style::plain, text + " " + start.offset + " → ");
    open.add(Style::good, "open");
    if (last_ns > s.started_ns()) {
      open.add(", last event " + last_date + last.clock);
      if (last.offset != start.offset) open.add(" " + last.offset);
    }
    return open;
  }
  if (last.offset != start.offset) text += " " + start.offset;
  text += " → " + last_date + last.clock;
  text += " " + last.offset + " (" + duration_text(last_ns - s.started_ns()) + ")";
  return {Style::plain, std::move(text)};
}

StyledText state_group(const v1::Session& s) {
  if (s.state() == v1::Session::STATE_LOGGED_OUT) {
    if (!s.has_processes_left()) {
      return {Style::good, "logged out; it is not known whether processes of it still run"};
    }
    const bool one = s.processes_left() == 1;
    return {Style::good, "logged out, " + counted(s.processes_left(), "process", "processes") +
                             (one ? " still runs" : " still run")};
  }
  if (s.state() != v1::Session::STATE_CLOSED) return {};
  switch (s.closed_by()) {
    case v1::SessionClosed::CAUSE_LOGGED_OUT: return {Style::quiet, "logged out"};
    case v1::SessionClosed::CAUSE_LAST_PROCESS: return {Style::quiet, "its last process ended"};
    case v1::SessionClosed::CAUSE_REBOOT: return {Style::quiet, "the host went down"};
    default: return {};
  }
}

// Numbers that are not zero, with a dot between them.
class Counts {
 public:
  Counts& add(uint64_t count, Style style, const std::string& text) {
    if (count == 0) return *this;
    if (!out_.empty()) out_.add(Style::quiet, " · ");
    out_.add(style, text);
    return *this;
  }
  StyledText take() { return std::move(out_); }

 private:
  StyledText out_;
};

StyledText command_counts(const v1::Session& s) {
  Counts out;
  out.add(1, Style::plain, counted(s.commands(), "command"));
  out.add(s.commands_as_root(), Style::bad, grouped(s.commands_as_root()) + " as root");
  out.add(s.commands_failed(), Style::bad, grouped(s.commands_failed()) + " failed");
  const uint64_t running = has_ended(s) ? 0 : s.commands_running();
  const uint64_t unseen = s.commands_end_unseen() + s.commands_running() - running;
  out.add(running, Style::good, grouped(running) + " running");
  out.add(unseen, Style::warning, grouped(unseen) + " end unseen");
  out.add(s.losses(), Style::warning, counted(s.losses(), "loss", "losses"));
  out.add(s.disbelieved(), Style::alarm, grouped(s.disbelieved()) + " not believed");
  out.add(s.events_incomplete(), Style::warning, grouped(s.events_incomplete()) + " incomplete");
  out.add(s.opening_seen() ? 0 : 1, Style::warning, "opening not seen");
  return out.take();
}

Groups activity_counts(const v1::Session& s) {
  Counts out;
  const auto about = [](bool estimated) { return std::string(estimated ? "about " : ""); };
  out.add(s.files_changed(), Style::plain,
          about(s.files_estimated()) + counted(s.files_changed(), "file") + " changed");
  out.add(s.hosts_contacted(), Style::plain,
          about(s.hosts_estimated()) + counted(s.hosts_contacted(), "host") + " contacted");
  Groups groups = {out.take()};
  out = Counts();
  out.add(s.privilege_changes(), Style::privilege,
          counted(s.privilege_changes(), "privilege change"));
  out.add(s.privilege_refused(), Style::bad, grouped(s.privilege_refused()) + " refused");
  out.add(s.typed_lines(), Style::plain, counted(s.typed_lines(), "typed line"));
  groups.push_back(out.take());
  return groups;
}

// A group a name, so that a long list is folded.
template <typename Names>
void add_list(Style style, std::string words, const Names& names, Groups& out) {
  for (int i = 0; i < names.size(); ++i) {
    const char* const comma = i + 1 < names.size() ? "," : "";
    out.emplace_back(style, std::exchange(words, "") + visible(names[i]) + comma);
  }
}

// A field of a session in an operator's words; several fields may be one thing.
std::string claim_word(std::string_view field) {
  if (field == "login_uid" || field == "login_name") return "account";
  if (field == "type") return "kind";
  if (field == "source") return "address";
  if (field == "source.port") return "port";
  if (field.starts_with("key_")) return "key";
  if (field.starts_with("certificate_")) return "certificate";
  if (field == "failures_before") return "failed attempts";
  return visible(field);
}

std::string claims_text(const v1::Session& s) {
  std::vector<std::string> words;
  for (const std::string& field : s.claimed()) {
    std::string word = claim_word(field);
    if (std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(std::move(word));
  }
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out.empty() ? out : "only a log file says: " + out;
}

// What stood before the login, and what is only said of it.
Groups doubts(const v1::Session& s) {
  Groups out;
  if (s.failures_before() != 0) {
    out.emplace_back(Style::bad, "after " + counted(s.failures_before(), "failed attempt"));
  }
  if (s.keys_refused() != 0) {
    out.emplace_back(Style::quiet, counted(s.keys_refused(), "offered key") + " refused");
  }
  out.emplace_back(Style::warning, claims_text(s));
  return out;
}

Groups links(const v1::Session& s) {
  Groups out;
  std::string old;
  if (!s.old_session().empty()) old = "came out of session " + visible(s.old_session());
  if (s.has_old_login_uid()) {
    old += (old.empty() ? "was" : ",") + std::string(" uid ") + std::to_string(s.old_login_uid());
  }
  out.emplace_back(Style::warning, old);
  add_list(Style::quiet, "user manager of ", s.logins(), out);
  add_list(Style::quiet, "user manager: ", s.user_managers(), out);
  return out;
}

}  // namespace

bool has_ended(const v1::Session& s) {
  return s.ended_ns() != 0 && s.state() != v1::Session::STATE_LOGGED_OUT;
}

std::vector<Groups> head_lines(const v1::Session& s) {
  Groups who;
  who.emplace_back(Style::strong, who_text(s));
  who.emplace_back(Style::plain, "session " + visible(s.name()));
  who.push_back(where_group(s));
  who.push_back(method_group(s));
  who.emplace_back(Style::plain,
                   certificate_text(s.certificate_id(), s.certificate_serial(), ""));
  if (!s.certificate_authority().empty()) {
    who.emplace_back(Style::plain, "signed by " + visible(s.certificate_authority()));
  }
  return {std::move(who), doubts(s), {time_group(s), state_group(s), command_counts(s)},
          activity_counts(s), links(s)};
}

std::string credential_word(const v1::Session& s) {
  if (!s.certificate_id().empty()) {
    const std::string id = visible(s.certificate_id());
    return "cert " + std::string(fit(id, kCertificateColumns));
  }
  if (!s.key_fingerprint().empty()) {
    std::string_view print = s.key_fingerprint();
    if (print.starts_with("SHA256:")) print.remove_prefix(7);
    const std::string shown = visible(print);
    return "key " + std::string(fit(shown, kFingerprintColumns));
  }
  if (s.method() == "keyboard-interactive") return "keyboard";
  return visible(s.method());
}

}  // namespace spoor::cli
