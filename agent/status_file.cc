#include "agent/status_file.h"

namespace spoor::agent {
namespace {

constexpr int64_t kPeriodNs = 5 * kNsPerSecond;

}  // namespace

StatusFile::StatusFile(Files& files, std::string path, const Id& boot_id)
    : files_(files), path_(std::move(path)) {
  const auto text = read_file(files_, path_, kAgentStatusBytesMax);
  const auto before =
      text.is_ok() ? decode_agent_status(*text) : Result<AgentStatus>(text.status());
  if (before.is_ok()) {
    status_.counter = before->counter;
    if (before->boot_id == boot_id) events_before_ = before->events;
  }
  status_.boot_id = boot_id;
  status_.version = SPOOR_VERSION;
}

void StatusFile::set(const Capture& capture) {
  const std::lock_guard lock(mutex_);
  capture_ = capture;
}

Status StatusFile::write_due(const Spooled& spooled, Instant now, bool now_at_once) {
  if (now.boottime_ns < due_ns_ && !now_at_once) return ok();
  due_ns_ = now.boottime_ns + kPeriodNs;
  Capture capture;
  {
    const std::lock_guard lock(mutex_);
    capture = capture_;
  }
  ++status_.counter;
  status_.written = now;
  status_.events = events_before_ + spooled.events;
  status_.lost = capture.lost;
  status_.kernel_lost = capture.kernel_lost;
  status_.kernel_backlog = capture.kernel_backlog;
  status_.rules = capture.rules;
  status_.queue_bytes = spooled.queue_bytes;
  status_.spool_bytes = spooled.spool_bytes;
  status_.spool_bytes_max = spooled.spool_bytes_max;
  status_.spool_state = spooled.state;
  return write_file(files_, path_, encode_agent_status(status_));
}

}  // namespace spoor::agent
