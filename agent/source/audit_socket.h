// The data socket of the kernel's audit system: records come here once this process holds the seat
// of the audit daemon. Only AUDIT_SET{pid} is ever sent on it, because the kernel binds the seat to
// the port of the socket that asked (kernel/audit.c, auditd_set); everything else goes through
// AuditControl. What it reads lies in a ReceiveArea of the caller's. Owned by the capture thread.
#pragma once

#include <functional>
#include <optional>

#include "agent/model.h"
#include "agent/source/receive_area.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class AuditSocket {
 public:
  using Sink = std::function<void(const Datagram&)>;

  // Opens through libaudit, enlarges the receive buffer (CAP_NET_ADMIN) and turns ENOBUFS off: the
  // socket's own drop counter is exact and needs no error.
  static Result<AuditSocket> open(ReceiveArea& area);
  // The socket of a process before us: it holds the seat already.
  static AuditSocket adopt(UniqueFd fd, ReceiveArea& area);

  int fd() const { return fd_.get(); }
  bool is_open() const { return fd_.is_open(); }
  UniqueFd release() { return std::move(fd_); }

  // Takes the seat. Records that arrive before the kernel's answer go to `sink`. `denied` when
  // another daemon holds it (EEXIST) or a capability or namespace is missing.
  Status take_seat(const Sink& sink);
  // Listens beside whoever has the seat (AUDIT_NLGRP_READLOG, needs CAP_AUDIT_READ).
  Status join_multicast();
  // Gives the seat up, without waiting for the answer.
  void leave_seat();

  // Reads one batch without blocking, calls `received` once, then hands each record to `sink`. What
  // must be known before these records (births) is fetched in `received`. True when the socket was
  // empty afterwards. `unavailable` only for an error that reading on cannot mend.
  Result<bool> receive(const std::function<void()>& received, const Sink& sink);

  // Datagrams refused for lack of buffer since the socket was opened (SO_MEMINFO, 32 bits).
  uint32_t drops() const;

 private:
  AuditSocket(UniqueFd fd, ReceiveArea& area) : fd_(std::move(fd)), area_(&area) {}
  Status send_seat(uint32_t pid, bool want_answer);

  UniqueFd fd_;
  ReceiveArea* area_;
  std::optional<int> answer_;  // errno of the last AUDIT_SET, once it came
};

}  // namespace spoor::agent
