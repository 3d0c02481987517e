#include "agent/succession.h"

#include <utility>
#include <variant>

#include "common/log.h"

namespace spoor::agent {
namespace {

// A seat whose holder is dead works; after this long it is changed without a quiet moment, too.
constexpr int64_t kChangeNs = 10 * kNsPerSecond;
// Nothing is read while the manager is asked: the best time is when nothing comes.
constexpr int64_t kQuietNs = kNsPerSecond;

// At an end: eight times what a socket's buffer can hold, in batches.
constexpr int kRestBatchesMax = 2'048;

}  // namespace

Result<Succession> Succession::find(KernelSeat& seat, ServiceManager& manager,
                                    const Config& config) {
  Succession found(seat, manager, config.kernel);
  Handover given = take_handover();
  found.audit_number_ = given.audit_number;
  found.reload_ = given.reload;
  found.witness_ = std::move(given.witness);
  if (given.is_whole()) found.handover_ = std::move(given);
  ASSIGN_OR_RETURN(const KernelSeat::Look look, seat.look());
  const SeatHolder& holder = look.holder;
  if (holder.is_other() && (!config.seat.listen_beside || holder.is_agent())) {
    return denied("the audit socket is held by " + describe(holder) +
                  "; one program at a time may be the audit daemon: stop it first" +
                  (holder.is_agent() ? "" : ", or let kernel.beside_daemon be `listen`"));
  }
  if (holder.is_other() && look.status.enabled == 0) {
    log_warning("kernel audit is switched off, and it is {}'s to switch it on (auditctl -e 1)",
                describe(holder));
  }
  const std::optional<Handover>& handover = found.handover_;
  if (handover) found.from_ = From::handover;
  if (handover && !holder.is_us && !holder.is_other()) {
    // A kernel that names nobody has given the seat up, and sends to listeners alone.
    if (holder.pid != 0) {
      seat.inherit(holder.pid);
    } else {
      const bool listens = AuditSocket::listens(handover->audit.get());
      if (!listens) found.from_ = From::given_up;
      // Whoever reloads while it listens asks for the seat where that is wanted.
      found.takes_seat_ = listens && !found.reload_;
      if (!listens || found.takes_seat_) {
        log_warning("the kernel has given the seat of the run before up; taking it anew");
      }
    }
  }
  const bool kept = found.sockets_kept();
  found.holds_seat_ = kept ? holder.is_us || seat.is_inherited() : !holder.is_other();
  if (kept && found.holds_seat_) RETURN_IF_ERROR(seat.settle_in(config.kernel));
  found.holds_seat_ |= found.takes_seat_;
  return found;
}

Result<Capture::Sources> Succession::open(ReadRing& ring, const Clock& clock) {
  // What a change of the run before us had not come to use: the older socket has all of it.
  manager_->forget(agent::audit_name(audit_number_ + 1));
  if (sockets_kept()) return adopt(ring, clock);
  // Births are heard before commands, so that no command lacks its process's birth.
  ASSIGN_OR_RETURN(ProcConnector connector, open_connector(ring, clock));
  // What the manager may still hold of a run before us would keep the seat from us.
  manager_->forget(audit_name());
  if (!connector_kept()) manager_->forget(kConnectorName);
  if (const Status heard = manager_->wait_until_heard(); !heard.is_ok()) {
    log_warning("{}", heard.message());
  }
  ring.append(clock.now());
  ring.append(ReadingGap());
  ring.publish();
  ASSIGN_OR_RETURN(AuditSocket audit, AuditSocket::open(ring.audit()));
  const AuditSocket::Taker taker = into_ring(ring, connector, clock);
  if (holds_seat_) RETURN_IF_ERROR(seat_->take(audit, settings_, taker));
  else RETURN_IF_ERROR(audit.listen());
  return Capture::Sources{std::move(audit), std::move(connector)};
}

// The one of the run before, where it is there; what its audit socket holds is read, then.
Result<ProcConnector> Succession::open_connector(ReadRing& ring, const Clock& clock) {
  if (!handover_) return ProcConnector::open(ring.connector());
  Handover handover = std::move(*std::exchange(handover_, std::nullopt));
  ProcConnector connector = ProcConnector::adopt(std::move(handover.connector), ring.connector());
  AuditSocket old = AuditSocket::adopt(std::move(handover.audit), ring.audit());
  RETURN_IF_ERROR(read_rest(old, into_ring(ring, connector, clock)));
  return connector;
}

Result<Capture::Sources> Succession::adopt(ReadRing& ring, const Clock& clock) {
  if (seat_->is_inherited()) {  // while the capability for its buffer is there
    ASSIGN_OR_RETURN(fresh_, AuditSocket::open(ring.audit()));
    change_due_ns_ = clock.now().boottime_ns + kChangeNs;
  }
  Handover handover = std::move(*std::exchange(handover_, std::nullopt));
  Capture::Sources sources{AuditSocket::adopt(std::move(handover.audit), ring.audit()),
                           ProcConnector::adopt(std::move(handover.connector), ring.connector())};
  remember_read(sources.audit, ring);
  if (takes_seat_) {
    RETURN_IF_ERROR(
        seat_->take(sources.audit, settings_, into_ring(ring, sources.connector, clock)));
  }
  if (!holds_seat_ && !sources.audit.listens()) RETURN_IF_ERROR(sources.audit.listen());
  return sources;
}

Result<bool> Succession::change_when_quiet(Capture& capture, uint64_t records, bool holds_seat,
                                           Instant now) {
  if (!fresh_) return false;
  if (std::exchange(last_records_, records) != records) read_last_ns_ = now.boottime_ns;
  if (now.boottime_ns - read_last_ns_ < kQuietNs && now.boottime_ns < change_due_ns_) return false;
  AuditSocket socket = std::move(*std::exchange(fresh_, std::nullopt));
  // Somebody else has it by now, or nobody.
  if (!holds_seat || !seat_->is_inherited()) return false;
  const std::string next = agent::audit_name(audit_number_ + 1);
  const SeatCopies copies{[&](int fd) {
                            manager_->keep(next, fd);
                            return manager_->wait_until_heard();
                          },
                          [&] {
                            manager_->forget(audit_name());
                            return manager_->wait_until_heard();
                          }};
  ASSIGN_OR_RETURN(const bool moved, capture.move_seat(std::move(socket), copies));
  if (!moved) {
    manager_->forget(next);
    log_warning("going on with the audit socket of the run before");
    return false;
  }
  ++audit_number_;
  seat_->became_own();
  return true;
}

AuditSocket::Taker into_ring(ReadRing& ring, ProcConnector& connector, const Clock& clock) {
  const auto read_connector = [&ring, &connector, &clock] {
    ring.append(clock.now());
    for (bool drained = false; !drained;) {
      const auto read = connector.receive(
          clock.suspended_ns(), [&](const ProcessMessage& message) { ring.append(message); });
      ring.publish();
      drained = !read.is_ok() || *read;
    }
  };
  return {read_connector, [&ring](const Datagram& record) { ring.append(record); },
          [&ring] { ring.publish(); }};
}

void remember_read(AuditSocket& socket, const ReadRing& ring) {
  if (!socket.listens()) return;
  const Status played = ring.play(ring.beginning(), ring.position(), [&](const ReadItem& item) {
    if (const auto* record = std::get_if<Datagram>(&item)) socket.was_read(*record);
  });
  if (!played.is_ok()) log_warning("what was read may be taken twice: {}", played.message());
}

Status read_rest(AuditSocket& socket, const AuditSocket::Taker& taker) {
  bool drained = false;
  for (int i = 0; i < kRestBatchesMax && !drained; ++i) {
    ASSIGN_OR_RETURN(drained, socket.receive(taker));
  }
  return ok();
}

}  // namespace spoor::agent
