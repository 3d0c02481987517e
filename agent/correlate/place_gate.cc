#include "agent/correlate/place_gate.h"

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

// The same whenever the event is played.
uint64_t ticket_of(const AuditEvent& event) {
  return static_cast<uint64_t>(event.key.time_ms) << 32 | event.key.serial;
}

void complete(const AuditEvent& event, PlaceQuestion& question) {
  question.ticket = ticket_of(event);
  question.born_by_ns = ran_by_ns(event);
  question.pid = writer_of(event);
  if (question.pid != 0) return;
  question.pid = event.syscall->pid;
  if (!question.descriptors.empty()) return;
  question.parent_pid = event.syscall->ppid;
  question.exe = event.bytes(event.syscall->exe);
  for (const PathFields& path : event.paths) {
    question.files.push_back({std::string(event.bytes(path.device)), path.inode});
  }
}

}  // namespace

uint32_t writer_of(const AuditEvent& event) {
  if (event.user) return event.user->pid;
  return event.login ? event.login->pid : 0;
}

PlaceGate::PlaceGate(Sink pass, Sink drop, std::function<void(PlaceQuestion&&)> ask)
    : pass_(std::move(pass)), drop_(std::move(drop)), ask_(std::move(ask)) {}

PlaceGate::Asked PlaceGate::asks(const AuditEvent& event, PlaceQuestion& question) {
  if (writer_of(event) != 0) {
    return is_unknown_writer_ && is_unknown_writer_(event) ? Asked::writer : Asked::nothing;
  }
  if (wants_commands_ && is_unattended_command(event)) return Asked::command;
  if (event.exec && event.syscall && may_enter_ && may_enter_(event)) return Asked::entry;
  if (event.exec || !event.syscall) return Asked::nothing;
  if (!unknown_directories_ || directories_asked_ >= kDirectoryQuestionsPerSecond) {
    return Asked::nothing;
  }
  if (!unknown_directories_(event, question)) return Asked::nothing;
  ++directories_asked_;
  return Asked::directory;
}

void PlaceGate::on_event(AuditEvent& event) {
  PlaceQuestion question;
  const Asked asked = asks(event, question);
  if (asked == Asked::nothing && waiting_.empty()) return pass_(event);
  Waiting waiting;
  if (asked != Asked::nothing) {
    complete(event, question);
    ask_(std::move(question));
  }
  waiting.asked = asked;
  waiting.answered = asked == Asked::nothing;
  waiting.bytes = bytes_of(event);
  waiting.event = std::move(event);
  bytes_ += waiting.bytes;
  waiting_.push_back(std::move(waiting));
  while (bytes_ > kPlaceWaitBytesMax) release(waiting_.front());
}

void PlaceGate::on_answer(const PlaceAnswer& answer) {
  for (Waiting& waiting : waiting_) {
    if (waiting.answered || ticket_of(waiting.event) != answer.ticket) continue;
    if (answer.seen.place != Place::unknown) {
      waiting.event.seen = std::make_shared<const ProcessSight>(answer.seen);
    }
    if (waiting.asked == Asked::directory) waiting.event.directories = answer.directories;
    waiting.answered = true;
    return release_ready();
  }
}

void PlaceGate::tick(Instant now) {
  if (now.boottime_ns - second_began_ns_ >= kNsPerSecond) {
    second_began_ns_ = now.boottime_ns;
    directories_asked_ = 0;
  }
  for (Waiting& waiting : waiting_) {
    if (waiting.due_ns == 0) waiting.due_ns = now.boottime_ns + kPlaceWaitNs;
    if (waiting.due_ns <= now.boottime_ns) waiting.answered = true;
  }
  release_ready();
}

void PlaceGate::flush() {
  while (!waiting_.empty()) release(waiting_.front());
}

void PlaceGate::release_ready() {
  while (!waiting_.empty() && waiting_.front().answered) release(waiting_.front());
}

// The first one goes.
void PlaceGate::release(Waiting& waiting) {
  AuditEvent& event = waiting.event;
  bytes_ -= waiting.bytes;
  const bool is_command = waiting.asked == Asked::command;
  event.place_unknown = is_command && !event.seen;
  const bool drops = is_command && is_of_session_ && event.seen &&
                     event.seen->place == Place::host && !is_of_session_(event);
  (drops ? drop_ : pass_)(event);
  waiting_.pop_front();
}

void PlaceGate::for_each_waiting(
    const std::function<void(const AuditEvent&)>& visit) const {
  for (const Waiting& waiting : waiting_) visit(waiting.event);
}

std::optional<uint32_t> PlaceGate::least_serial_waiting() const {
  std::optional<uint32_t> least;
  for (const Waiting& waiting : waiting_) {
    const uint32_t serial = waiting.event.key.serial;
    if (waiting.event.late) continue;
    if (!least || static_cast<int32_t>(serial - *least) < 0) least = serial;
  }
  return least;
}

}  // namespace spoor::agent
