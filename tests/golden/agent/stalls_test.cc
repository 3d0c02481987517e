// An agent that is kept from reading, anywhere and for as long as it may be, and reads what has
// come meanwhile piece by piece, tells the same events as one that always read at once. And what a
// recorder wrote down, played, gives what the agent gave, in its order.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "agent/event_messages.h"
#include "agent/playback.h"
#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

constexpr int kStallsEach = 60;
constexpr int64_t kWakeNs = 25 * kNsPerMs;
constexpr int64_t kRestNs = 10 * kNsPerSecond;
const std::string kRecords = in_source("tests/golden/records");

struct Arrival {
  int64_t at_ns = 0;  // boottime
  std::string line;
};
struct Arrivals {
  std::deque<Arrival> records, messages;
  int64_t first_ns = 0, last_ns = 0;
  int64_t to_realtime_ns = 0;
};

Arrivals arrivals_of(const std::string& recording) {
  Arrivals all;
  for (size_t at = 0; at < recording.size();) {
    const size_t end = std::min(recording.find('\n', at), recording.size());
    const std::string line = recording.substr(at, end - at);
    at = end + 1;
    const auto item = parse_replay_line(line);
    if (const auto* clock = std::get_if<Instant>(&*item)) {
      if (all.first_ns == 0) all.first_ns = clock->boottime_ns;
      all.last_ns = clock->boottime_ns;
      all.to_realtime_ns = clock->realtime_ns - clock->boottime_ns;
    }
    if (std::holds_alternative<Datagram>(*item)) all.records.push_back({all.last_ns, line});
    if (std::holds_alternative<ProcessMessage>(*item)) all.messages.push_back({all.last_ns, line});
  }
  return all;
}

struct Stall {
  enum class Place { none, between_reads, before_receive, after_receive };
  Place place = Place::none;
  int64_t from_ns = 0, for_ns = 0;
};

// Reads as Capture does, from two sockets of lines.
class Agent {
 public:
  // So much a batch, so many batches a wake.
  Agent(Arrivals arrivals, size_t batch, int batches)
      : arrivals_(std::move(arrivals)),
        batch_(batch),
        batches_(batches),
        pipeline_(Host{}, std::nullopt, [this](const Fact& fact, Instant) {
          events.push_back(messages_.of(fact, Host{}));
        }) {}

  void run(Stall stall) {
    int64_t last_read_ns = arrivals_.last_ns;
    for (now_ns_ = arrivals_.first_ns; now_ns_ < last_read_ns + kRestNs; now_ns_ += kWakeNs) {
      if (!arrivals_.records.empty()) last_read_ns = std::max(last_read_ns, now_ns_);
      if (stall.place != Stall::Place::none && now_ns_ >= stall.from_ns) {
        if (stall.place == Stall::Place::between_reads) now_ns_ += stall.for_ns;
        stalled_ = std::exchange(stall, {});
      }
      wake();
      stalled_ = {};
    }
    pipeline_.close(now());
  }

  std::vector<v1::Event> events;
  std::string recording;

 private:
  Instant now() const { return {now_ns_ + arrivals_.to_realtime_ns, now_ns_}; }

  void wake() {
    for (int i = 0; i < batches_; ++i) {
      const Instant asked = now();
      if (stalled_.place == Stall::Place::before_receive) now_ns_ += stalled_.for_ns;
      std::vector<std::string> received;
      while (received.size() < batch_ && !arrivals_.records.empty() &&
             arrivals_.records.front().at_ns <= now_ns_) {
        received.push_back(std::move(arrivals_.records.front().line));
        arrivals_.records.pop_front();
      }
      if (stalled_.place == Stall::Place::after_receive) now_ns_ += stalled_.for_ns;
      stalled_ = {};
      bool told = false;
      while (!arrivals_.messages.empty() && arrivals_.messages.front().at_ns <= now_ns_) {
        record(arrivals_.messages.front().line, told);
        const auto item = parse_replay_line(arrivals_.messages.front().line);
        pipeline_.on_process(std::get<ProcessMessage>(*item), now());
        arrivals_.messages.pop_front();
      }
      for (const std::string& line : received) {
        record(line, told);
        pipeline_.on_record(std::get<Datagram>(*parse_replay_line(line)), now());
      }
      if (received.size() == batch_) continue;
      pipeline_.audit_drained(asked);
      break;
    }
    pipeline_.tick(now());
  }

  void record(const std::string& line, bool& told) {
    if (!std::exchange(told, true)) {
      recording += "clock real_ns=" + std::to_string(now().realtime_ns) +
                   " boot_ns=" + std::to_string(now_ns_) + "\n";
    }
    recording += line + "\n";
  }

  Arrivals arrivals_;
  const size_t batch_;
  const int batches_;
  int64_t now_ns_ = 0;
  Stall stalled_;
  EventMessages messages_;
  Pipeline pipeline_;
};

std::vector<std::string> said(std::vector<v1::Event> events, bool in_order) {
  std::vector<std::string> lines;
  for (v1::Event& event : events) {
    if (!in_order) {
      event.clear_order();
      event.clear_read();
    }
    lines.push_back(line_of(event));
  }
  if (!in_order) std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<Arrivals> all_arrivals() {
  PosixFiles files;
  std::vector<Arrivals> all;
  const auto names = files.list(kRecords);
  if (!names.is_ok()) return all;
  for (const std::string& name : *names) {
    if (!name.ends_with(".rec")) continue;
    const auto text = read_file(files, kRecords + "/" + name, 16u << 20);
    if (text.is_ok()) all.push_back(arrivals_of(*text));
  }
  return all;
}

TEST(Stalls, AnywhereGiveTheSameEvents) {
  std::mt19937_64 random(4711);
  int stalls = 0;
  for (const Arrivals& arrivals : all_arrivals()) {
    Agent steady(arrivals, 1'000'000, 1);
    steady.run({});
    const auto want = said(steady.events, false);
    for (int i = 0; i < kStallsEach; ++i, ++stalls) {
      Stall stall;
      stall.place = static_cast<Stall::Place>(1 + random() % 3);
      const auto span_ns = static_cast<uint64_t>(arrivals.last_ns - arrivals.first_ns + 1);
      stall.from_ns = arrivals.first_ns + static_cast<int64_t>(random() % span_ns);
      stall.for_ns = static_cast<int64_t>(random() % 6'000) * kNsPerMs;
      Agent agent(arrivals, 1 + random() % 9, 1 + static_cast<int>(random() % 3));
      agent.run(stall);
      const auto have = said(agent.events, false);
      ASSERT_EQ(have.size(), want.size()) << "stall " << stalls;
      for (size_t at = 0; at < want.size(); ++at) {
        ASSERT_EQ(have[at], want[at]) << "stall " << stalls;
      }
    }
  }
  EXPECT_GT(stalls, 1'000);
}

TEST(Stalls, ARecordingGivesWhatItsAgentGave) {
  for (const Arrivals& arrivals : all_arrivals()) {
    Agent agent(arrivals, 1'000'000, 1);
    agent.run({});
    std::vector<v1::Event> played;
    EventMessages messages;
    Pipeline pipeline(Host{}, std::nullopt, [&](const Fact& fact, Instant) {
      played.push_back(messages.of(fact, Host{}));
    });
    play(agent.recording, pipeline);
    const auto have = said(played, true), want = said(agent.events, true);
    ASSERT_EQ(have.size(), want.size());
    for (size_t at = 0; at < want.size(); ++at) ASSERT_EQ(have[at], want[at]);
  }
}

}  // namespace
}  // namespace spoor::agent
