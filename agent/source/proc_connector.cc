#include "agent/source/proc_connector.h"

#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "common/log.h"

namespace spoor::agent {
namespace {

// The kernel doubles it, and counts 832 bytes a message: 80,000 of them. Taken only while they lie
// there.
constexpr int kBufferBytes = 32 << 20;

constexpr uint32_t kEventOffset = NLMSG_HDRLEN + sizeof(cn_msg);
constexpr uint32_t kWhat = kEventOffset + offsetof(proc_event, what);

// Passes births and ends. A load is in network order (socket filters do that), hence htonl on what
// it is compared with.
Status attach_filter(int fd) {
  std::array<sock_filter, 5> program = {{
      /*0*/ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kWhat),
      /*1*/ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(proc_event::PROC_EVENT_FORK), 1, 0),
      /*2*/ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(proc_event::PROC_EVENT_EXIT), 0, 1),
      /*3*/ BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF),
      /*4*/ BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    return from_errno(errno, "attaching the filter to the process connector");
  }
  return ok();
}

// 0 or errno.
int send_operation(int fd, uint32_t operation) {
  // nlmsghdr, cn_msg and one word, one after the other (Documentation/driver-api/connector.rst).
  nlmsghdr header{};
  cn_msg message{};
  header.nlmsg_len = sizeof header + sizeof message + sizeof operation;
  header.nlmsg_type = NLMSG_DONE;
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::string request;
  request.append(reinterpret_cast<const char*>(&header), sizeof header);
  request.append(reinterpret_cast<const char*>(&message), sizeof message);
  append_le(request, operation);
  return send(fd, request.data(), request.size(), 0) < 0 ? errno : 0;
}

Status join_group(int fd) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return from_errno(errno, "joining the process connector (needs CAP_NET_ADMIN)");
  }
  return ok();
}

// The number that the sending processor gave the message.
uint32_t number_of(const char* bytes) {
  return load_le<uint32_t>(as_bytes({bytes + NLMSG_HDRLEN + offsetof(cn_msg, seq), 4}).data());
}

// `size` bytes of one datagram; nullopt for anything that is no birth and no end.
std::optional<ProcessMessage> parse(const char* bytes, size_t size, int64_t suspended_ns,
                                    ConnectorSequence& sequence) {
  if (size < kEventOffset + sizeof(proc_event)) return std::nullopt;
  proc_event event;
  std::memcpy(&event, bytes + kEventOffset, sizeof event);
  ProcessMessage message;
  message.boottime_ns = static_cast<int64_t>(event.timestamp_ns) + suspended_ns;
  using Kind = ProcessMessage::Kind;
  if (event.what == proc_event::PROC_EVENT_FORK) {
    const auto& fork = event.event_data.fork;
    message.kind = fork.child_pid == fork.child_tgid ? Kind::fork : Kind::thread_fork;
    message.pid = static_cast<uint32_t>(fork.child_tgid);
    message.parent_pid = static_cast<uint32_t>(fork.parent_tgid);
  } else if (event.what == proc_event::PROC_EVENT_EXIT) {
    const auto& exit = event.event_data.exit;
    message.kind = exit.process_pid == exit.process_tgid ? Kind::exit : Kind::thread_exit;
    message.pid = static_cast<uint32_t>(exit.process_tgid);
    message.parent_pid = static_cast<uint32_t>(exit.parent_tgid);
    message.wait_status = exit.exit_code;
  } else {
    return std::nullopt;
  }
  sequence.note(event.cpu, number_of(bytes), message.boottime_ns);
  return message;
}

}  // namespace

Result<bool> connector_answers(int timeout_ms) {
  const UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  // Without the connector the kernel has no such protocol.
  if (!fd.is_open() && errno == EPROTONOSUPPORT) return false;
  if (!fd.is_open()) return from_errno(errno, "opening the process connector");
  RETURN_IF_ERROR(join_group(fd.get()));
  return probe_connector(fd.get(), timeout_ms);
}

Result<bool> probe_connector(int fd, int timeout_ms) {
  const int error = send_operation(fd, PROC_CN_MCAST_LISTEN);
  // In another network namespace than the first nobody is at the other end.
  if (error == ECONNREFUSED) return false;
  if (error != 0) return from_errno(error, "subscribing to the process connector");
  // It acknowledges to the whole group; without CONFIG_PROC_EVENTS nobody does. Births and ends
  // that come first show just as well that it works.
  pollfd wait{fd, POLLIN, 0};
  const bool answers = poll(&wait, 1, timeout_ms) > 0;
  if (const int left = send_operation(fd, PROC_CN_MCAST_IGNORE); left != 0) {
    return from_errno(left, "ending the subscription to the process connector");
  }
  return answers;
}

Result<ProcConnector> ProcConnector::open(ReceiveArea& area) {
  UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!fd.is_open()) return from_errno(errno, "opening the process connector");
  const int on = 1;
  const int bytes = kBufferBytes;
  // The filter goes on before the subscription, so that nothing unwanted is ever queued.
  RETURN_IF_ERROR(attach_filter(fd.get()));
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 ||
      setsockopt(fd.get(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on) != 0) {
    return from_errno(errno, "preparing the process connector's buffer (needs CAP_NET_ADMIN)");
  }
  RETURN_IF_ERROR(join_group(fd.get()));
  if (const int error = send_operation(fd.get(), PROC_CN_MCAST_LISTEN); error != 0) {
    return from_errno(error, "subscribing to the process connector");
  }
  return ProcConnector(std::move(fd), area);
}

// Before Linux 6.6 the kernel counts who listens, and a socket that closes is none less: each stop
// would leave it working for one listener more, until the next boot.
Status ProcConnector::unsubscribe() const {
  const int error = send_operation(fd_.get(), PROC_CN_MCAST_IGNORE);
  return error == 0 ? ok() : from_errno(error, "ending the subscription to the process connector");
}

ProcConnector ProcConnector::adopt(UniqueFd fd, ReceiveArea& area) {
  // The run before may have been an older program, which let less through.
  if (const Status attached = attach_filter(fd.get()); !attached.is_ok()) {
    log_warning("{}", attached.message());
  }
  return ProcConnector(std::move(fd), area);
}

Result<bool> ProcConnector::receive(int64_t suspended_ns, const Sink& sink) {
  const int count = area_->fill(fd_.get());
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    if (errno == EINTR || errno == ENOBUFS) return false;
    return from_errno(errno, "reading the process connector");
  }
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    if (area_->sender_port(i) != 0) continue;  // only the kernel's own words count
    const std::string_view bytes = area_->datagram(i);
    const auto message = parse(bytes.data(), bytes.size(), suspended_ns, sequence_);
    if (message) sink(*message);
  }
  area_->done();
  return area_->emptied();
}

uint32_t ProcConnector::drops() const {
  std::array<uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return 0;
  return info[SK_MEMINFO_DROPS];
}

}  // namespace spoor::agent
