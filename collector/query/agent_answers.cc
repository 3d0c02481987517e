#include "collector/query/agent_answers.h"

#include <algorithm>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

// The numbers of the schema are those of the weight, from 1.
v1::Agent::State to_message(AgentState state) {
  return static_cast<v1::Agent::State>(static_cast<int>(state) + 1);
}
static_assert(v1::Agent::STATE_REVOKED == static_cast<int>(AgentState::revoked) + 1);
static_assert(v1::Agent::STATE_SILENT == static_cast<int>(AgentState::silent) + 1);
static_assert(v1::Agent::STATE_CONNECTED == static_cast<int>(AgentState::connected) + 1);

bool has_labels(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

bool is_in(const AgentView& view, v1::Agent::State state) {
  return state == v1::Agent::STATE_UNSPECIFIED ||
         std::any_of(view.states.begin(), view.states.end(),
                     [&](AgentState own) { return to_message(own) == state; });
}

}  // namespace

v1::Agent to_message(const AgentView& view) {
  v1::Agent out;
  const AgentRecord& record = view.record;
  const AgentReport& report = view.report;
  out.set_name(record.name);
  for (const AgentState state : view.states) out.add_states(to_message(state));
  for (const auto& [key, value] : record.labels) (*out.mutable_labels())[key] = value;
  out.set_enrolled(view.is_enrolled);
  if (view.is_enrolled) {
    out.set_machine_id(std::string(as_text(record.machine_id)));
    out.set_enrolled_ns(record.enrolled_s * kNsPerSecond);
    out.set_certificate_until_ns(record.certificate_until_s * kNsPerSecond);
  }
  out.set_enrolled_from(record.enrolled_from);
  out.set_revoked_ns(record.revoked_s * kNsPerSecond);
  out.set_revoke_reason(record.revoke_reason);
  out.set_last_seen_ns(view.last_seen_ns);
  out.set_counter(report.counter);
  out.set_events_total(report.events);
  out.set_lost_total(report.lost);
  out.set_kernel_lost(report.kernel_lost);
  out.set_spool_bytes(report.spool_bytes);
  out.set_spool_bytes_max(report.spool_bytes_max);
  out.set_frames_behind(report.frames_behind);
  out.set_oldest_unsent_ns(report.oldest_unsent_ns);
  out.set_clock_offset_ns(view.clock_offset_ns);
  out.set_version(report.version);
  out.set_bad_checkpoint_ns(view.bad_checkpoint_ns);
  return out;
}

Result<v1::AgentsResponse> list_agents(const std::vector<AgentView>& agents,
                                       const v1::AgentsRequest& request) {
  const std::string pattern = request.name().empty() ? "*" : request.name();
  RETURN_IF_ERROR(check_name_pattern(pattern));
  Labels wanted;
  for (const std::string& label : request.labels()) RETURN_IF_ERROR(add_label(label, wanted));
  const size_t limit =
      request.limit() == 0 ? kAgentsMax : std::min<size_t>(request.limit(), kAgentsMax);
  v1::AgentsResponse out;
  for (const AgentView& view : agents) {
    const std::string& name = view.record.name;
    if (!request.cursor().empty() && name <= request.cursor()) continue;
    if (!fits_pattern(name, pattern) || !has_labels(view.record.labels, wanted) ||
        !is_in(view, request.state())) {
      continue;
    }
    if (static_cast<size_t>(out.agents_size()) == limit) {
      out.set_next_cursor(out.agents().rbegin()->name());
      break;
    }
    *out.add_agents() = to_message(view);
  }
  return out;
}

}  // namespace spoor::collector
