#include "agent/source/audit_socket.h"

#include <libaudit.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr int kAnswerTimeoutMs = 5'000;
// Of NETLINK_LIST_MEMBERSHIPS: group n is bit n-1.
constexpr uint32_t kReadlogBit = 1u << (AUDIT_NLGRP_READLOG - 1);

// Below the user messages lie requests and their answers, and two records (linux/audit.h). To the
// one that has the seat AUDIT_REPLACE tells that somebody asks for it: a pid, no text. The kernel
// refuses, and writes a record of that.
bool is_record(uint16_t type) {
  if (type == AUDIT_REPLACE) return false;
  return type >= AUDIT_FIRST_USER_MSG || type == AUDIT_USER || type == AUDIT_LOGIN;
}

Status join(int fd) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  socklen_t size = sizeof address;
  // A socket without a port of its own passes for the kernel's, which is not sent what it sends
  // (net/netlink/af_netlink.c, do_one_broadcast).
  const bool has_port = getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                        address.nl_pid != 0;
  address = {};
  address.nl_family = AF_NETLINK;
  if (!has_port && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return from_errno(errno, "giving the audit socket a port");
  }
  const int group = AUDIT_NLGRP_READLOG;
  if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    return from_errno(errno, "listening to audit records (needs CAP_AUDIT_READ)");
  }
  return ok();
}

}  // namespace

Result<AuditSocket> AuditSocket::open(ReceiveArea& area) {
  UniqueFd fd(audit_open());
  if (!fd.is_open()) return from_errno(errno, "opening the audit socket");
  const int bytes = kReceiveBufferBytes;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    return from_errno(errno, "enlarging the audit socket's buffer (needs CAP_NET_ADMIN)");
  }
  const int on = 1;
  if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on) != 0) {
    return from_errno(errno, "setting NETLINK_NO_ENOBUFS");
  }
  return AuditSocket(std::move(fd), area);
}

AuditSocket AuditSocket::adopt(UniqueFd fd, ReceiveArea& area) {
  AuditSocket socket(std::move(fd), area);
  socket.listens_ = listens(socket.fd());
  if (socket.listens_) socket.overlap_.begin();
  return socket;
}

bool AuditSocket::listens(int fd) {
  uint32_t groups = 0;
  socklen_t size = sizeof groups;
  return getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, &groups, &size) == 0 &&
         (groups & kReadlogBit) != 0;
}

Status AuditSocket::listen() {
  RETURN_IF_ERROR(join(fd_.get()));
  listens_ = true;
  overlap_.begin();
  return ok();
}

Result<UniqueFd> AuditSocket::open_listener() {
  UniqueFd fd(audit_open());
  if (!fd.is_open()) return from_errno(errno, "opening an audit socket");
  RETURN_IF_ERROR(join(fd.get()));
  return fd;
}

void AuditSocket::leave_group() {
  if (!listens_) return;
  const int group = AUDIT_NLGRP_READLOG;
  setsockopt(fd_.get(), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
  listens_ = false;
}

Status AuditSocket::send_seat(uint32_t pid, bool want_answer) {
  struct {
    nlmsghdr header;
    audit_status status;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = AUDIT_SET;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  if (want_answer) request.header.nlmsg_flags |= NLM_F_ACK;
  request.status.mask = AUDIT_STATUS_PID;
  request.status.pid = pid;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd_.get(), &request, sizeof request, MSG_DONTWAIT,
                              reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  if (sent < 0) return from_errno(errno, "asking for the audit seat");
  return ok();
}

Status AuditSocket::request_seat() {
  answer_.reset();
  return send_seat(static_cast<uint32_t>(getpid()), true);
}

Status AuditSocket::take_seat(const Taker& taker) {
  RETURN_IF_ERROR(request_seat());
  while (!answer_) {
    pollfd wait{fd_.get(), POLLIN, 0};
    const int ready = poll(&wait, 1, kAnswerTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return unavailable("the kernel did not answer the request for the audit seat");
    ASSIGN_OR_RETURN([[maybe_unused]] const bool drained, receive(taker));
  }
  if (*answer_ == 0) return ok();
  if (*answer_ == EEXIST) return denied("another program holds the audit seat");
  return from_errno(*answer_, "taking the audit seat");
}

void AuditSocket::leave_seat() { (void)send_seat(0, false); }

Result<bool> AuditSocket::receive(const Taker& taker) {
  const int count = area_->fill(fd_.get());
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    // ENOBUFS is data, not a fault: the drop counter tells how much (siderolabs/talos 13764).
    if (errno == EINTR || errno == ENOBUFS) return false;
    return from_errno(errno, "reading the audit socket");
  }
  taker.received();
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const std::string_view bytes = area_->datagram(i);
    // Only the kernel's own words count; nlmsg_len leaves the header out in unicast records, so
    // that recv's length is the one to believe.
    if (bytes.size() < sizeof(nlmsghdr) || area_->sender_port(i) != 0) continue;
    nlmsghdr header;
    std::memcpy(&header, bytes.data(), sizeof header);
    std::string_view text = bytes.substr(sizeof header);
    if (header.nlmsg_type == NLMSG_ERROR) {
      if (text.size() >= sizeof(int)) answer_ = -load_le<int>(as_bytes(text).data());
      continue;
    }
    if (!is_record(header.nlmsg_type)) continue;
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
    const Datagram record{header.nlmsg_type, text};
    using Way = ListenerOverlap::Way;
    const Way way = area_->sender_groups(i) != 0 ? Way::copy : Way::itself;
    if (overlap_.is_first(record, way)) taker.record(record);
  }
  area_->done();
  taker.done();
  return area_->emptied();
}

uint32_t AuditSocket::drops() const {
  std::array<uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
  return info[SK_MEMINFO_DROPS];
}

}  // namespace spoor::agent
