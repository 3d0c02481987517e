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
  explicit QueryEvents(uint64_t seed, size_t count) : draw_(seed) {
    for (size_t i = 0; i < count; ++i) events_.push_back(draw(i));
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
    out.full_text = [this](uint64_t entry, uint64_t sequence, Text column) -> Result<Words> {
      for (size_t i = (entry - 1) * 10; i < events_.size() && i < entry * 10; ++i) {
        if (events_[i].sequence == sequence) return words_of(events_[i], column);
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
    if (below(6) == 0) {
      e = RandomEvent(below(UINT64_MAX)).event();
    } else {
      fill(e);
      draw_.fill_kind(e);
    }
    e.set_time_ns(time());
    IndexedEvent out;
    out.agent = any_of({"web1", "web2", "db-1", "WEB-3"});
    out.stream.fill(7);
    out.epoch = 1;
    out.sequence = number + 1;
    out.received_ns = e.time_ns() + 1;
    out.event = std::make_shared<const v1::Event>(std::move(e));
    return out;
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

  QueryEventKinds draw_;
  std::vector<IndexedEvent> events_;
};

}  // namespace spoor::collector
