#include "process_tree.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace spoor::test {
namespace {

// The connector's clock is monotonic; ours counts suspend too (CLOCK_BOOTTIME). The two are read
// one after the other, so that what is below a millisecond is the time between the calls.
int64_t boottime_of(uint64_t monotonic_ns) {
  constexpr int64_t kMs = 1'000'000;
  timespec boot{}, monotonic{};
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const int64_t apart_ns =
      (boot.tv_sec - monotonic.tv_sec) * 1000 * kMs + (boot.tv_nsec - monotonic.tv_nsec);
  return static_cast<int64_t>(monotonic_ns) + apart_ns / kMs * kMs;
}

Status subscribe(int fd) {
  nlmsghdr header{};
  cn_msg message{};
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  header.nlmsg_len = sizeof header + sizeof message + sizeof operation;
  header.nlmsg_type = NLMSG_DONE;
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::string request(reinterpret_cast<const char*>(&header), sizeof header);
  request.append(reinterpret_cast<const char*>(&message), sizeof message);
  request.append(reinterpret_cast<const char*>(&operation), sizeof operation);
  if (send(fd, request.data(), request.size(), 0) < 0) return from_errno(errno, "proc connector");
  return ok();
}

}  // namespace

Result<ProcessTree> ProcessTree::listen() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  if (!fd.is_open()) return from_errno(errno, "opening the proc connector");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return from_errno(errno, "listening to the proc connector");
  }
  const int size = 16 << 20;
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  RETURN_IF_ERROR(subscribe(fd.get()));
  return ProcessTree(std::move(fd));
}

Result<std::string> ProcessTree::next() {
  constexpr size_t kHeaders = sizeof(nlmsghdr) + sizeof(cn_msg);
  char buffer[1024];
  for (;;) {
    const ssize_t size = recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
    if (size < 0) return from_errno(errno, "reading the proc connector");
    proc_event event{};
    if (static_cast<size_t>(size) < kHeaders + offsetof(proc_event, event_data)) continue;
    std::memcpy(&event, buffer + kHeaders,
                std::min(sizeof event, static_cast<size_t>(size) - kHeaders));
    const std::string when = " boot_ns=" + std::to_string(boottime_of(event.timestamp_ns));
    if (event.what == proc_event::PROC_EVENT_FORK) {
      const auto& fork = event.event_data.fork;
      const auto child = static_cast<uint32_t>(fork.child_tgid);
      const auto parent = static_cast<uint32_t>(fork.parent_tgid);
      if (fork.child_pid != fork.child_tgid) continue;  // a thread
      if (child != root_ && !alive_.contains(parent)) continue;
      alive_.insert(child);
      return "proc fork pid=" + std::to_string(child) + " ppid=" + std::to_string(parent) + when;
    }
    if (event.what == proc_event::PROC_EVENT_EXIT) {
      const auto& exit = event.event_data.exit;
      const auto pid = static_cast<uint32_t>(exit.process_tgid);
      if (exit.process_pid != exit.process_tgid || alive_.erase(pid) == 0) continue;
      return "proc exit pid=" + std::to_string(pid) + " status=" + std::to_string(exit.exit_code) +
             when;
    }
  }
}

}  // namespace spoor::test
