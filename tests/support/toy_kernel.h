// What a kernel has to tell an agent, in order, and the sockets that it tells it through: Unix
// socket pairs, which outlive whoever reads them. It can lose as the real one does.
#pragma once

#include <gtest/gtest.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "common/clock.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class ToyKernel {
 public:
  ToyKernel() {
    make_pair(audit_, audit_ours_);
    make_pair(connector_, connector_ours_);
  }

  uint32_t serial = 10, pid = 100, lost = 0, drops = 0;
  bool is_idle() const { return waiting_.empty(); }
  void forget_waiting() { waiting_.clear(); }

  // A command that ends with 1.
  void run_command(Instant now) {
    const uint32_t child = pid++;
    const std::string id = next_id(now);
    add_message(proc_event::PROC_EVENT_FORK, child, now.boottime_ns);
    add_record(1300, id +
                         "arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 "
                         "ppid=50 pid=" +
                         std::to_string(child) +
                         " auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
                         "tty=pts0 ses=3 comm=\"id\" exe=\"/usr/bin/id\" key=\"spoor-x\"");
    add_record(1309, id + "argc=1 a0=\"id\"");
    add_record(1320, id);
    add_message(proc_event::PROC_EVENT_EXIT, child, now.boottime_ns + 5);
  }
  // An event of a record and its end.
  void change_config(Instant now) {
    const std::string id = next_id(now);
    add_record(1305, id + "op=set audit_backlog_wait_time=1 old=2 auid=1000 ses=3 res=1");
    add_record(1320, id);
  }
  // Up to `items` of what waits, as far as the sockets have room.
  void send(size_t items) {
    for (; items > 0 && !waiting_.empty(); --items) {
      const Item& item = waiting_.front();
      const int fd = item.is_record ? audit_.get() : connector_.get();
      if (::send(fd, item.bytes.data(), item.bytes.size(), MSG_DONTWAIT) < 0) return;
      waiting_.pop_front();
    }
  }
  UniqueFd audit() const { return UniqueFd(dup(audit_ours_.get())); }
  UniqueFd connector() const { return UniqueFd(dup(connector_ours_.get())); }

 private:
  struct Item {
    bool is_record = false;
    std::string bytes;
  };
  static void make_pair(UniqueFd& kernel, UniqueFd& ours) {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    kernel.reset(fds[0]);
    ours.reset(fds[1]);
  }
  std::string next_id(Instant now) {
    const std::string ms = std::to_string(now.realtime_ns / kNsPerMs % 1000 + 1000).substr(1);
    return "audit(" + std::to_string(now.realtime_ns / kNsPerSecond) + "." + ms + ":" +
           std::to_string(serial++) + "): ";
  }
  void add_record(uint16_t type, const std::string& text) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    waiting_.push_back(
        {true, std::string(reinterpret_cast<const char*>(&header), sizeof header) + text});
  }
  void add_message(decltype(proc_event::what) what, uint32_t of, int64_t at_ns) {
    nlmsghdr header{};
    cn_msg message{};
    message.seq = sequence_++;
    proc_event event{};
    event.what = what;
    event.timestamp_ns = static_cast<uint64_t>(at_ns);
    const auto id = static_cast<int>(of);
    if (what == proc_event::PROC_EVENT_FORK) {
      event.event_data.fork = {50, 50, id, id};
    } else {
      event.event_data.exit.process_pid = event.event_data.exit.process_tgid = id;
      event.event_data.exit.exit_code = 256;
    }
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&message), sizeof message);
    bytes.append(reinterpret_cast<const char*>(&event), sizeof event);
    waiting_.push_back({false, bytes});
  }

  UniqueFd audit_, audit_ours_, connector_, connector_ours_;
  std::deque<Item> waiting_;
  uint32_t sequence_ = 0;
};

}  // namespace spoor::agent
