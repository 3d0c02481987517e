#include "agent/correlate/container_gate.h"

#include <algorithm>
#include <utility>

#include "agent/correlate/reassembler.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Only commands are asked about: a file that a service changed matters wherever it ran.
bool is_unattended_command(const AuditEvent& event) {
  return event.exec && event.syscall && event.syscall->auid == kUnsetId;
}

// When it had run at the latest: by its stamp, or, where the clock was set back since, when it was
// read.
int64_t ran_by_ns(const AuditEvent& event) {
  const Instant read = event.first_read;
  const int64_t age_ns = read.realtime_ns - event.key.time_ms * kNsPerMs - kAuditTickNs;
  return read.boottime_ns - std::max<int64_t>(age_ns, 0);
}

PlaceQuestion question_about(const AuditEvent& event, uint64_t ticket) {
  PlaceQuestion question;
  question.ticket = ticket;
  question.pid = event.syscall->pid;
  question.parent_pid = event.syscall->ppid;
  question.born_by_ns = ran_by_ns(event);
  question.exe = event.bytes(event.syscall->exe);
  for (const PathFields& path : event.paths) {
    question.files.push_back({std::string(event.bytes(path.device)), path.inode});
  }
  return question;
}

}  // namespace

ContainerGate::ContainerGate(Sink pass, Sink drop, std::function<void(PlaceQuestion&&)> ask)
    : pass_(std::move(pass)), drop_(std::move(drop)), ask_(std::move(ask)) {}

void ContainerGate::on_event(AuditEvent& event) {
  const bool asks = is_unattended_command(event);
  if (!asks && waiting_.empty()) return pass_(event);
  Waiting waiting;
  if (asks) {
    waiting.ticket = ++last_ticket_;
    ask_(question_about(event, waiting.ticket));
  }
  waiting.answered = !asks;
  waiting.bytes = bytes_of(event);
  waiting.event = std::move(event);
  bytes_ += waiting.bytes;
  waiting_.push_back(std::move(waiting));
  while (bytes_ > kPlaceWaitBytesMax) release(waiting_.front());
}

void ContainerGate::on_answer(const PlaceAnswer& answer) {
  for (Waiting& waiting : waiting_) {
    if (waiting.ticket != answer.ticket) continue;
    waiting.place = answer.place;
    waiting.answered = true;
    return release_ready();
  }
}

void ContainerGate::tick(Instant now) {
  for (Waiting& waiting : waiting_) {
    if (waiting.due_ns == 0) waiting.due_ns = now.boottime_ns + kPlaceWaitNs;
    if (waiting.due_ns <= now.boottime_ns) waiting.answered = true;
  }
  release_ready();
}

void ContainerGate::flush() {
  while (!waiting_.empty()) release(waiting_.front());
}

void ContainerGate::release_ready() {
  while (!waiting_.empty() && waiting_.front().answered) release(waiting_.front());
}

// The first one goes.
void ContainerGate::release(Waiting& waiting) {
  bytes_ -= waiting.bytes;
  waiting.event.place_unknown = waiting.ticket != 0 && waiting.place == Place::unknown;
  (waiting.place == Place::host ? drop_ : pass_)(waiting.event);
  waiting_.pop_front();
}

void ContainerGate::for_each_waiting(
    const std::function<void(const AuditEvent&)>& visit) const {
  for (const Waiting& waiting : waiting_) visit(waiting.event);
}

std::optional<uint32_t> ContainerGate::least_serial_waiting() const {
  std::optional<uint32_t> least;
  for (const Waiting& waiting : waiting_) {
    const uint32_t serial = waiting.event.key.serial;
    if (waiting.event.late) continue;
    if (!least || static_cast<int32_t>(serial - *least) < 0) least = serial;
  }
  return least;
}

}  // namespace spoor::agent
