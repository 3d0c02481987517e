// The data socket of the kernel's audit system: records come here once this process holds the seat
// of the audit daemon. Only AUDIT_SET{pid} is ever sent on it, because the kernel binds the seat to
// the port of the socket that asked (kernel/audit.c, auditd_set); everything else goes through
// AuditControl. What it reads lies in a ReceiveArea of the caller's. Owned by the capture thread.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "agent/model.h"
#include "agent/source/listener_overlap.h"
#include "agent/source/receive_area.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class AuditSocket {
 public:
  using Sink = std::function<void(const Datagram&)>;
  // Who takes a batch. It is in the area, and what must be known before its records (births) is
  // fetched; its records, one by one; they were all handed on, and may be published.
  struct Taker {
    std::function<void()> received;
    Sink record;
    std::function<void()> done;
  };

  // Opens through libaudit, enlarges the receive buffer (CAP_NET_ADMIN) and turns ENOBUFS off: the
  // socket's own drop counter is exact and needs no error.
  static Result<AuditSocket> open(ReceiveArea& area);
  // The socket of a process before us: it holds the seat already, or listens.
  static AuditSocket adopt(UniqueFd fd, ReceiveArea& area);
  // A socket that only listens; nothing is read from it for longer than it is open.
  static Result<UniqueFd> open_listener();

  int fd() const { return fd_.get(); }
  UniqueFd release() { return std::move(fd_); }

  // Takes the seat. Records that arrive before the kernel's answer go to `taker`. `denied` when
  // another daemon holds it (EEXIST) or a capability or namespace is missing.
  Status take_seat(const Taker& taker);
  // The same without waiting: the kernel's answer comes among the records. 0 or an errno, once.
  Status request_seat();
  std::optional<int> take_answer() { return std::exchange(answer_, std::nullopt); }
  // Gives the seat up, without waiting for the answer.
  void leave_seat();

  // Gets copies of all records from here on, whoever has the seat (the group AUDIT_NLGRP_READLOG,
  // needs CAP_AUDIT_READ). What comes both ways then is handed on once.
  Status listen();
  bool listens() const { return listens_; }
  // Of any audit socket.
  static bool listens(int fd);
  // Once we have the seat: no more copies. Some may still lie in the socket.
  void leave_group();
  // No copy, and no record of which there was one, will come any more.
  void end_overlap() { overlap_.end(); }
  // Whether a record that another socket of ours brought, not as a copy, is new.
  bool is_first(const Datagram& record) {
    return overlap_.is_first(record, ListenerOverlap::Way::itself);
  }

  // It may still come here, by either way: a run before us read it.
  void was_read(const Datagram& record) {
    (void)overlap_.is_first(record, ListenerOverlap::Way::run_before);
  }

  // Reads one batch without blocking. True when the socket was empty afterwards. `unavailable` only
  // for an error that reading on cannot mend.
  Result<bool> receive(const Taker& taker);

  // Datagrams refused for lack of buffer since the socket was opened (SO_MEMINFO, 32 bits).
  uint32_t drops() const;

 private:
  AuditSocket(UniqueFd fd, ReceiveArea& area) : fd_(std::move(fd)), area_(&area) {}
  Status send_seat(uint32_t pid, bool want_answer);

  UniqueFd fd_;
  ReceiveArea* area_;
  ListenerOverlap overlap_;
  bool listens_ = false;
  std::optional<int> answer_;  // errno of the last AUDIT_SET, once it came
};

}  // namespace spoor::agent
