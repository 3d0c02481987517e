#include "collector/index/event_use.h"

#include <algorithm>
#include <cstring>

#include "collector/index/session_head.h"
#include "collector/limits.h"

namespace spoor::collector {

namespace {

// The agent's that brought it about. A host that is refused says any name, so that those have one
// share for all of them.
std::string share_of_own(const v1::Event& e) {
  if (e.has_agent_health() && e.agent_health().agents_size() == 1)
    return "agent " + e.agent_health().agents(0);
  if (e.has_stream_conflict()) return "agent " + e.stream_conflict().agent();
  if (e.has_collector_state())
    return v1::CollectorState::Change_Name(e.collector_state().change());
  if (!e.has_operator_action()) return "";
  const std::string& operation = e.operator_action().operation();
  // Who shows a checkpoint was heard: its name is that of its certificate.
  const bool is_named = e.target().kind() == "agent" || operation == "checkpoint refused";
  return is_named ? "agent " + e.target().name() : operation;
}

}  // namespace

std::optional<Id> id_of(const std::string& bytes) {
  Id id{};
  if (bytes.size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), bytes.data(), id.size());
  return id;
}

// What is of a session is told there.
EventUse use_of(const IndexedEvent& event) {
  const v1::Event& e = *event.event;
  if (event.agent == kOwnAgent) return EventUse::own;
  const bool is_failed = e.outcome().result() == v1::Outcome::RESULT_FAILURE;
  if (e.has_authentication() && e.session_uid().empty() && is_failed) return EventUse::failed_login;
  if (e.has_loss()) return EventUse::loss;
  return e.session_uid().size() == sizeof(Id) ? EventUse::session : EventUse::none;
}

SessionKey session_of(const IndexedEvent& event) {
  return {event.agent, id_of(event.event->session_uid()).value_or(Id{})};
}

std::optional<Id> boot_of(const v1::Event& e) {
  return id_of(e.has_agent_state() ? e.agent_state().boot_id() : e.kernel().boot_id());
}

std::set<uint32_t> logins_of(const v1::Event& e) {
  if (is_claimed(e)) return {};
  const auto& logins = e.session_fact().logins_of_user();
  const int count = std::min(logins.size(), static_cast<int>(kSessionLinksMax));
  return {logins.begin(), logins.begin() + count};
}

std::string share_of(const IndexedEvent& event) {
  return event.agent == kOwnAgent ? share_of_own(*event.event) : event.agent;
}

}  // namespace spoor::collector
