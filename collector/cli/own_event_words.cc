#include "collector/cli/own_event_words.h"

#include <algorithm>
#include <cctype>

#include "collector/cli/event_words.h"
#include "common/clock.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

std::string attribute(const v1::OperatorAction& action, const std::string& name) {
  const auto found = action.attributes().find(name);
  return found == action.attributes().end() ? "" : visible(found->second);
}

// ` from 192.0.2.7` of what is there.
std::string from_address(const v1::Event& event) {
  return event.source().address().empty() ? "" : " from " + visible(event.source().address());
}

std::string by_operator(const v1::Event& event) {
  return event.actor().id().empty() ? "" : " by " + visible(event.actor().id());
}

std::string labels(const v1::OperatorAction& action) {
  constexpr std::string_view kPrefix = "label.";
  std::vector<std::string> sorted;
  for (const auto& [key, value] : action.attributes())
    if (key.starts_with(kPrefix))
      sorted.push_back(visible(key.substr(kPrefix.size())) + "=" + visible(value));
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const std::string& label : sorted) out += (out.empty() ? "" : ",") + label;
  return out;
}

StyledText refused_text(const v1::Event& event) {
  const v1::OperatorAction& action = event.operator_action();
  std::string text = visible(action.operation()) + from_address(event) + ": " +
                     visible(event.outcome().reason());
  const std::string untold = attribute(action, "untold");
  if (!untold.empty()) text += " (and " + untold + " more since the last one told)";
  return {Style::bad, std::move(text)};
}

// All that is said, in an order that stays.
std::string all_attributes(const v1::OperatorAction& action) {
  std::vector<std::string> sorted;
  for (const auto& [key, value] : action.attributes())
    sorted.push_back(visible(key) + " " + visible(value));
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const std::string& one : sorted) out += ", " + one;
  return out;
}

StyledText action_text(const v1::Event& event) {
  const v1::OperatorAction& action = event.operator_action();
  const std::string serial = attribute(action, "serial");
  if (event.outcome().result() == v1::Outcome::RESULT_FAILURE) return refused_text(event);
  if (action.operation() == "enrol") {
    std::string text = "enrolled" + from_address(event);
    const std::string token = attribute(action, "token"), given = labels(action);
    if (!token.empty()) text += " with the token " + token;
    if (!given.empty()) text += ", " + given;
    return {Style::good, text + ", certificate " + serial};
  }
  if (action.operation() == "renew")
    return {Style::quiet, "renewed" + from_address(event) + ", certificate " + serial};
  if (action.operation() == "rename") {
    return {Style::plain, "was " + attribute(action, "former") + " before, and goes on with its " +
                              attribute(action, "streams") + " streams"};
  }
  if (action.operation() == "agent revoke") {
    return {Style::alarm, "revoked" + by_operator(event) + ": " + visible(action.reason()) +
                              ", certificate " + serial};
  }
  std::string text = visible(action.operation());
  if (!event.target().name().empty()) text += " " + visible(event.target().name());
  text += by_operator(event);
  if (!action.reason().empty()) text += ": " + visible(action.reason());
  return {Style::plain, text + all_attributes(action)};
}

// `+5.0 s`, `-2h 05m`
std::string offset_text(int64_t ns) {
  return (ns < 0 ? "-" : "+") + duration_text(ns < 0 ? -(ns + 1) : ns);
}

struct Words {
  const char* began;
  const char* ended;
};

Words words_of(v1::AgentHealth::Condition condition) {
  switch (condition) {
    case v1::AgentHealth::CONDITION_SILENT: return {"silent", "heard again"};
    case v1::AgentHealth::CONDITION_STALLED:
      return {"stalled: its uplink is heard, and says that the agent stands still", "goes on"};
    case v1::AgentHealth::CONDITION_LOSSY:
      return {"lossy: it lost events, or its spool cannot keep them", "not lossy any more"};
    case v1::AgentHealth::CONDITION_BEHIND:
      return {"behind: what it has to send is over a minute old", "not behind any more"};
    case v1::AgentHealth::CONDITION_SKEWED:
      return {"skewed: its clock is off by ", "its clock is right again"};
    case v1::AgentHealth::CONDITION_CLOCK_STEP: return {"somebody set its clock by ", ""};
    case v1::AgentHealth::CONDITION_CLONE:
      return {"clone: another host uses its identity, too", "not seen twice any more"};
    case v1::AgentHealth::CONDITION_EXPIRED:
      return {"its certificate has expired", "its certificate is good again"};
    default: return {nullptr, nullptr};
  }
}

StyledText health_text(const v1::AgentHealth& health) {
  if (health.condition() == v1::AgentHealth::CONDITION_MASS_SILENCE) {
    if (health.has_ended()) return {Style::good, "those who fell silent together are heard again"};
    return {Style::alarm, grouped(health.count()) + " agents fell silent together"};
  }
  const Words words = words_of(health.condition());
  if (words.began == nullptr)
    return {Style::plain, "condition " + std::to_string(static_cast<int>(health.condition()))};
  if (health.has_ended()) return {Style::good, words.ended};
  std::string text = words.began;
  if (text.ends_with(' ')) text += offset_text(health.amount_ns());
  if (health.condition() == v1::AgentHealth::CONDITION_CLOCK_STEP && health.count() > 1)
    text += ", the last of " + grouped(health.count()) + " times";
  if (health.condition() == v1::AgentHealth::CONDITION_SILENT && health.last_seen_ns() > 0) {
    const LocalTime seen = local_time(health.last_seen_ns());
    text += ": seen last on " + seen.date + " at " + seen.clock;
  }
  return {Style::bad, std::move(text)};
}

// `owner`: of the stream.
std::string side_text(const v1::StreamConflict::Side& side, const std::string& owner) {
  std::string out = visible(side.address());
  if (!side.host().empty()) out += (out.empty() ? "" : ", ") + ("called " + visible(side.host()));
  const bool is_another = !side.agent().empty() && side.agent() != owner;
  if (is_another) out += ", enrolled as " + visible(side.agent());
  return out;
}

StyledText conflict_text(const v1::StreamConflict& conflict) {
  std::string text;
  switch (conflict.kind()) {
    case v1::StreamConflict::KIND_FORK: text = "fork: another frame where the log has one"; break;
    case v1::StreamConflict::KIND_HOST_ROLLED_BACK:
      text = "host rolled back: it knows less than it had sent";
      break;
    case v1::StreamConflict::KIND_CLONE: text = "clone: two hosts with one identity"; break;
    case v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK:
      return {Style::alarm, "this log came back older than a commit that it gave: generation " +
                                std::to_string(conflict.generation()) + " from here on"};
    default: text = "conflict " + std::to_string(static_cast<int>(conflict.kind()));
  }
  if (conflict.in_log().epoch() > 0) {
    text += ", behind epoch " + std::to_string(conflict.in_log().epoch()) + " sequence " +
            std::to_string(conflict.in_log().sequence());
  }
  const std::string side = side_text(conflict.side(), conflict.agent());
  const std::string other = side_text(conflict.other(), conflict.agent());
  if (!side.empty()) text += "; from " + side;
  if (!other.empty()) text += "; before: " + other;
  return {Style::alarm, std::move(text)};
}

StyledText state_text(const v1::CollectorState& state) {
  const std::string detail = state.detail().empty() ? "" : ": " + visible(state.detail());
  switch (state.change()) {
    case v1::CollectorState::CHANGE_STARTED:
      return {Style::plain, "started, version " + visible(state.version()) + detail};
    case v1::CollectorState::CHANGE_STOPPED: return {Style::plain, "stopped" + detail};
    case v1::CollectorState::CHANGE_DISK_FULL:
      return {Style::alarm, "the log's disk is full: nothing is taken" + detail};
    case v1::CollectorState::CHANGE_IO_ERROR:
      return {Style::alarm, "the log's disk refuses: nothing is taken" + detail};
    case v1::CollectorState::CHANGE_WRITABLE:
      return {Style::good, "the log can be written again: agents are heard" + detail};
    case v1::CollectorState::CHANGE_CLOCK_STEPPED:
      return {Style::bad, "its own clock was set by " + offset_text(state.count())};
    case v1::CollectorState::CHANGE_EVENTS_DROPPED:
      return {Style::bad, std::to_string(state.count()) +
                              " events of its own found no place while the disk refused"};
    case v1::CollectorState::CHANGE_AGENT_CAME:
      return {Style::bad, "an agent left another log for this one" + detail};
    default: break;
  }
  return {Style::plain, "change " + std::to_string(static_cast<int>(state.change())) + detail};
}

}  // namespace

StyledText own_event_text(const v1::Event& event) {
  if (event.has_operator_action()) return action_text(event);
  if (event.has_agent_health()) return health_text(event.agent_health());
  if (event.has_stream_conflict()) return conflict_text(event.stream_conflict());
  if (event.has_collector_state()) return state_text(event.collector_state());
  if (event.has_authentication()) return event_text(event);
  return {Style::plain, "an event of kind " + std::to_string(static_cast<int>(event.kind_case()))};
}

}  // namespace spoor::cli
