// How a run comes to its sockets and its seat: those that the run before left it, or new ones.
//
//   reload   the image before was this process: sockets and seat are ours
//   crash    the service manager kept the sockets. The kernel names the dead process as its daemon
//            and goes on telling it: we read that, and change to a socket of our own at a quiet
//            moment (agent/seat_change.h)
//   given up the same, but the kernel names nobody any more: what it sent us before is read, and
//            the seat is taken with a new socket; or with that one, where it listens and so goes on
//            getting records
//   else     new sockets; the seat is taken, or we listen beside who has it
//
// Capture thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "agent/capture.h"
#include "agent/config.h"
#include "agent/handover.h"
#include "agent/kernel_seat.h"
#include "agent/service_manager.h"

namespace spoor::agent {

class Succession {
 public:
  // Who has the seat decides how we begin. `seat` and `manager` outlive it. A failure says what to
  // do about it.
  static Result<Succession> find(KernelSeat& seat, ServiceManager& manager, const Config& config);

  bool is_reload() const { return reload_; }
  // Of our audit socket in the manager's store.
  std::string audit_name() const { return agent::audit_name(audit_number_); }
  uint32_t audit_number() const { return audit_number_; }
  // The kernel could go on delivering meanwhile.
  bool sockets_kept() const { return from_ == From::handover; }
  bool connector_kept() const { return from_ != From::nobody; }
  bool holds_seat() const { return holds_seat_; }
  // Of the image before, once.
  Witness::Connection take_witness() { return std::move(witness_); }

  // The sockets, reading into `ring`; the kernel's settings are as configured then, if the seat is
  // ours. What comes before the tables are restored waits in the ring for that.
  Result<Capture::Sources> open(ReadRing& ring, const Clock& clock);

  // Each tick: registers a socket of our own when it is time. `records`: how many were read so far.
  // True: the seat was taken anew. A failure is the loss of the seat.
  Result<bool> change_when_quiet(Capture& capture, uint64_t records, bool holds_seat, Instant now);

 private:
  Succession(KernelSeat& seat, ServiceManager& manager, const KernelSettings& settings)
      : seat_(&seat), manager_(&manager), settings_(settings) {}
  Result<Capture::Sources> adopt(ReadRing& ring, const Clock& clock);
  Result<ProcConnector> open_connector(ReadRing& ring, const Clock& clock);

  KernelSeat* seat_;
  ServiceManager* manager_;
  KernelSettings settings_;
  std::optional<Handover> handover_;
  Witness::Connection witness_;
  enum class From : uint8_t { nobody, given_up, handover };
  From from_ = From::nobody;
  bool reload_ = false, holds_seat_ = false, takes_seat_ = false;
  uint32_t audit_number_ = 0;
  std::optional<AuditSocket> fresh_;  // what an inherited seat is changed to
  uint64_t last_records_ = 0;
  int64_t read_last_ns_ = 0, change_due_ns_ = 0;  // boottime
};

// Into the ring alone, which is played once the tables are there: births before records, as
// agent/capture.h has it. All of them outlive what this gives.
AuditSocket::Taker into_ring(ReadRing& ring, ProcConnector& connector, const Clock& clock);
// What the ring still holds has been read, and is not taken again from a socket that listens.
void remember_read(AuditSocket& socket, const ReadRing& ring);
// What lies in a socket that nobody will read again.
Status read_rest(AuditSocket& socket, const AuditSocket::Taker& taker);

}  // namespace spoor::agent
