#include "collector/identity/own_events.h"

#include "common/clock.h"

namespace spoor::collector {
namespace {

using Attributes = google::protobuf::Map<std::string, std::string>;

v1::Event action(const std::string& operation, const std::string& address) {
  v1::Event event;
  event.mutable_operator_action()->set_operation(operation);
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_SUCCESS);
  if (!address.empty()) event.mutable_source()->set_address(address);
  return event;
}

void name_target(v1::Event& event, const std::string& kind, const std::string& name) {
  event.mutable_target()->set_kind(kind);
  event.mutable_target()->set_name(name);
}

Attributes& attributes(v1::Event& event) {
  return *event.mutable_operator_action()->mutable_attributes();
}

v1::Event granted_event(const std::string& operation, const Granted& granted,
                        const std::string& address) {
  v1::Event event = action(operation, address);
  name_target(event, "agent", granted.agent);
  attributes(event)["serial"] = granted.serial;
  if (!granted.token.empty()) attributes(event)["token"] = granted.token;
  for (const auto& [key, value] : granted.labels) attributes(event)["label." + key] = value;
  return event;
}

void name_operator(v1::Event& event, const std::string& by) {
  event.mutable_actor()->set_realm(v1::Actor::REALM_OPERATOR);
  event.mutable_actor()->set_id(by);
}

}  // namespace

v1::Event enrolled_event(const Granted& granted, const std::string& address) {
  return granted_event("enrol", granted, address);
}

v1::Event renewed_event(const Granted& granted, const std::string& address) {
  return granted_event("renew", granted, address);
}

v1::Event renamed_event(const std::string& agent, const std::string& former, size_t streams) {
  v1::Event event = action("rename", "");
  name_target(event, "agent", agent);
  attributes(event)["former"] = former;
  attributes(event)["streams"] = std::to_string(streams);
  return event;
}

v1::Event refused_event(const std::string& what, const std::string& host,
                        const std::string& address, const std::string& reason, uint64_t untold) {
  v1::Event event = action(what + " refused", address);
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  event.mutable_outcome()->set_reason(reason);
  name_target(event, "host", host);
  if (untold > 0) attributes(event)["untold"] = std::to_string(untold);
  return event;
}

v1::Event revoked_event(const Revocation& revocation) {
  v1::Event event = action("agent revoke", "");
  event.set_time_ns(revocation.time_s * kNsPerSecond);
  event.mutable_operator_action()->set_reason(revocation.reason);
  name_target(event, "agent", revocation.agent);
  name_operator(event, revocation.by);
  attributes(event)["serial"] = revocation.serial;
  return event;
}

v1::Event reindexed_event(const std::string& by) {
  v1::Event event = action("index reindex", "");
  name_operator(event, by);
  return event;
}

v1::Event token_event(const JournalRow& row) {
  v1::Event event = action(row.operation, "");
  event.set_time_ns(row.time_s * kNsPerSecond);
  name_target(event, "token", row.token);
  name_operator(event, row.by);
  for (const auto& [key, value] : row.attributes) attributes(event)[key] = value;
  return event;
}

}  // namespace spoor::collector
