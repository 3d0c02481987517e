// Events as a follower hands them on, for the tests of index and query.
#pragma once

#include <cstring>

#include "collector/model.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

inline constexpr int64_t kBase = 1'700'000'000 * kNsPerSecond;

inline Id sample_uid(uint8_t name) {
  Id id;
  id.fill(name);
  return id;
}

// Makes the events of one agent in one epoch: each with the next order and sequence, one ms apart.
class EventMaker {
 public:
  explicit EventMaker(std::string agent = "web1", uint64_t epoch = 1)
      : agent_(std::move(agent)), epoch_(epoch) {}

  void set_order(uint64_t order) { order_ = order; }
  uint64_t order() const { return order_; }

  // An event of the session `name`; 0: of none.
  v1::Event event(uint8_t name) {
    v1::Event e;
    e.set_order(++order_);
    e.set_time_ns(kBase + static_cast<int64_t>(epoch_ * 1000 + order_) * kNsPerMs);
    if (name == 0) return e;
    e.set_session_uid(std::string(16, static_cast<char>(name)));
    e.mutable_session()->set_ses(name);
    e.mutable_actor()->set_login_uid(1000);
    e.mutable_actor()->set_login_name("alice");
    e.mutable_kernel()->set_boot_id(std::string(16, '\x9c'));
    return e;
  }
  IndexedEvent index(v1::Event e) {
    IndexedEvent out;
    out.agent = agent_;
    out.stream.fill(7);
    out.event_class = EventClass::command;
    out.epoch = epoch_;
    out.sequence = ++sequence_;
    out.event = std::make_shared<const v1::Event>(std::move(e));
    return out;
  }

  static void set_process(v1::ProcessKey& key, uint32_t pid, uint64_t birth) {
    key.set_pid(pid);
    key.set_birth_ns(birth);
  }
  // Process `pid` executes for the `exec`-th time; its parent is command `exec` 1 of `parent_pid`.
  v1::Event started(uint8_t session, uint32_t pid, uint32_t exec = 1, uint32_t parent_pid = 0) {
    v1::Event e = event(session);
    v1::CommandStarted& c = *e.mutable_command_started();
    set_process(*c.mutable_command()->mutable_process(), pid, pid * 10ull);
    c.mutable_command()->set_exec_number(exec);
    c.set_started_ns(e.time_ns());
    c.add_args("cmd" + std::to_string(pid));
    c.mutable_credentials()->set_euid(1000);
    if (parent_pid != 0) {
      set_process(*c.mutable_parent()->mutable_process(), parent_pid, parent_pid * 10ull);
      c.mutable_parent()->set_exec_number(1);
    }
    e.mutable_outcome()->set_result(v1::Outcome::RESULT_SUCCESS);
    return e;
  }
  v1::Event ended(uint8_t session, uint32_t pid, uint32_t exit_code, uint32_t exec = 1) {
    v1::Event e = event(session);
    v1::ProcessEnded& end = *e.mutable_process_ended();
    set_process(*end.mutable_process(), pid, pid * 10ull);
    *end.mutable_command()->mutable_process() = end.process();
    end.mutable_command()->set_exec_number(exec);
    end.set_exit_code(exit_code);
    end.set_ended_ns(e.time_ns());
    return e;
  }
  v1::Event closed(uint8_t session) {
    v1::Event e = event(session);
    e.mutable_session_closed();
    return e;
  }
  v1::Event loss(uint64_t before, uint64_t after) {
    v1::Event e;
    e.set_order(before);
    e.mutable_loss()->set_order_before(before);
    e.mutable_loss()->set_order_after(after);
    e.mutable_loss()->set_count(1);
    return e;
  }

 private:
  std::string agent_;
  uint64_t epoch_;
  uint64_t order_ = 0;
  uint64_t sequence_ = 0;
};

}  // namespace spoor::collector
