#include "agent/capture.h"

#include <signal.h>

#include <array>
#include <utility>

#include "agent/limits.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr double kTickSeconds = static_cast<double>(kTickNs) / kNsPerSecond;
constexpr double kQuietTickSeconds = static_cast<double>(kQuietTickNs) / kNsPerSecond;
// Batches read before timers get their turn.
constexpr int kBatchesPerWake = 32;
// At an end: eight times what the socket's buffer can hold.
constexpr int kRestReadsMax = 64;
constexpr std::array kSignals = {SIGHUP, SIGTERM, SIGINT};

void mask_signals(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kSignals) sigaddset(&signals, number);
  pthread_sigmask(how, &signals, nullptr);
}

}  // namespace

Capture::Capture(Sources sources, Feed& feed, const Clock& clock)
    : sources_(std::move(sources)), feed_(feed), clock_(clock) {}

void Capture::hold_signals() { mask_signals(SIG_BLOCK); }

Result<Capture::End> Capture::run() {
  if (!failure_.is_ok()) return failure_;
  loop_ = ev_loop_new(EVFLAG_AUTO);
  if (loop_ == nullptr) return internal("libev found no way to wait for events");
  ev_set_userdata(loop_, this);

  const auto on_readable = [](struct ev_loop* loop, ev_io*, int) {
    auto* capture = static_cast<Capture*>(ev_userdata(loop));
    (void)capture->read();
    capture->keep_rhythm();
  };
  const auto on_tick = [](struct ev_loop* loop, ev_timer*, int) {
    auto* capture = static_cast<Capture*>(ev_userdata(loop));
    capture->tick();
    capture->keep_rhythm();
  };
  const auto on_signal = [](struct ev_loop* loop, ev_signal* watcher, int) {
    auto* capture = static_cast<Capture*>(ev_userdata(loop));
    if (watcher->signum != SIGHUP) capture->end(End::stop);
    else capture->on_hangup();
  };
  ev_io_init(&audit_readable_, on_readable, sources_.audit.fd(), EV_READ);
  // Nobody waits for the connector: it is read at each tick, and before any record is looked at.
  ev_timer_init(&tick_due_, on_tick, kTickSeconds, kTickSeconds);
  std::array<ev_signal, kSignals.size()> signals;
  for (size_t i = 0; i < signals.size(); ++i) {
    ev_signal_init(&signals[i], on_signal, kSignals[i]);
    ev_signal_start(loop_, &signals[i]);
  }
  ev_timer_start(loop_, &tick_due_);
  keep_rhythm();
  mask_signals(SIG_UNBLOCK);
  ev_run(loop_, 0);
  mask_signals(SIG_BLOCK);

  for (ev_signal& signal : signals) ev_signal_stop(loop_, &signal);
  ev_loop_destroy(std::exchange(loop_, nullptr));
  if (failure_.is_ok()) read_rest();
  if (!failure_.is_ok()) return failure_;
  return end_;
}

// A birth is queued in the connector before the child's first record is in the audit socket:
// draining the connector after a batch was received, and before it is looked at, tells each command
// from which process it came. One look at the clock does for a batch: its records waited together.
AuditSocket::Taker Capture::taker() {
  return {[this] { read_connector(); },
          [this](const Datagram& record) { feed_.take(record); },
          [this] { feed_.ring().publish(); }};
}

bool Capture::read() {
  is_drained_ = read_some();
  return is_drained_;
}

bool Capture::read_some() {
  const AuditSocket::Taker to = taker();
  for (int batch = 0; batch < kBatchesPerWake; ++batch) {
    // Whatever holds us up from here on, nothing that came before this is left behind.
    const Instant asked = clock_.now();
    const auto drained = sources_.audit.receive(to);
    if (!drained.is_ok()) {
      fail(drained.status());
      return true;
    }
    if (*drained) read_connector();
    if (const auto read_up_to = read_mark_.after(asked, *drained, feed_.records())) {
      feed_.take(*read_up_to);
      feed_.tell(SocketDrained());
    }
    if (*drained) return true;
  }
  return false;
}

// In quiet times the first record is read at once; in others what 25 ms bring waits for the tick,
// unless that is more than was read of it.
void Capture::keep_rhythm() {
  rhythm_.looked(clock_.now().boottime_ns, feed_.records(), messages_);
  if (loop_ == nullptr) return;
  if (rhythm_.is_quiet() || !is_drained_) ev_io_start(loop_, &audit_readable_);
  else ev_io_stop(loop_, &audit_readable_);
  const double seconds = rhythm_.is_quiet() ? kQuietTickSeconds : kTickSeconds;
  if (tick_due_.repeat == seconds) return;
  tick_due_.repeat = seconds;
  ev_timer_again(loop_, &tick_due_);
}

void Capture::read_rest() {
  for (int i = 0; i < kRestReadsMax && !read(); ++i) continue;
}

Result<bool> Capture::move_seat(AuditSocket fresh, const SeatCopies& copies) {
  // Before the old socket's number is another's.
  if (loop_ != nullptr) ev_io_stop(loop_, &audit_readable_);
  const SeatCopies counted{copies.keep_fresh, [&] {
                             begin_to_count(false);  // before a run after us may begin with it
                             return copies.release_old();
                           }};
  const auto moved = change_seat(sources_.audit, std::move(fresh), taker(), counted);
  // The next tick decides whether it is waited for.
  if (loop_ != nullptr) ev_io_set(&audit_readable_, sources_.audit.fd(), EV_READ);
  return moved;
}

void Capture::count_drops(bool are_lost) {
  const uint32_t drops = sources_.audit.drops();
  // Also where nothing came: missing serials are judged once the counters were asked after them.
  feed_.tell(RecordDrops{feed_.drops().audit, drops, are_lost});
}

void Capture::begin_to_count(bool connector_is_new) {
  const uint32_t refused = sources_.audit.drops();
  feed_.tell(RecordDrops{refused, refused, false});
  if (!connector_is_new) return;
  const uint32_t drops = sources_.connector.drops();
  feed_.tell(MessageDrops{drops, drops});
}

void Capture::read_connector() {
  feed_.take(clock_.now());
  const auto on_message = [this](const ProcessMessage& message) {
    ++messages_;
    feed_.take(message);
  };
  while (true) {
    const auto drained = sources_.connector.receive(clock_.suspended_ns(), on_message);
    if (!drained.is_ok()) return fail(drained.status());
    feed_.ring().publish();
    if (*drained) return;
  }
}

void Capture::tick() {
  // Also where nothing came: that the socket is empty is what events wait for that have no end.
  (void)read();
  const Instant now = clock_.now();
  feed_.tell(now);
  // First: an answer that came is not late.
  if (Status status = every_tick(now); !status.is_ok()) return fail(std::move(status));
  feed_.tell(TimersDue());
  if (now.boottime_ns < second_due_ns_) return;
  second_due_ns_ = now.boottime_ns + kNsPerSecond;
  const ConnectorSequence::Skips skips = sources_.connector.take_skips();
  if (skips.restarts > 0) log_warning("the process connector numbers its messages anew");
  const MessageDrops drops{feed_.drops().connector, sources_.connector.drops(), skips.within};
  if (drops.drops != drops.before) feed_.tell(drops);
  if (Status status = every_second(now); !status.is_ok()) fail(std::move(status));
}

void Capture::end(End why) {
  end_ = why;
  if (loop_ != nullptr) ev_break(loop_, EVBREAK_ALL);
}

void Capture::fail(Status why) {
  failure_ = std::move(why);
  end(End::stop);
}

}  // namespace spoor::agent
