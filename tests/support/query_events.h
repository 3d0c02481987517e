// Events as queries find them: of few hosts, people, sessions and files, so that many are like one
// another, with every field that can be asked for, and some with anything in them. And what is
// known of them outside of the index.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/naive_event.h"
#include "tests/support/query_event_kinds.h"
#include "tests/support/random_event.h"

namespace spoor::collector {

class QueryEvents {
 public:
  // Processes do anything, or only what an honest agent tells of them.
  enum class Processes { wild, honest };
  explicit QueryEvents(uint64_t seed, size_t count, Processes processes = Processes::wild)
      : draw_(seed), is_wild_(processes == Processes::wild) {
    for (size_t i = 0; i < count; ++i) {
      events_.push_back(below(3) == 0 ? draw_half(i) : draw(i));
    }
  }

  const std::vector<IndexedEvent>& events() const { return events_; }
  // Frames of ten events each.
  static uint64_t entry_of(size_t event) { return 1 + event / 10; }

  Outside outside() const {
    Outside out;
    out.labels = [](std::string_view host) -> Outside::Labels {
      if (host == "db-1") return {{"env", "prod"}, {"role", "db"}};
      if (host == "web1") return {{"env", "Prod"}, {"role", "web"}, {"role", "cache"}};
      if (host == "web2") return {{"env", "test"}};
      return {};
    };
    out.keys = [](std::string_view host, std::string_view session) -> Words {
      if (session.size() != 16 || session[0] % 2 == 0) return {};
      return {"SHA256:" + std::string(host), std::string(1, session[0]) + "@corp"};
    };
    // Ann's account was Bob's before.
    out.person = [](std::string_view, std::string_view user, std::string_view key,
                    int64_t time_ns) -> std::string {
      if (key.ends_with("@corp")) return "Carla";
      if (user == "alice") return time_ns < kBegin + kHour ? "Bob" : "Ann";
      return user == "root" ? "Dora" : "";
    };
    out.full_text = [this](const EventPlace& at, Text column) -> Result<Words> {
      for (size_t i = (at.entry - 1) * 10; i < events_.size() && i < at.entry * 10; ++i) {
        if (events_[i].sequence == at.sequence) return words_of(events_[i], column);
      }
      return not_found("no such event");
    };
    return out;
  }

 private:
  static constexpr int64_t kHour = 3'600'000'000'000;
  static constexpr int64_t kBegin = 1'795'300'000'000'000'000;

  uint64_t below(uint64_t bound) { return draw_.below(bound); }
  bool often() { return draw_.often(); }
  std::string any_of(std::initializer_list<const char*> all) { return draw_.any_of(all); }
  uint64_t any_of(std::initializer_list<uint64_t> all) { return draw_.any_of(all); }

  // As an event is in the log, whatever its length.
  Words words_of(const IndexedEvent& event, Text column) const {
    const Outside none;
    const NaiveEvent naive(event, none);
    const std::map<Text, Field> fields = {
        {Text::command, Field::arg}, {Text::exe, Field::exe}, {Text::cwd, Field::cwd},
        {Text::files, Field::file}, {Text::input, Field::input}, {Text::terminal, Field::tty},
        {Text::user, Field::user}, {Text::as, Field::as}};
    Words out = naive.texts(fields.at(column));
    // Behind the name stands its number, which is no text of the column.
    if (column == Text::user || column == Text::as) out.resize(1);
    return out;
  }

  IndexedEvent draw(size_t number) {
    v1::Event e;
    do {
      e.Clear();
      if (below(6) == 0) {
        e = RandomEvent(below(UINT64_MAX)).event();
      } else {
        fill(e);
        draw_.fill_kind(e);
      }
    } while (!is_wild_ && (e.has_command_started() || e.has_process_ended()));
    return indexed(number, std::move(e), any_of({"web1", "web2", "db-1", "WEB-3"}));
  }

  IndexedEvent indexed(size_t number, v1::Event e, std::string agent) {
    e.set_time_ns(time());
    e.set_order(number + 1);
    IndexedEvent out;
    out.agent = std::move(agent);
    out.stream.fill(7);
    out.epoch = 1;
    out.sequence = number + 1;
    out.received_ns = e.time_ns() + 1;
    out.event = std::make_shared<const v1::Event>(std::move(e));
    return out;
  }

  // A start or an end of a process that has others.
  IndexedEvent draw_half(size_t number) {
    if (processes_.empty() || below(3) == 0) {
      Process process;
      process.agent = any_of({"web1", "web2", "db-1", "WEB-3"});
      fill(process.event);
      process.key.set_pid(1 + static_cast<uint32_t>(is_wild_ ? below(50) : number));
      if (below(8) != 0) process.key.set_birth_ns(1 + below(1000));
      processes_.push_back(std::move(process));
    }
    const size_t at = below(processes_.size());
    Process& process = processes_[at];
    v1::Event e = process.event;
    const bool may_end = process.exec > 0 && !process.has_ended;
    const bool is_early = !may_end && !process.has_ended && process.key.birth_ns() != 0;
    const bool is_end = may_end ? below(3) != 0 : (is_wild_ || is_early) && below(8) == 0;
    v1::CommandRef command;
    *command.mutable_process() = process.key;
    if (is_end) {
      draw_.fill_end(e);
      *e.mutable_process_ended()->mutable_process() = process.key;
      command.set_exec_number(may_end ? process.last : process.exec + 1);
      *e.mutable_process_ended()->mutable_command() = command;
    } else {
      if (!is_wild_ || below(15) != 0) ++process.exec;
      draw_.fill_start(e);
      const bool failed = below(6) == 0 && !process.has_ended;
      e.mutable_outcome()->set_result(failed ? v1::Outcome::RESULT_FAILURE
                                             : v1::Outcome::RESULT_SUCCESS);
      if (!failed || !process.has_run) process.last = process.exec;
      process.has_run = process.has_run || !failed;
      command.set_exec_number(process.exec);
      *e.mutable_command_started()->mutable_command() = command;
    }
    const bool is_over = is_end ? may_end : process.has_ended;
    process.has_ended = is_end;
    const std::string agent = process.agent;
    if (is_over && (!is_wild_ || below(8) != 0))
      processes_.erase(processes_.begin() + static_cast<ptrdiff_t>(at));
    return indexed(number, std::move(e), agent);
  }

  // Some have the same time, and few are of long ago.
  int64_t time() {
    if (below(200) == 0) return static_cast<int64_t>(below(3)) - 1;
    const auto ms = static_cast<int64_t>(below(below(2) ? 50 : 7'200'000));
    return kBegin + ms * 1'000'000 + static_cast<int64_t>(below(2) * below(1'000'000));
  }

  void fill(v1::Event& e) {
    if (often()) {
      const size_t session = below(6);
      e.set_session_uid(std::string(16, static_cast<char>('a' + session)));
      e.mutable_session()->set_ses(static_cast<uint32_t>(session));
    }
    if (often()) e.mutable_kernel()->set_boot_id(any_of({"0123456789abcdef", "zy23456789abcdef"}));
    if (often()) e.mutable_actor()->set_login_name(any_of({"alice", "bob", "root", "10"}));
    if (often()) {
      e.mutable_actor()->set_login_uid(static_cast<uint32_t>(any_of({0, 10, 1000, 1001})));
    }
    if (often()) e.mutable_actor()->set_name(any_of({"root", "alice", "www-data"}));
    if (often()) e.mutable_actor()->set_id(any_of({"0", "33", "1000", "01", "4294967295"}));
    if (below(3) == 0) e.mutable_source()->set_address(draw_.address());
    if (below(3) == 0) e.mutable_source()->set_port(draw_.port());
    if (below(3) == 0) e.mutable_source()->set_terminal(any_of({"pts/0", "pts/11", "tty1"}));
    if (often()) {
      e.mutable_outcome()->set_result(static_cast<v1::Outcome::Result>(below(3)));
    }
    if (below(3) == 0) e.mutable_place()->set_unit(any_of({"ssh.service", "cron.service"}));
    if (below(5) == 0) e.mutable_place()->set_container(any_of({"4f3a", "77b0"}));
  }

  struct Process {
    std::string agent;
    v1::Event event;  // what it says of itself
    v1::ProcessKey key;
    uint32_t exec = 0;
    uint32_t last = 0;  // that its end names
    bool has_run = false, has_ended = false;
  };

  QueryEventKinds draw_;
  const bool is_wild_;
  std::vector<Process> processes_;
  std::vector<IndexedEvent> events_;
};

}  // namespace spoor::collector
