#include "collector/query/event_answers.h"

#include <algorithm>

#include "collector/identity/agent_name.h"
#include "collector/limits.h"

namespace spoor::collector {
namespace {

bool is_about(const std::vector<std::string>& agents, const std::string& pattern) {
  if (pattern.empty()) return true;
  if (agents.empty()) return fits_pattern(kOwnAgent, pattern);
  return std::any_of(agents.begin(), agents.end(), [&](const std::string& agent) {
    return fits_pattern(agent, pattern);
  });
}

std::string id_of(const IndexedEvent& event) {
  return event.agent + "/" + event_class_name(event.event_class) + "/" +
         std::to_string(event.epoch) + "/" + std::to_string(event.sequence);
}

}  // namespace

std::vector<std::string> agents_of(const IndexedEvent& indexed) {
  if (indexed.agent != kOwnAgent) return {indexed.agent};
  const v1::Event& event = *indexed.event;
  if (event.has_agent_health())
    return {event.agent_health().agents().begin(), event.agent_health().agents().end()};
  if (event.has_stream_conflict()) return {event.stream_conflict().agent()};
  // Who was refused says what he is called; nobody proved it.
  const bool is_agent = event.target().kind() == "agent" || event.target().kind() == "host";
  if (event.has_operator_action() && is_agent && !event.target().name().empty())
    return {event.target().name()};
  return {};
}

Result<v1::EventsResponse> list_events(const std::vector<IndexedEvent>& events,
                                       const v1::EventsRequest& request) {
  if (!request.agent().empty()) RETURN_IF_ERROR(check_name_pattern(request.agent()));
  const size_t limit =
      request.limit() == 0 ? kEventsDefault : std::min<size_t>(request.limit(), kEventsMax);
  std::vector<const IndexedEvent*> found;
  v1::EventsResponse out;
  for (auto at = events.rbegin(); at != events.rend() && !out.has_older(); ++at) {
    if (at->received_ns < request.since_ns()) continue;
    if (!is_about(agents_of(*at), request.agent())) continue;
    if (found.size() == limit)
      out.set_has_older(true);
    else
      found.push_back(&*at);
  }
  for (auto at = found.rbegin(); at != found.rend(); ++at) {
    const IndexedEvent& event = **at;
    v1::OwnEvent& to = *out.add_events();
    to.set_event_id(id_of(event));
    for (std::string& agent : agents_of(event)) to.add_agents(std::move(agent));
    to.set_received_ns(event.received_ns);
    *to.mutable_event() = *event.event;
  }
  return out;
}

}  // namespace spoor::collector
