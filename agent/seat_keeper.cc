#include "agent/seat_keeper.h"

#include <string>
#include <utility>

#include "common/log.h"

namespace spoor::agent {
namespace {

// No answer to a request for the seat for so long: ask again.
constexpr int64_t kAnswerNs = 5 * kNsPerSecond;
// Much longer than the kernel takes to send again what it held back, or a closed socket refused.
constexpr int64_t kOverlapNs = kNsPerSecond;

}  // namespace

SeatStep next_step(SeatState state, const SeatHolder& holder, const SeatPolicy& policy) {
  if (holder.is_us) return SeatStep::stay;
  if (holder.is_other()) {
    if (state == SeatState::asking) return SeatStep::stay;  // the answer will say so
    // Two agents would record everything twice; one of them is a mistake.
    if (!policy.listen_beside || holder.is_agent()) return SeatStep::end;
    return state == SeatState::holding ? SeatStep::listen : SeatStep::stay;
  }
  // Free. Who had it takes it again, whatever the configuration says of a seat that was another's.
  if (state == SeatState::holding) return SeatStep::ask;
  return state == SeatState::listening && policy.take_freed ? SeatStep::ask : SeatStep::stay;
}

SeatKeeper::SeatKeeper(SeatState state, const SeatPolicy& policy,
                       std::function<void(const AgentState&, Instant)> tell)
    : state_(state), policy_(policy), tell_(std::move(tell)) {}

void SeatKeeper::change(SeatState state, Instant now) {
  state_ = state;
  changed_ns_ = now.boottime_ns;
}

Status SeatKeeper::seen(AuditSocket& socket, const SeatHolder& holder, Instant asked, Instant now) {
  if (asked.boottime_ns <= changed_ns_) return ok();
  const SeatStep step = next_step(state_, holder, policy_);
  const bool unsaid = state_ == SeatState::listening && holder.is_other() && !listening_told_;
  if (step == SeatStep::stay && !unsaid) return ok();
  if (state_ == SeatState::holding) {
    const std::string detail = holder.is_other()
                                   ? "the audit seat was taken by " + describe(holder)
                                   : "the audit seat was lost to nobody; taking it again";
    log_warning("{}", detail);
    tell_({.change = AgentState::Change::seat_lost,
           .detail = detail,
           .other_pid = holder.is_other() ? holder.pid : 0,
           .other_exe = holder.is_other() ? holder.exe : std::string_view()},
          now);
    if (step == SeatStep::end) return denied(detail);
    // Copies come from here on, whatever becomes of the seat.
    RETURN_IF_ERROR(socket.listen());
  }
  if (step == SeatStep::ask) {
    ask(socket, now);
    return ok();
  }
  if (step == SeatStep::end) return denied("the audit seat is held by " + describe(holder));
  change(SeatState::listening, now);
  listening_told_ = true;
  const std::string detail = "listening beside " + describe(holder);
  log_info("{}", detail);
  tell_({.change = AgentState::Change::listening,
         .detail = detail,
         .other_pid = holder.pid,
         .other_exe = holder.exe},
        now);
  return ok();
}

void SeatKeeper::ask(AuditSocket& socket, Instant now) {
  const Status asked = socket.request_seat();
  if (!asked.is_ok()) {
    log_warning("{}", asked.message());
    change(SeatState::listening, now);
    return;
  }
  change(SeatState::asking, now);
}

// First the copies end, then the memory of what they brought.
void SeatKeeper::end_overlap(AuditSocket& socket, Instant now) const {
  if (changed_ns_ == 0 || now.boottime_ns - changed_ns_ < kOverlapNs) return;
  socket.leave_group();
  if (now.boottime_ns - changed_ns_ >= 2 * kOverlapNs) socket.end_overlap();
}

void SeatKeeper::tick(AuditSocket& socket, Instant now) {
  if (state_ == SeatState::holding) return end_overlap(socket, now);
  if (state_ == SeatState::listening) return;
  const std::optional<int> answer = socket.take_answer();
  if (!answer) {
    if (now.boottime_ns - changed_ns_ >= kAnswerNs) change(SeatState::listening, now);
    return;
  }
  if (*answer != 0) {
    log_warning("the audit seat was refused: {}; listening on",
                from_errno(*answer, "asking for it").message());
    change(SeatState::listening, now);
    return;
  }
  change(SeatState::holding, now);
  listening_told_ = false;
  log_info("took the audit seat, which was free");
  tell_({.change = AgentState::Change::seat_taken, .detail = "it was free"}, now);
}

}  // namespace spoor::agent
