#include "collector/identity/agent_watch.h"

#include "tests/support/fake_clock.h"

namespace spoor::collector {
namespace {

using Health = v1::AgentHealth;

// Agents that send a Status every 10 s and a collector that looks every second.
class AgentWatchTest : public testing::Test {
 protected:
  void enrol(const std::string& name) {
    AgentRecord record;
    record.name = name;
    record.certificate_until_s = clock_.now().realtime_ns / kNsPerSecond + 1'000'000;
    records_.push_back(record);
    is_known_ = false;
  }
  void speak(const std::string& name) {
    AgentReport& report = reports_[name];
    report.agent = name;
    report.received = clock_.now();
    report.host = clock_.now();
    if (!stalled_.contains(name)) count(report);
  }
  // What the agent writes.
  void count(AgentReport& report) {
    ++report.counter;
    report.counted_ns = clock_.now().boottime_ns;
  }
  // Each agent speaks at its own second of ten.
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.advance_ns(kNsPerSecond);
      ++second_;
      for (size_t j = 0; j < records_.size(); ++j) {
        const std::string& name = records_[j].name;
        if (!silent_.contains(name) && (second_ + j) % 10 == 0) speak(name);
      }
      look();
    }
  }
  // As the collector does: with what is news.
  void look() {
    std::vector<AgentReport> reports;
    for (const auto& [name, report] : reports_) {
      if (report.received.boottime_ns > looked_ns_) reports.push_back(report);
    }
    looked_ns_ = clock_.now().boottime_ns;
    if (!std::exchange(is_known_, true)) watch_.know(records_);
    looked_at_ = watch_.look(clock_.now(), accepting_, reports);
  }
  // `silent web1`, `stalled web1 ended`, `mass_silence 500`.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const v1::Event& event : events_) {
      const Health& health = event.agent_health();
      std::string text = Health::Condition_Name(health.condition()).substr(10);
      for (char& c : text) c = static_cast<char>(std::tolower(c));
      text += health.count() == 1 ? " " + health.agents(0) : " " + std::to_string(health.count());
      out.push_back(text + (health.has_ended() ? " ended" : ""));
    }
    events_.clear();
    return out;
  }
  std::vector<AgentState> states(const std::string& name) {
    for (const AgentView& view : watch_.agents())
      if (view.record.name == name) return view.states;
    return {};
  }
  using Told = std::vector<std::string>;
  using States = std::vector<AgentState>;

  FakeClock clock_;
  std::vector<v1::Event> events_;
  AgentWatch watch_{{}, [this](v1::Event event) { events_.push_back(std::move(event)); }};
  std::vector<AgentRecord> records_;
  std::map<std::string, AgentReport> reports_;
  std::set<std::string> silent_, stalled_;
  bool accepting_ = true;
  bool is_known_ = false;
  int64_t looked_ns_ = 0;
  size_t second_ = 0;
  size_t looked_at_ = 0;
};

TEST_F(AgentWatchTest, NothingIsToldOfWhoIsWell) {
  enrol("web1");
  run(600);
  EXPECT_EQ(told(), Told());
  EXPECT_EQ(states("web1"), States{AgentState::connected});
}

TEST_F(AgentWatchTest, OneFallsSilentAndComesBack) {
  enrol("web1");
  run(100);
  silent_ = {"web1"};
  run(30);
  EXPECT_EQ(told(), Told{"silent web1"});
  EXPECT_EQ(states("web1"), States{AgentState::silent});
  run(600);
  EXPECT_EQ(told(), Told());
  silent_.clear();
  run(60);
  EXPECT_EQ(told(), Told());
  run(11);
  EXPECT_EQ(told(), Told{"silent web1 ended"});
}

TEST_F(AgentWatchTest, AStalledAgentBehindALivingUplink) {
  enrol("web1");
  run(100);
  stalled_ = {"web1"};
  run(30);
  EXPECT_EQ(told(), Told{"stalled web1"});
  stalled_.clear();
  run(71);
  EXPECT_EQ(told(), Told{"stalled web1 ended"});
}

// However long behind a Status it wrote once more. Its uplink, which looks twice a second, is half
// a second late each time.
TEST_F(AgentWatchTest, AStallIsToldWithinHalfAMinute) {
  for (const int wrote_at : {0, 2, 4, 5, 6, 7, 9, 20}) {  // half seconds behind a Status
    reports_.clear();
    const std::string name = "web" + std::to_string(wrote_at);
    enrol(name);
    is_known_ = false;
    for (int i = 0; i < 10; ++i) {
      clock_.advance_ns(10 * kNsPerSecond);
      speak(name);
      look();
    }
    told();
    stalled_ = {name};
    for (int half = 1; half <= wrote_at + 60; ++half) {
      if (half - 1 == wrote_at) count(reports_[name]);
      clock_.advance_ns(kNsPerSecond / 2);
      if (half % 21 == 0) speak(name);
      if (half % 2 == 0) look();
    }
    const Told all = told();
    EXPECT_EQ(std::count(all.begin(), all.end(), "stalled " + name), 1) << name;
  }
}

// A collector that begins, or whose disk was full, has heard nobody: that is not their silence.
TEST_F(AgentWatchTest, SilenceCountsOnlyWhileAgentsAreAccepted) {
  enrol("web1");
  silent_ = {"web1"};
  run(88);
  EXPECT_EQ(told(), Told());
  run(3);
  EXPECT_EQ(told(), Told{"silent web1"});
  silent_.clear();
  run(60);
  EXPECT_EQ(told(), Told());
  run(11);
  EXPECT_EQ(told(), Told{"silent web1 ended"});
  silent_ = {"web1"};
  accepting_ = false;
  run(3600);
  EXPECT_EQ(told(), Told());
  accepting_ = true;
  run(60);
  EXPECT_EQ(told(), Told());
  run(31);
  EXPECT_EQ(told(), Told{"silent web1"});
}

// Its own disk stood still, say, which is not their silence either.
TEST_F(AgentWatchTest, TimeInWhichNobodyLookedDoesNotCount) {
  for (int i = 0; i < 50; ++i) enrol("web" + std::to_string(i));
  run(100);
  clock_.advance_ns(40 * kNsPerSecond);
  run(60);
  EXPECT_EQ(told(), Told());
}

// Who has come back after a start and then dies is told as fast as at any other time.
TEST_F(AgentWatchTest, TheTimeToComeBackIsOnlyForWhoDidNot) {
  enrol("web1");
  run(10);
  silent_ = {"web1"};
  run(30);
  EXPECT_EQ(told(), Told{"silent web1"});
}

TEST_F(AgentWatchTest, AMassSilenceIsOneEventAndSoIsItsEnd) {
  for (int i = 0; i < 500; ++i) enrol("web" + std::to_string(i));
  run(100);
  for (const AgentRecord& record : records_) silent_.insert(record.name);
  run(60);
  EXPECT_EQ(told(), Told{"mass_silence 500"});
  silent_.clear();
  run(20);
  EXPECT_EQ(told(), Told{"mass_silence 0 ended"});
  run(100);
  EXPECT_EQ(told(), Told());
}

TEST_F(AgentWatchTest, AMassThatStaysAwayInPart) {
  for (int i = 0; i < 500; ++i) enrol("web" + std::to_string(i));
  run(100);
  for (const AgentRecord& record : records_) silent_.insert(record.name);
  run(60);
  EXPECT_EQ(told(), Told{"mass_silence 500"});
  silent_ = {"web7"};
  run(20);
  EXPECT_EQ(told(), Told());
  EXPECT_EQ(states("web7"), States{AgentState::silent});
  silent_.insert("web8");
  run(30);
  EXPECT_EQ(told(), Told{"silent web8"});
}

TEST_F(AgentWatchTest, AFewOfManyAreToldByName) {
  for (int i = 0; i < 500; ++i) enrol("web" + std::to_string(i));
  run(100);
  for (int i = 0; i < 9; ++i) silent_.insert("web" + std::to_string(i));
  run(60);
  EXPECT_EQ(told().size(), 9u);
}

TEST_F(AgentWatchTest, SomebodySetsAHostsClock) {
  enrol("web1");
  run(20);
  reports_["web1"].host = clock_.now();
  speak("web1");
  look();
  clock_.advance_ns(kNsPerSecond);
  AgentReport& report = reports_["web1"];
  report.received = report.host = clock_.now();
  report.host.realtime_ns += 2 * kNsPerSecond;
  look();
  EXPECT_EQ(told(), Told());  // not over 2 s
  clock_.advance_ns(kNsPerSecond);
  report.received = report.host = clock_.now();
  report.host.realtime_ns -= 60 * kNsPerSecond;
  look();
  EXPECT_EQ(told(), (Told{"clock_step web1", "skewed web1"}));
  clock_.advance_ns(kNsPerSecond);
  // Another boot: its clocks begin anew, and that is no step.
  report.received = report.host = clock_.now();
  report.host.boottime_ns = 5;
  look();
  EXPECT_EQ(told(), Told());
  for (int i = 0; i < 60; ++i) {
    clock_.advance_ns(kNsPerSecond);
    report.received = clock_.now();
    report.host.realtime_ns += kNsPerSecond;
    report.host.boottime_ns += kNsPerSecond;
    ++report.counter;
    look();
  }
  EXPECT_EQ(told(), Told{"skewed web1 ended"});
}

// A host that would fill the list for others.
TEST_F(AgentWatchTest, WhatComesAndGoesIsToldOnceAMinute) {
  enrol("web1");
  run(20);
  told();
  int64_t offset_ns = 0;
  size_t steps = 0, changes = 0;
  for (int i = 0; i < 600; ++i) {
    clock_.advance_ns(kNsPerSecond);
    offset_ns = 3600 * kNsPerSecond - offset_ns;
    AgentReport& report = reports_["web1"];
    report.received = report.host = clock_.now();
    report.host.realtime_ns += offset_ns;
    ++report.counter;
    look();
    for (const v1::Event& event : events_) {
      const bool is_step = event.agent_health().condition() == Health::CONDITION_CLOCK_STEP;
      ++(is_step ? steps : changes);
      if (!is_step) continue;
      EXPECT_EQ(event.agent_health().count(), steps == 1 ? 1u : 60u) << steps;
    }
    events_.clear();
  }
  EXPECT_EQ(steps, 10u);
  EXPECT_EQ(changes, 1u);  // it is skewed
}

TEST_F(AgentWatchTest, LossesAreShownForAnHour) {
  enrol("web1");
  run(20);
  reports_["web1"].lost = 7;
  run(20);
  EXPECT_EQ(told(), Told{"lossy web1"});
  run(3660);
  EXPECT_EQ(told(), Told{"lossy web1 ended"});
}

TEST_F(AgentWatchTest, WhatAHostSaysMayBeAnything) {
  enrol("web1");
  run(20);
  for (const int64_t any : {INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{1} << 61, int64_t{1}}) {
    AgentReport& report = reports_["web1"];
    clock_.advance_ns(kNsPerSecond);
    report.received = clock_.now();
    report.host = {any, any};
    report.oldest_unsent_ns = any;
    report.lost = report.counter = static_cast<uint64_t>(any);
    look();
    EXPECT_FALSE(states("web1").empty());
  }
}

TEST_F(AgentWatchTest, RevokedExpiredAndCloned) {
  enrol("web1");
  run(20);
  watch_.note_clone("web1");
  run(1);
  EXPECT_EQ(told(), Told{"clone web1"});
  run(3670);
  EXPECT_EQ(told(), Told{"clone web1 ended"});
  records_[0].certificate_until_s = clock_.now().realtime_ns / kNsPerSecond;
  is_known_ = false;
  run(1);
  EXPECT_EQ(told(), Told{"expired web1"});
  records_[0].revoked_s = 1;
  is_known_ = false;
  silent_ = {"web1"};
  run(600);
  EXPECT_EQ(told(), Told());
  EXPECT_EQ(states("web1").front(), AgentState::revoked);
}

// With ten thousand of them this comes every second.
TEST_F(AgentWatchTest, OnlyWhatIsDueIsLookedAt) {
  for (int i = 0; i < 500; ++i) enrol("web" + std::to_string(i));
  run(100);
  for (int i = 0; i < 500; i += 2) silent_.insert("web" + std::to_string(i));
  for (int i = 0; i < 90; ++i) {
    run(1);
    EXPECT_LE(looked_at_, 100u) << i;
  }
  EXPECT_EQ(told(), Told{"mass_silence 250"});
  EXPECT_EQ(states("web2"), States{AgentState::silent});
}

// An agent over the Unix socket has no certificate; one that was never heard is nobody.
TEST_F(AgentWatchTest, WhoIsNotEnrolledIsShownOnceHeard) {
  watch_.remember({{"gone", 7, 0, 0, 0, 0, ""}});
  watch_.note_clone("nobody");
  speak("local");
  look();
  ASSERT_EQ(watch_.agents().size(), 1u);
  EXPECT_EQ(watch_.agents()[0].record.name, "local");
  EXPECT_FALSE(watch_.agents()[0].is_enrolled);
  run(100);
  EXPECT_EQ(told(), Told{"silent local"});
}

}  // namespace
}  // namespace spoor::collector
