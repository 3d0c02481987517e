// What a small fleet may send, drawn so that everything comes that an index looks at: sessions over
// epochs and boots, events that come late, losses of all shapes, and hosts that lie.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "collector/model.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {

class RandomFleet {
 public:
  explicit RandomFleet(uint64_t seed) : random_(seed) {
    for (const char* name : {"db1", "web1", "web2"}) hosts_.emplace_back().name = name;
    for (Host& host : hosts_) begin_epoch(host, true);
    own_.name = kOwnAgent;
    begin_epoch(own_, true);
  }

  // One step of the follower's.
  std::vector<IndexedEvent> batch() {
    std::vector<IndexedEvent> out;
    ++entry_;
    for (uint64_t n = below(60); n > 0; --n) {
      IndexedEvent event = next();
      // Some come late, and others before them.
      if (below(8) == 0) late_.push_back(std::move(event));
      else out.push_back(std::move(event));
      if (!late_.empty() && below(8) == 0) {
        out.push_back(std::move(late_.front()));
        late_.pop_front();
      }
    }
    for (IndexedEvent& event : out) event.entry = entry_;
    return out;
  }
  uint64_t below(uint64_t bound) { return random_() % bound; }

 private:
  struct Host {
    std::string name;
    uint64_t epoch = 0, order = 0;
    std::string boot;
    uint32_t next_pid = 1;
    std::deque<std::pair<uint32_t, std::string>> running;  // with their sessions
    uint64_t sequences[kEventClasses + 1] = {};
  };
  using O = v1::Outcome;

  void begin_epoch(Host& host, bool is_boot) {
    host.epoch += 1 + below(2);
    host.order = 0;
    host.running.clear();
    if (is_boot) host.boot = std::string(16, static_cast<char>(1 + below(200)));
  }

  IndexedEvent next() {
    if (below(30) == 0) return own();
    Host& host = hosts_[below(hosts_.size())];
    if (below(200) == 0) begin_epoch(host, below(2) == 0);
    v1::Event e;
    EventClass event_class = EventClass::access;
    ++host.order;
    e.set_time_ns(kBase + static_cast<int64_t>(entry_ * 1000 + below(3000)) * kNsPerMs +
                  static_cast<int64_t>(below(3)));
    const uint64_t session = below(below(20) == 0 ? 200 : 12) + host.epoch * 3;
    if (below(20) != 0) e.set_session_uid(std::string(16, static_cast<char>(session)));
    if (below(40) == 0) e.set_session_uid("odd");
    if (below(3) != 0) e.mutable_session()->set_ses(static_cast<uint32_t>(session % 20));
    if (below(2) == 0) e.mutable_kernel()->set_boot_id(host.boot);
    if (below(4) == 0) e.mutable_actor()->set_login_name(word({"alice", "bob", ""}));
    if (below(4) == 0) e.mutable_actor()->set_login_uid(static_cast<uint32_t>(1000 + below(2)));
    if (below(9) == 0) e.mutable_source()->set_address(word({"192.0.2.1", "192.0.2.2"}));
    if (below(10) == 0) e.mutable_attribution()->set_confidence(claimed());
    if (below(20) == 0) e.add_incomplete(static_cast<v1::Incomplete>(1));
    fill(e, host, event_class);
    if (!e.has_loss()) e.set_order(host.order);
    return index(e, host, event_class);
  }

  void fill(v1::Event& e, Host& host, EventClass& event_class) {
    event_class = EventClass::access;
    switch (below(12)) {
      case 0:
        e.mutable_session_opened()->set_type(v1::SessionOpened::TYPE_SSH);
        e.mutable_session_opened()->set_found_running(below(5) == 0);
        return;
      case 1:
        e.mutable_session_fact()->set_method(word({"publickey", "password"}));
        if (below(3) == 0)
          e.mutable_session_fact()->add_logins_of_user(static_cast<uint32_t>(below(20)));
        return;
      case 2:
        if (below(2) == 0) e.mutable_session_closed();
        return;
      case 3: return fill_loss(e, host);
      case 4:
        e.mutable_authentication()->set_account("root");
        e.mutable_outcome()->set_result(below(2) == 0 ? O::RESULT_FAILURE : O::RESULT_SUCCESS);
        if (below(2) == 0) e.clear_session_uid();
        return;
      case 5:
        if (below(3) == 0) e.mutable_agent_state()->set_boot_id(host.boot);
        return;
      case 6:
        event_class = EventClass::activity;
        e.mutable_file_access()->set_operation(v1::FileAccess::OPERATION_CREATE);
        e.mutable_file_access()->set_path("/srv/" + std::to_string(below(500)));
        e.mutable_file_access()->set_path_resolved(true);
        return;
      case 7:
        event_class = EventClass::input;
        e.mutable_typed_input();
        return;
      case 8:
      case 9: return fill_end(e, host, event_class);
      default: return fill_start(e, host, event_class);
    }
  }

  void fill_start(v1::Event& e, Host& host, EventClass& event_class) {
    event_class = EventClass::command;
    const uint32_t pid = host.next_pid++;
    v1::CommandStarted& c = *e.mutable_command_started();
    EventMaker::set_process(*c.mutable_command()->mutable_process(), pid, pid * 10ull);
    c.mutable_command()->set_exec_number(1);
    c.add_args("cmd" + std::to_string(below(50)));
    c.mutable_credentials()->set_euid(below(2) == 0 ? 0 : 1000);
    if (below(10) == 0) e.mutable_outcome()->set_result(O::RESULT_FAILURE);
    else host.running.emplace_back(pid, e.session_uid());
  }

  void fill_end(v1::Event& e, Host& host, EventClass& event_class) {
    event_class = EventClass::command;
    v1::ProcessEnded& end = *e.mutable_process_ended();
    uint32_t pid = host.next_pid++;
    if (!host.running.empty()) {
      pid = host.running.front().first;
      if (below(5) != 0) e.set_session_uid(host.running.front().second);
      host.running.pop_front();
    }
    EventMaker::set_process(*end.mutable_process(), pid, pid * 10ull);
    *end.mutable_command()->mutable_process() = end.process();
    end.mutable_command()->set_exec_number(1);
    if (below(5) != 0) end.set_exit_code(static_cast<uint32_t>(below(2)));
  }

  void fill_loss(v1::Event& e, Host& host) {
    v1::Loss& loss = *e.mutable_loss();
    const uint64_t before = below(3) == 0 ? 0 : below(host.order + 1);
    loss.set_order_before(before);
    loss.set_order_after(below(3) == 0 ? 0 : before + below(20));
    loss.set_count(1 + below(5));
    e.set_order(below(2) == 0 ? before : host.order);
  }

  IndexedEvent own() {
    v1::Event e;
    e.set_order(++own_.order);
    e.set_time_ns(kBase);
    if (below(2) == 0) e.mutable_agent_health()->add_agents("web" + std::to_string(below(3)));
    else e.mutable_collector_state()->set_change(v1::CollectorState::CHANGE_STARTED);
    return index(e, own_, EventClass::access);
  }

  IndexedEvent index(const v1::Event& e, Host& host, EventClass event_class) {
    IndexedEvent out;
    out.agent = host.name;
    out.event_class = event_class;
    out.stream.fill(static_cast<uint8_t>(host.name.back() + static_cast<int>(event_class)));
    out.epoch = host.epoch;
    out.sequence = ++host.sequences[static_cast<size_t>(event_class)];
    out.received_ns = kBase + static_cast<int64_t>(entry_) * kNsPerSecond;
    out.event = std::make_shared<const v1::Event>(e);
    return out;
  }

  static v1::Attribution::Confidence claimed() { return v1::Attribution::CONFIDENCE_CLAIMED; }
  std::string word(const std::vector<std::string>& words) { return words[below(words.size())]; }

  std::mt19937_64 random_;
  std::vector<Host> hosts_;
  Host own_;
  std::deque<IndexedEvent> late_;
  uint64_t entry_ = 0;
};

}  // namespace spoor::collector
