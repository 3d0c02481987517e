#include "collector/agent_desk.h"

#include "collector/identity/authority_messages.h"
#include "tests/support/fake_clock.h"
#include "tests/support/stream_writer.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

class AgentDeskTest : public testing::Test {
 protected:
  AgentDeskTest() { open(); }
  void open() {
    desk_.reset();
    AgentDesk::Hooks hooks;
    hooks.tell = [this](v1::Event event) { events_.push_back(std::move(event)); };
    hooks.ask = [this](std::string_view question) -> Result<std::string> {
      if (ca_is_down_) return unavailable("no CA");
      return answer_question(authority_, question, now_s());
    };
    hooks.reports = [this] { return reports_; };
    hooks.is_accepting = [] { return true; };
    hooks.cut = [this](const std::vector<Revocation>& revoked) {
      for (const Revocation& one : revoked) cut_.push_back(one.serial);
    };
    auto opened = AgentDesk::open(folder_ / "state.db", {}, clock_, 7, std::move(hooks));
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    desk_ = std::move(opened).value();
  }
  int64_t now_s() const { return clock_.now().realtime_ns / kNsPerSecond; }
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.advance_ns(kNsPerSecond);
      desk_->step();
    }
  }
  std::string enrol_token() {
    return authority_.tokens().create({"*", {}, 60, 1}, "uid 0", now_s()).value();
  }
  std::string enrol() {
    return desk_->enrolment()
        .enrol({enrol_token(), sample_request(), std::string(16, 1), "web1", std::string(32, 'k')},
               "a")
        ->serial;
  }
  std::vector<std::string> operations() {
    std::vector<std::string> out;
    for (const v1::Event& event : events_)
      if (event.has_operator_action()) out.push_back(event.operator_action().operation());
    events_.clear();
    return out;
  }
  using Told = std::vector<std::string>;

  TempFolder folder_;
  FakeClock clock_;
  const SampleCa ca_;
  Authority authority_ =
      Authority::open(":memory:", ca_.key.to_pem().value(), ca_.chain()).value();
  bool ca_is_down_ = false;
  std::vector<AgentReport> reports_;
  std::vector<v1::Event> events_;
  std::vector<std::string> cut_;
  std::unique_ptr<AgentDesk> desk_;
};

TEST_F(AgentDeskTest, WhatTheCommandLineRevokesIsCutAndToldWithinASecond) {
  const std::string serial = enrol();
  run(1);
  operations();
  const auto command_line = Registry::open(folder_ / "state.db").value();
  ASSERT_TRUE(command_line->revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  run(1);
  EXPECT_EQ(cut_, std::vector<std::string>{serial});
  EXPECT_EQ(desk_->registry().standing(serial), Registry::Standing::revoked);
  EXPECT_EQ(operations(), Told{"agent revoke"});
  EXPECT_EQ(desk_->agents().at(0).states.front(), AgentState::revoked);
  run(5);
  EXPECT_EQ(operations(), Told());
}

TEST_F(AgentDeskTest, OnlyACertificateThatTheRegistryKnowsIsHeard) {
  const std::string serial = enrol();
  EXPECT_FALSE(desk_->judge({"web1", Id{1}, serial}));
  // By the CA's key and not by enrolment, or newer than this registry: the CA is to say.
  EXPECT_EQ(desk_->judge({"web1", Id{1}, "4a"})->code, v1::Refuse::CODE_EXPIRED);
  EXPECT_EQ(desk_->judge({"web9", Id{9}, "4a"})->code, v1::Refuse::CODE_EXPIRED);
  ASSERT_TRUE(desk_->registry().revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  EXPECT_EQ(desk_->judge({"web1", Id{1}, serial})->code, v1::Refuse::CODE_REVOKED);
  EXPECT_EQ(desk_->judge({"web1", Id{1}, "4a"})->code, v1::Refuse::CODE_REVOKED);
}

// The command line was used while no collector ran.
TEST_F(AgentDeskTest, WhatWasRevokedMeanwhileIsToldAtTheNextStart) {
  enrol();
  desk_.reset();
  const auto command_line = Registry::open(folder_ / "state.db").value();
  ASSERT_TRUE(command_line->revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  events_.clear();
  ca_is_down_ = true;
  open();
  run(1);
  EXPECT_EQ(operations(), Told{"agent revoke"});
}

TEST_F(AgentDeskTest, TokensAreToldOnceAlsoOverARestart) {
  enrol();
  run(1);
  EXPECT_EQ(operations(), (Told{"enrol", "token create"}));
  open();
  run(20);
  EXPECT_EQ(operations(), Told());
  ca_is_down_ = true;
  enrol_token();
  run(20);
  EXPECT_EQ(operations(), Told());
  ca_is_down_ = false;
  run(10);
  EXPECT_EQ(operations(), Told{"token create"});
}

TEST_F(AgentDeskTest, WhenAnAgentWasSeenOutlivesTheCollector) {
  enrol();
  AgentReport report;
  report.agent = "web1";
  report.received = clock_.now();
  report.version = "0.1.0";
  reports_ = {report};
  run(60);
  reports_.clear();
  open();
  run(1);
  ASSERT_EQ(desk_->agents().size(), 1u);
  EXPECT_EQ(desk_->agents()[0].last_seen_ns, report.received.realtime_ns);
  EXPECT_EQ(desk_->agents()[0].report.version, "0.1.0");
}

// It can be read and not written: a full disk, say.
TEST_F(AgentDeskTest, WhatStateDbDoesNotTakeIsToldOnceAllTheSame) {
  enrol();
  run(10);
  operations();
  constexpr const char* kAsItIs[] = {"", "", "", ""};
  Database other = Database::open(folder_ / "state.db", kAsItIs).value();
  ASSERT_TRUE(other.run("CREATE TRIGGER one BEFORE UPDATE ON revocations "
                        "BEGIN SELECT RAISE(FAIL, 'full'); END").is_ok());
  ASSERT_TRUE(other.run("CREATE TRIGGER two BEFORE INSERT ON positions "
                        "BEGIN SELECT RAISE(FAIL, 'full'); END").is_ok());
  const auto command_line = Registry::open(folder_ / "state.db").value();
  ASSERT_TRUE(command_line->revoke("web1", "stolen", "uid 0", now_s()).is_ok());
  enrol_token();
  run(40);
  EXPECT_EQ(operations(), (Told{"agent revoke", "token create"}));
  EXPECT_EQ(cut_.size(), 1u);
  ASSERT_TRUE(other.run("DROP TRIGGER one").is_ok());
  ASSERT_TRUE(other.run("DROP TRIGGER two").is_ok());
  run(20);
  open();
  run(20);
  EXPECT_EQ(operations(), Told());
}

// Once, over a restart, too; entries behind the end of a log that came back older are new ones.
TEST_F(AgentDeskTest, ABadCheckpointIsAnEventAndAFact) {
  enrol();
  run(1);
  operations();
  StreamWriter stream(1, EventClass::access);
  LogEntry entry;
  entry.agent = "web1";
  entry.block = stream.checkpoint().block;
  const OpenBlock block = OpenBlock::open(as_bytes(entry.block)).value();
  const auto look = [&](uint64_t number) {
    entry.number = number;
    desk_->checkpoints().look(entry, block.frames().front());
    return operations();
  };
  EXPECT_EQ(look(7), Told{"checkpoint refused"});
  EXPECT_EQ(desk_->agents().at(0).bad_checkpoint_ns, clock_.now().realtime_ns);
  EXPECT_EQ(look(8), Told());  // the same of the same
  run(60);
  open();
  EXPECT_EQ(look(7), Told());
  EXPECT_EQ(look(8), Told{"checkpoint refused"});
}

}  // namespace
}  // namespace spoor::collector
