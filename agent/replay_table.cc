#include "agent/replay_table.h"

#include <algorithm>

#include "agent/limits.h"
#include "common/quoting.h"
#include "common/text_width.h"
#include "common/time_format.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

using Row = std::vector<std::string>;

std::string time_text(int64_t ns) {
  if (ns == 0) return "-";
  const LocalTime time = local_time(ns);
  return time.date + " " + time.clock + " " + time.offset;
}

// `INCOMPLETE_ARGS_MISSING` as `args_missing`. Records that made no sense have one name in all that
// replay says.
std::string incomplete_name(int reason) {
  if (reason == v1::INCOMPLETE_UNPARSED) return "undecoded";
  std::string name = v1::Incomplete_Name(static_cast<v1::Incomplete>(reason));
  name.erase(0, std::min(name.size(), std::string_view("INCOMPLETE_").size()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace

ReplayTable::ReplayTable(TextOutput output) : output_(std::move(output)) {}

Status ReplayTable::add(const Fact& fact, const Host& host) {
  const v1::Event& event = messages_.of(fact, host);
  const auto* kind = v1::Event::descriptor()->FindFieldByNumber(event.kind_case());
  ++kinds_[kind == nullptr ? "unknown" : kind->name()];
  for (const int reason : event.incomplete()) ++incomplete_[reason];
  if (event.has_loss()) {
    ++losses_;
    lost_ += event.loss().count();
  }
  many_boots_ |= host.boot_in_log > 1;
  if (event.has_session()) add_session(event, fact, host);
  return ok();
}

void ReplayTable::add_session(const v1::Event& event, const Fact& fact, const Host& host) {
  const SessionName name(host.name, host.boot_in_log, fact.ses);
  auto found = sessions_.find(name);
  if (found == sessions_.end()) {
    if (sessions_.size() == kReplaySessionsMax) {
      ++sessions_left_out_;
      return;
    }
    found = sessions_.try_emplace(name).first;
    found->second.first_ns = fact.time_ns;
  }
  Session& session = found->second;
  session.last_ns = std::max(session.last_ns, fact.time_ns);
  if (fact.auid != kUnsetId) session.login_uid = fact.auid;
  if (!fact.login_name.empty()) session.login_name = fact.login_name;
  if (event.has_session_fact() && session.account.empty()) {
    const v1::SessionFact& from = event.session_fact();
    // These two begin sessions of PAM's inside of one that somebody logged in to.
    if (from.service() != "sudo" && from.service() != "su") session.account = from.account();
  }
  if (session.from.empty()) session.from = event.source().address();
  if (event.has_command_started()) {
    ++session.commands;
    if (event.outcome().result() == v1::Outcome::RESULT_FAILURE) ++session.failed;
  }
  // As a trail counts them (collector/index/fold).
  const v1::ProcessEnded& ended = event.process_ended();
  if (ended.exit_code() != 0 || ended.has_signal()) ++session.failed;
}

std::string ReplayTable::sessions_text() const {
  std::vector<std::pair<const SessionName*, const Session*>> by_time;
  for (const auto& [name, session] : sessions_) by_time.emplace_back(&name, &session);
  std::stable_sort(by_time.begin(), by_time.end(), [](const auto& a, const auto& b) {
    return a.second->first_ns < b.second->first_ns;
  });
  std::vector<Row> rows = {{"HOST", "SESSION", "LOGIN", "FROM", "FIRST EVENT", "LAST EVENT",
                            "COMMANDS", "FAILED"}};
  for (const auto& [name, session] : by_time) {
    const auto& [host, boot, ses] = *name;
    std::string login =
        session->login_uid == kUnsetId ? "-" : "uid " + std::to_string(session->login_uid);
    const std::string& account =
        session->login_name.empty() ? session->account : session->login_name;
    if (!account.empty()) login += " (" + visible(account) + ")";
    const std::string of_boot = many_boots_ ? " of boot " + std::to_string(boot) : "";
    rows.push_back({host.empty() ? "-" : visible(host), std::to_string(ses) + of_boot, login,
                    session->from.empty() ? "-" : visible(session->from),
                    time_text(session->first_ns), time_text(session->last_ns),
                    grouped(session->commands), grouped(session->failed)});
  }
  std::string text = "\n" + aligned(rows, 2);
  if (sessions_left_out_ > 0) {
    text += "and " + grouped(sessions_left_out_) + " events of further sessions\n";
  }
  return text;
}

Status ReplayTable::finish() {
  if (kinds_.empty()) return ok();
  std::vector<Row> rows = {{"KIND", "EVENTS"}};
  for (const auto& [kind, count] : kinds_) rows.push_back({kind, grouped(count)});
  if (!incomplete_.empty()) rows.push_back({"", ""});
  if (!incomplete_.empty()) rows.push_back({"INCOMPLETE", "EVENTS"});
  for (const auto& [reason, count] : incomplete_) {
    rows.push_back({incomplete_name(reason), grouped(count)});
  }
  std::string text = aligned(rows, 1);
  if (losses_ > 0) {
    text += "\n" + grouped(lost_) + " event numbers of the kernel are not there, in " +
            counted(losses_, "gap") + ": lost, or kept out of this log\n";
  }
  if (!sessions_.empty()) text += sessions_text();
  return output_(text);
}

}  // namespace spoor::agent
