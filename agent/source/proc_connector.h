// The kernel's process connector (linux/cn_proc.h): births and ends of processes and their threads.
// A classic BPF filter on the socket keeps everything else from it. Threads are told too, since a
// process ends with its last one, and only then is it known how. Needs CAP_NET_ADMIN and the init
// namespaces. What it reads lies in a ReceiveArea of the caller's. Owned by the capture thread.
#pragma once

#include <functional>

#include "agent/model.h"
#include "agent/source/connector_sequence.h"
#include "agent/source/receive_area.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

// Whether the kernel tells of births and ends where we are. Leaves no subscription behind: before
// Linux 6.6 the kernel only counts them, and a socket that closes is none less.
Result<bool> connector_answers(int timeout_ms);
// The same of a socket that has joined the connector's group.
Result<bool> probe_connector(int fd, int timeout_ms);

class ProcConnector {
 public:
  using Sink = std::function<void(const ProcessMessage&)>;

  static Result<ProcConnector> open(ReceiveArea& area);
  static ProcConnector adopt(UniqueFd fd, ReceiveArea& area);

  int fd() const { return fd_.get(); }
  UniqueFd release() { return std::move(fd_); }
  // For a stop, not for whoever goes on with the socket: nothing new comes, what waits stays to be
  // read. Needs CAP_NET_ADMIN before Linux 6.6.
  Status unsubscribe() const;

  // Reads one batch without blocking. The kernel stamps with CLOCK_MONOTONIC; `suspended_ns` turns
  // that into boottime. True when the socket was empty afterwards.
  Result<bool> receive(int64_t suspended_ns, const Sink& sink);
  // What the messages' numbers told since the last time.
  ConnectorSequence::Skips take_skips() { return sequence_.take(); }
  // Messages refused for lack of buffer since the socket was opened (SO_MEMINFO, 32 bits).
  uint32_t drops() const;

 private:
  ProcConnector(UniqueFd fd, ReceiveArea& area) : fd_(std::move(fd)), area_(&area) {}

  UniqueFd fd_;
  ReceiveArea* area_;
  ConnectorSequence sequence_;
};

}  // namespace spoor::agent
