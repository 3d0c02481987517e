// How a run comes to its sockets and its seat: those that the run before left it, or new ones.
//
//   reload   the image before was this process: sockets and seat are ours
//   crash    the service manager kept the sockets. The kernel names the dead process as its daemon
//            and goes on telling it: we read that, and change to a socket of our own at a quiet
//            moment (agent/seat_change.h)
//   else     new sockets; the seat is taken, or we listen beside who has it
//
// Capture thread.
#pragma once

#include <functional>
#include <optional>

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
  // The kernel could go on delivering meanwhile.
  bool sockets_kept() const { return kept_; }
  bool holds_seat() const { return holds_seat_; }

  // The sockets, reading into `ring`; the kernel's settings are as configured then, if the seat is
  // ours. What comes before the tables are restored waits in the ring for that.
  Result<Capture::Sources> open(ReadRing& ring, Instant now);

  // Each tick: registers a socket of our own when it is time. True: the seat was taken anew.
  // A failure is the loss of the seat.
  Result<bool> change_when_quiet(Capture& capture, bool holds_seat, Instant now);

 private:
  Succession(KernelSeat& seat, ServiceManager& manager, const KernelSettings& settings)
      : seat_(&seat), manager_(&manager), settings_(settings) {}
  Result<Capture::Sources> adopt(ReadRing& ring, Instant now);

  KernelSeat* seat_;
  ServiceManager* manager_;
  KernelSettings settings_;
  std::optional<Handover> handover_;
  bool reload_ = false, kept_ = false, holds_seat_ = false;
  std::optional<AuditSocket> fresh_;  // what an inherited seat is changed to
  uint64_t last_reads_ = 0;           // of the capture, at the last tick
  int64_t read_last_ns_ = 0, change_due_ns_ = 0;  // boottime
};

}  // namespace spoor::agent
