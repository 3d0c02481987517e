#include "collector/agent_reports.h"

namespace spoor::collector {
namespace {

AgentReport report_of(const LastStatus& last) {
  const v1::Status& status = last.status;
  AgentReport report;
  report.agent = last.agent;
  report.received = last.received;
  report.host = {status.uplink_realtime_ns(), status.uplink_boottime_ns()};
  report.counter = status.agent_counter();
  report.counted_ns = status.agent_boottime_ns();
  report.events = status.events_total();
  report.lost = status.lost_total();
  report.kernel_lost = status.kernel_lost();
  report.spool_bytes = status.spool_bytes();
  report.spool_bytes_max = status.spool_bytes_max();
  report.spool_cannot_keep = status.spool_state() > v1::Status::SPOOL_OK;
  report.frames_behind = status.spool_frames_behind();
  report.oldest_unsent_ns = status.oldest_unsent_ns();
  report.version = status.agent_version();
  return report;
}

}  // namespace

std::vector<AgentReport> agent_reports(const std::vector<LastStatus>& statuses) {
  std::vector<AgentReport> reports;
  reports.reserve(statuses.size());
  for (const LastStatus& status : statuses) reports.push_back(report_of(status));
  return reports;
}

}  // namespace spoor::collector
