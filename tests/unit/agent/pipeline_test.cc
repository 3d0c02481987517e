#include "agent/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "agent/limits.h"
#include "agent/redact/redactor.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

// One exec event of three records and its end.
std::vector<Datagram> exec_records(const std::string& id) {
  static std::vector<std::string> kept;  // views must outlive the calls
  kept.clear();
  kept.push_back("audit(" + id +
                 "): arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 "
                 "items=0 ppid=1 pid=77 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 "
                 "egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 comm=\"id\" exe=\"/usr/bin/id\" "
                 "key=\"spoor-commands\"");
  kept.push_back("audit(" + id + "): argc=1 a0=\"id\"");
  kept.push_back("audit(" + id + "): cwd=\"/\"");
  kept.push_back("audit(" + id + "): ");
  return {{1300, kept[0]}, {1309, kept[1]}, {1307, kept[2]}, {1320, kept[3]}};
}

class PipelineTest : public ::testing::Test {
 protected:
  std::unique_ptr<Pipeline> make(std::optional<uint32_t> only = std::nullopt) {
    return std::make_unique<Pipeline>(host_, WriterPlace{}, only, [this](PipelineFrame&& frame) {
      marks_.push_back(frame.mark);
      const auto block = OpenBlock::open(as_bytes(frame.frame.block));
      ASSERT_TRUE(block.is_ok()) << block.status().message();
      for (const FrameEntry& entry : block->frames()[0].entries) {
        ASSERT_TRUE(events_.emplace_back().ParseFromArray(entry.fields->data(),
                                                          static_cast<int>(entry.fields->size())));
        text_ += *entry.text;
      }
    });
  }
  static Instant at_ms(int64_t ms) {
    return {1'700'000'000 * kNsPerSecond + ms * kNsPerMs, ms * kNsPerMs};
  }
  static void feed(Pipeline& pipeline, const std::string& id, Instant now, size_t from = 0,
                   size_t to = 4) {
    const auto records = exec_records(id);
    for (size_t i = from; i < to; ++i) pipeline.on_record(records[i], now);
  }

  Host host_;
  std::vector<v1::Event> events_;
  std::vector<LedgerMark> marks_;
  std::string text_;
};

TEST_F(PipelineTest, RecordsBecomeASealedEventWithItsOrder) {
  auto pipeline = make();
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  EXPECT_TRUE(events_.empty());
  pipeline->tick(at_ms(1000));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].order(), 1u);
  EXPECT_EQ(events_[0].command_started().args(0), "id");
  EXPECT_EQ(marks_[0].accounted, 1u);
  EXPECT_EQ(marks_[0].low_water, marks_[0].greatest);
}

TEST_F(PipelineTest, ResetOfTheKernelsCounterIsToldWithWhoAndForgetsNoLoss) {
  auto pipeline = make();
  pipeline->kernel_status({.asked = at_ms(0), .lost = 5, .tick_ns = 4 * kNsPerMs}, at_ms(0));
  const std::string id = "audit(1700000000.001:10): ";
  const std::string config = id + "op=set lost=0 old=9 auid=1000 ses=3 subj=unconfined res=1";
  int heard = 0;
  pipeline->config_changed = [&](const AuditEvent& event) {
    heard += event.bytes(event.config->setting) == "lost";
  };
  pipeline->on_record({1305, config}, at_ms(1));
  feed(*pipeline, "1700000000.001:10", at_ms(1));  // whose system call it was
  pipeline->kernel_status({.asked = at_ms(2), .lost = 2, .tick_ns = 4 * kNsPerMs}, at_ms(2));
  pipeline->close(at_ms(3));
  EXPECT_EQ(heard, 1);
  const v1::Event *state = nullptr, *loss = nullptr;
  for (const v1::Event& event : events_) {
    if (event.has_agent_state()) state = &event;
    if (event.has_loss()) loss = &event;
  }
  ASSERT_TRUE(state);
  EXPECT_EQ(state->agent_state().change(), v1::AgentState::CHANGE_COUNTER_RESET);
  EXPECT_EQ(state->agent_state().count(), 9u);
  EXPECT_EQ(state->agent_state().other_pid(), 77u);
  EXPECT_EQ(state->agent_state().other_exe(), "/usr/bin/id");
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->loss().count(), 4u + 2u);
}

TEST_F(PipelineTest, ProgramsThatWaitedForTheQueueAreToldInMilliseconds) {
  auto pipeline = make();
  for (const uint32_t ticks : {100u, 100u, 125u}) {
    pipeline->kernel_status({.asked = at_ms(ticks), .waited_ticks = ticks, .tick_ns = 4 * kNsPerMs},
                            at_ms(ticks));
  }
  pipeline->close(at_ms(200));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].agent_state().change(), v1::AgentState::CHANGE_BACKLOG_WAIT);
  EXPECT_EQ(events_[0].agent_state().count(), 100u);
}

TEST_F(PipelineTest, LossOfWholeEventsByACounterAccountsForTheirSerials) {
  auto pipeline = make();
  pipeline->record_drops(0, 0, at_ms(0));
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  feed(*pipeline, "1700000000.001:13", at_ms(1));
  pipeline->record_drops(0, 12, at_ms(1'500));
  pipeline->close(at_ms(1'600));
  EXPECT_EQ(marks_.back().greatest - marks_.back().low_water, 0u);
  EXPECT_EQ(marks_.back().accounted, 4u);
}

TEST_F(PipelineTest, AnEndThatIsHeldBackIsToldWhenItCloses) {
  auto pipeline = make();
  pipeline->on_process({ProcessMessage::Kind::fork, 77, 1, at_ms(0).boottime_ns, 0},
                       at_ms(0));
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  pipeline->on_process({ProcessMessage::Kind::exit, 77, 0, at_ms(2).boottime_ns, 256},
                       at_ms(2));
  pipeline->close(at_ms(3));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_TRUE(events_[0].has_command_started());
  ASSERT_TRUE(events_[1].has_process_ended());
  EXPECT_EQ(events_[1].process_ended().command().process().pid(), 77u);
}

TEST_F(PipelineTest, WithoutAnEncoderThereIsNothingToSeal) {
  std::vector<size_t> kinds;
  Pipeline pipeline(host_, std::nullopt,
                    [&](const Fact& fact, Instant) { kinds.push_back(fact.kind.index()); });
  feed(pipeline, "1700000000.001:10", at_ms(1));
  pipeline.record_drops(0, 3, at_ms(2));
  pipeline.flush();
  (void)pipeline.save(at_ms(2));
  pipeline.close(at_ms(3));
  EXPECT_EQ(kinds.size(), 2u) << "a command and a loss";
}

TEST_F(PipelineTest, MarkOfAFrameDoesNotClaimWhatIsStillInFlight) {
  auto pipeline = make();
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  feed(*pipeline, "1700000000.001:11", at_ms(1), 0, 2);  // its end has not come
  feed(*pipeline, "1700000000.001:12", at_ms(1));
  pipeline->flush();
  ASSERT_EQ(marks_.size(), 1u);
  EXPECT_EQ(marks_[0].greatest - marks_[0].low_water, 2u);
  EXPECT_EQ(marks_[0].accounted, 2u);
}

TEST_F(PipelineTest, GuestModeDropsOthersButAccountsForThem) {
  auto pipeline = make(4242);
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  pipeline->agent_state({.change = AgentState::Change::started}, at_ms(2));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_TRUE(events_[0].has_agent_state());
  EXPECT_EQ(marks_[0].accounted, 1u);
}

// A container's command without a login, a daemon's, and one that nobody knows of any more.
TEST_F(PipelineTest, OfCommandsWithoutALoginOnlyContainersCount) {
  auto pipeline = make();
  std::vector<PlaceQuestion> asked;
  pipeline->ask_places(Pipeline::Unattended::containers, [&](PlaceQuestion&& question) {
    asked.push_back(std::move(question));
  });
  for (const std::string serial : {"10", "11", "12"}) {
    for (Datagram record : exec_records("1700000000.001:" + serial)) {
      std::string text(record.text);
      if (const size_t at = text.find("auid=1000"); at != std::string::npos) {
        text.replace(at, 9, "auid=4294967295");
      }
      if (const size_t at = text.find(" ses="); at != std::string::npos) {
        text.replace(at, text.find(' ', at + 1) - at, " ses=4294967295");
      }
      pipeline->on_record({record.type, text}, at_ms(1));
    }
  }
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].pid, 77u);
  pipeline->flush();
  EXPECT_TRUE(marks_.empty());
  EXPECT_EQ(pipeline->save(at_ms(2)).in_flight.size(), 12u) << "those that wait are kept";
  pipeline->tick(at_ms(5'000));
  EXPECT_EQ(pipeline->save(at_ms(5'000)).in_flight.size(), 12u) << "nobody has answered yet";
  pipeline->on_place({asked[0].ticket, {.place = Place::container}}, at_ms(5'003));
  pipeline->on_place({asked[1].ticket, {.place = Place::host}}, at_ms(5'003));
  pipeline->tick(at_ms(5'003 + kPlaceWaitNs / kNsPerMs));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].incomplete_size() + 1, events_[1].incomplete_size());
  EXPECT_EQ(events_[1].incomplete(events_[1].incomplete_size() - 1), v1::INCOMPLETE_PLACE_UNKNOWN);
  EXPECT_EQ(events_[0].kernel().serial(), 10u);
  EXPECT_EQ(events_[1].kernel().serial(), 12u);
  EXPECT_EQ(marks_.back().accounted, 3u);
  EXPECT_EQ(marks_.back().low_water, marks_.back().greatest);
}

// Root of a session takes his own login uid away: what he then does on the host is no daemon's.
TEST_F(PipelineTest, WhoGivesUpHisLoginUidIsNotDroppedAsTheHosts) {
  for (const bool gives_up : {false, true}) {
    events_.clear();
    auto pipeline = make();
    std::vector<PlaceQuestion> asked;
    pipeline->ask_places(Pipeline::Unattended::containers, [&](PlaceQuestion&& question) {
      asked.push_back(std::move(question));
    });
    pipeline->on_process({ProcessMessage::Kind::fork, 77, 1, at_ms(1).boottime_ns, 0}, at_ms(1));
    if (gives_up) {
      feed(*pipeline, "1700000000.002:10", at_ms(2));
      pipeline->on_record({1006, "audit(1700000000.003:11): pid=77 uid=0 old-auid=1000 "
                                 "auid=4294967295 tty=(none) old-ses=3 ses=4294967295 res=1"},
                          at_ms(3));
      pipeline->on_record({1320, "audit(1700000000.003:11): "}, at_ms(3));
      while (!asked.empty()) {
        pipeline->on_place({asked.back().ticket, {.place = Place::host}}, at_ms(201));
        asked.pop_back();
      }
    }
    for (const Datagram& record : exec_records("1700000000.004:12")) {
      std::string text(record.text);
      if (const size_t at = text.find("auid=1000"); at != std::string::npos) {
        text.replace(at, 9, "auid=4294967295");
        text.replace(text.find("ses=3"), 5, "ses=4294967295");
      }
      pipeline->on_record({record.type, text}, at_ms(202));
    }
    ASSERT_EQ(asked.size(), 1u);
    pipeline->on_place({asked[0].ticket, {.place = Place::host}}, at_ms(203));
    pipeline->flush();
    ASSERT_EQ(events_.size(), gives_up ? 3u : 0u);
    if (!gives_up) continue;
    const v1::Event& last = events_.back();
    EXPECT_EQ(last.kernel().serial(), 12u);
    EXPECT_EQ(last.session().ses(), 3u);
    EXPECT_EQ(last.session_uid(), events_[0].session_uid());
    EXPECT_FALSE(last.actor().has_login_uid());
    EXPECT_EQ(last.attribution().basis(), v1::Attribution::BASIS_ANCESTOR);
  }
}

// unlinkat(5, "a") in a directory that nobody knows: it waits for where the descriptor leads.
TEST_F(PipelineTest, AFileInAnUnknownDirectoryWaitsForItsPath) {
  for (const bool guest : {false, true}) {
    events_.clear();
    auto pipeline = make(guest ? std::optional(1001u) : std::nullopt);
    std::vector<PlaceQuestion> asked;
    pipeline->ask_places(Pipeline::Unattended::none, [&](PlaceQuestion&& question) {
      asked.push_back(std::move(question));
    });
    const auto removed = [&](const std::string& serial, int64_t ms) {
      const std::string head = "audit(1700000000.001:" + serial + "): ";
      const auto told = [&](uint16_t type, const std::string& text) {
        pipeline->on_record({type, head + text}, at_ms(ms));
      };
      told(1300, "arch=c000003e syscall=263 success=yes exit=0 a0=5 a1=1 a2=0 a3=0 items=2 ppid=60 "
                 "pid=70 auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 "
                 "sgid=1000 fsgid=1000 tty=pts0 ses=3 comm=\"rm\" exe=\"/usr/bin/rm\" key=\"k\"");
      told(1307, "cwd=\"/home/alice\"");
      told(1302, "item=0 name=\"/home/alice\" inode=77 dev=08:01 mode=040755 ouid=0 ogid=0 "
                 "rdev=00:00 nametype=PARENT cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0");
      told(1302, "item=1 name=\"a\" inode=5 dev=08:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 "
                 "nametype=DELETE cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0");
      told(1320, "");
    };
    removed("10", 1);
    ASSERT_EQ(asked.size(), guest ? 0u : 1u) << "who is not told of is not asked about";
    if (guest) continue;
    EXPECT_EQ(asked[0].pid, 70u);
    EXPECT_EQ(asked[0].descriptors, std::vector<int32_t>{5});
    pipeline->on_place({asked[0].ticket, {}, {{5, "08:01", 77, "/srv/www"}}}, at_ms(2));
    removed("11", 3);
    EXPECT_EQ(asked.size(), 1u) << "the table knows it now";
    pipeline->flush();
    ASSERT_EQ(events_.size(), 2u);
    for (const v1::Event& event : events_) {
      EXPECT_EQ(event.file_access().path(), "/srv/www/a");
      EXPECT_TRUE(event.file_access().path_resolved());
    }
  }
}

// Of a program's first record it is asked who wrote it; the answer holds for those behind it.
TEST_F(PipelineTest, ARecordWaitsUntilItIsKnownWhoWroteIt) {
  auto pipeline = make();
  std::vector<PlaceQuestion> asked;
  pipeline->ask_places(Pipeline::Unattended::none, [&](PlaceQuestion&& question) {
    asked.push_back(std::move(question));
  });
  pipeline->on_process({ProcessMessage::Kind::fork, 50, 1, at_ms(1).boottime_ns, 0}, at_ms(1));
  const auto record = [&](const std::string& serial, int64_t ms) {
    const std::string text = "audit(1700000000.00" + std::to_string(ms) + ":" + serial +
                             "): pid=50 uid=0 auid=4294967295 ses=4294967295 msg='op=login "
                             "acct=\"alice\" exe=\"/usr/sbin/sshd\" res=success'";
    pipeline->on_record({1112, text}, at_ms(ms));
  };
  record("10", 1);
  feed(*pipeline, "1700000000.001:11", at_ms(1));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].pid, 50u);
  pipeline->flush();
  EXPECT_TRUE(events_.empty()) << "what comes behind it waits, too";
  ProcessSight sshd{.place = Place::host, .comm = "sshd"};
  sshd.exe = "/usr/sbin/sshd";
  pipeline->on_place({asked[0].ticket, sshd}, at_ms(2));
  record("12", 3);
  EXPECT_EQ(asked.size(), 1u);
  // Another process, that is gone when it is asked about.
  pipeline->on_process({ProcessMessage::Kind::exit, 50, 0, at_ms(4).boottime_ns, 0}, at_ms(4));
  pipeline->on_process({ProcessMessage::Kind::fork, 50, 1, at_ms(20).boottime_ns, 0}, at_ms(20));
  const std::string late = "audit(1700000000.030:13): pid=50 uid=0 auid=4294967295 "
                           "ses=4294967295 msg='op=login acct=\"eve\" exe=\"/usr/sbin/sshd\" "
                           "res=success'";
  pipeline->on_record({1112, late}, at_ms(30));
  ASSERT_EQ(asked.size(), 2u);
  pipeline->tick(at_ms(31));
  pipeline->tick(at_ms(31 + kPlaceWaitNs / kNsPerMs));
  pipeline->flush();
  std::vector<std::string> told;
  for (const v1::Event& event : events_) {
    if (event.has_session_fact()) told.push_back("fact");
    if (event.has_authentication()) {
      told.push_back(event.attribution().confidence() == v1::Attribution::CONFIDENCE_CLAIMED
                         ? "claim" : "auth");
    }
  }
  EXPECT_EQ(told, (std::vector<std::string>{"fact", "fact", "claim"}));
}

TEST_F(PipelineTest, HoleInTheSerialsBecomesALossInItsPlace) {
  auto pipeline = make();
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  feed(*pipeline, "1700000000.001:15", at_ms(2));
  pipeline->audit_drained(at_ms(2 + kSerialReorderNs / kNsPerMs));
  pipeline->close(at_ms(9999));
  const v1::Loss* loss = nullptr;
  for (const v1::Event& event : events_) {
    if (event.has_loss()) loss = &event.loss();
  }
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->count(), 4u);
  EXPECT_EQ(loss->first(), 11u);
  EXPECT_EQ(loss->last(), 14u);
  EXPECT_EQ(loss->order_before(), 1u);
}

TEST_F(PipelineTest, HandoverLosesNoSerialAndNoHalfEvent) {
  auto before = make();
  feed(*before, "1700000000.001:10", at_ms(1));
  feed(*before, "1700000000.001:11", at_ms(1), 0, 2);
  before->flush();
  const PipelineState state = before->save(at_ms(2));
  EXPECT_EQ(state.in_flight.size(), 2u);
  events_.clear();

  auto after = make();
  after->restore(state);
  feed(*after, "1700000000.001:11", at_ms(51), 2, 4);
  feed(*after, "1700000000.001:12", at_ms(51));
  after->audit_drained(at_ms(5000));
  after->close(at_ms(5000));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].kernel().serial(), 11u);
  EXPECT_EQ(events_[0].command_started().args_size(), 1);
  for (const int reason : events_[0].incomplete()) {
    EXPECT_EQ(reason, v1::INCOMPLETE_BIRTH_UNKNOWN);  // no connector in this test
  }
}

TEST_F(PipelineTest, SecretsAreInNoEventAndInNoState) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  const auto as_mysql = [](Pipeline& pipeline, size_t from, size_t to) {
    auto records = exec_records("1700000000.001:11");
    const std::string exec = "audit(1700000000.001:11): argc=2 a0=\"mysql\" a1=\"-phunter2\"";
    records[1].text = exec;
    for (size_t i = from; i < to; ++i) pipeline.on_record(records[i], at_ms(1));
  };
  auto before = make();
  before->set_redactor(redactor);
  as_mysql(*before, 0, 2);
  const PipelineState state = before->save(at_ms(2));
  ASSERT_EQ(state.in_flight.size(), 2u);
  for (const InFlightRecord& record : state.in_flight) {
    EXPECT_EQ(record.text.find("hunter2"), std::string::npos);
    EXPECT_TRUE(record.rewritten);
  }
  as_mysql(*before, 2, 4);
  before->flush();
  auto after = make();
  after->set_redactor(redactor);
  after->restore(state);
  as_mysql(*after, 2, 4);
  after->flush();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_NE(text_.find("a1=2D70C2AB"), std::string::npos);
  EXPECT_EQ(text_.find("hunter2"), std::string::npos);
  for (const v1::Event& event : events_) {
    EXPECT_TRUE(event.rewritten());
    EXPECT_EQ(event.command_started().args(1), "-p«redacted:mysql-password»");
    EXPECT_EQ(event.incomplete_size(), 1) << "no connector in this test";
  }
}

// What bash on pts/0 was sent, as the kernel writes it.
std::string keys_record(int64_t ms, uint32_t serial, std::string_view typed) {
  std::string text = "audit(1700000000." + std::to_string(1000 + ms).substr(1) + ":" +
                     std::to_string(serial) + "): tty pid=70 uid=1000 auid=1000 ses=3 major=136 "
                     "minor=0 comm=\"bash\" data=";
  for (const char c : typed) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02X", static_cast<unsigned>(c));
    text += digits;
  }
  return text;
}

// Wherever the kernel cuts the line into records, no half of its secret is sealed.
TEST_F(PipelineTest, ASecretThatIsTypedIsInNoRecordHoweverItIsCut) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  const std::string line = "mysql -phunter2x shop\r";
  for (size_t at = 1; at < line.size(); ++at) {
    events_.clear();
    text_.clear();
    auto pipeline = make();
    pipeline->set_redactor(redactor);
    const std::string first = keys_record(1, 11, line.substr(0, at));
    const std::string second = keys_record(2, 12, line.substr(at));
    pipeline->on_record({1319, first}, at_ms(1));
    pipeline->audit_drained(at_ms(400));
    const PipelineState state = pipeline->save(at_ms(401));
    EXPECT_EQ(state.typed.find("hunter"), std::string::npos);
    pipeline->on_record({1319, second}, at_ms(402));
    pipeline->audit_drained(at_ms(800));
    pipeline->close(at_ms(900));
    std::string typed;
    for (const v1::Event& event : events_) {
      if (!event.has_typed_input()) continue;
      typed += event.typed_input().typed();
      EXPECT_TRUE(event.rewritten());
      for (const int reason : event.incomplete()) EXPECT_NE(reason, v1::INCOMPLETE_UNPARSED);
    }
    EXPECT_EQ(typed, "mysql -p«redacted:mysql-password» shop") << at;
    for (size_t from = 0; from + 3 <= 8; ++from) {
      const std::string part = keys_record(0, 0, std::string("hunter2x").substr(from, 3));
      EXPECT_EQ(text_.find(part.substr(part.find("data=") + 5)), std::string::npos) << at;
    }
  }
}

TEST_F(PipelineTest, KeysReadBehindTheEndOfTheirProcessAreToldSoon) {
  auto pipeline = make();
  using Kind = ProcessMessage::Kind;
  pipeline->on_process({.kind = Kind::fork, .pid = 70, .parent_pid = 1,
                        .boottime_ns = at_ms(1).boottime_ns},
                       at_ms(1));
  pipeline->on_process({.kind = Kind::exit, .pid = 70, .boottime_ns = at_ms(60).boottime_ns},
                       at_ms(61));
  const std::string keys = keys_record(60, 11, "rm -r");
  pipeline->on_record({1319, keys}, at_ms(62));
  for (int64_t ms = 100; ms <= 2000; ms += 100) pipeline->audit_drained(at_ms(ms));
  pipeline->flush();
  const auto rest = std::find_if(events_.begin(), events_.end(), [](const v1::Event& event) {
    return event.typed_input().typed() == "rm -r";
  });
  ASSERT_NE(rest, events_.end());
  EXPECT_TRUE(rest->typed_input().unfinished());
}

// Of a log that is played no end of a process is heard.
TEST_F(PipelineTest, KeysOfASessionThatWasLoggedOutOfAreToldSoon) {
  auto pipeline = make();
  const auto say = [&](uint16_t type, uint32_t serial, const std::string& body) {
    const std::string text = "audit(1700000000.010:" + std::to_string(serial) + "): " + body;
    pipeline->on_record({type, text}, at_ms(serial));
  };
  const std::string by = "pid=50 uid=0 auid=1000 ses=3 msg='op=PAM:session_";
  const std::string end = " acct=\"alice\" exe=\"/usr/sbin/sshd\" hostname=? addr=? terminal=ssh "
                          "res=success'";
  say(1006, 11, "pid=50 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=3 "
                "res=1");
  say(1105, 12, by + "open" + end);
  const std::string keys = keys_record(20, 13, "rm -r");
  pipeline->on_record({1319, keys}, at_ms(20));
  pipeline->audit_drained(at_ms(5000));
  pipeline->flush();
  const auto told = [this] {
    return std::any_of(events_.begin(), events_.end(), [](const v1::Event& event) {
      return event.typed_input().typed() == "rm -r";
    });
  };
  EXPECT_FALSE(told());
  say(1106, 14, by + "close" + end);
  pipeline->audit_drained(at_ms(6000));
  pipeline->audit_drained(at_ms(7000));
  pipeline->flush();
  EXPECT_TRUE(told());
}

TEST_F(PipelineTest, CrashIsALossOfExactlyWhatNobodyRead) {
  auto before = make();
  feed(*before, "1700000000.001:10", at_ms(1));
  before->flush();
  const LedgerMark mark = marks_.back();
  events_.clear();

  auto after = make();
  after->resume_after_gap(mark);
  feed(*after, "1700000000.001:20", at_ms(60));
  after->tick(at_ms(1000));
  after->audit_drained(at_ms(5000));
  after->close(at_ms(5000));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_TRUE(events_[0].has_command_started());
  EXPECT_EQ(events_[1].loss().cause(), v1::Loss::CAUSE_AGENT_DOWN);
  EXPECT_EQ(events_[1].loss().count(), 9u);
}

TEST_F(PipelineTest, WhatWasPlayedAnewIsInNoLossAfterAGap) {
  auto pipeline = make();
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  feed(*pipeline, "1700000000.001:11", at_ms(1), 0, 2);  // its end was sent to nobody
  pipeline->gap(at_ms(2));
  feed(*pipeline, "1700000000.001:15", at_ms(60));
  pipeline->audit_drained(at_ms(5000));
  pipeline->close(at_ms(5000));
  std::vector<v1::Loss> losses;
  for (const v1::Event& event : events_) {
    if (event.has_loss()) losses.push_back(event.loss());
  }
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].cause(), v1::Loss::CAUSE_AGENT_DOWN);
  EXPECT_EQ(losses[0].count(), 3u);
  EXPECT_EQ(losses[0].first(), 12u);
}

TEST_F(PipelineTest, WhatIsToldHasNoOrderButIsAccountedFor) {
  auto pipeline = make();
  pipeline->set_told([](const Fact& fact) {
    return fact.audit != nullptr && fact.audit->key.serial == 10;
  });
  feed(*pipeline, "1700000000.001:10", at_ms(1));
  feed(*pipeline, "1700000000.001:11", at_ms(1));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].kernel().serial(), 11u);
  EXPECT_EQ(events_[0].order(), 1u);
  EXPECT_EQ(marks_[0].accounted, 2u);
}

TEST_F(PipelineTest, LinesOfALogAreToldAndItsCursorKept) {
  auto pipeline = make();
  LogLine line;
  line.tag = "sshd";
  line.text = "sshd: something odd";
  line.message = "something odd";
  line.origin = "/log";
  line.cursor = "1";
  pipeline->on_log_line(line, at_ms(1));
  pipeline->on_log_position({"journal", "2", true, 77}, at_ms(5));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].log_message().message(), "something odd");
  EXPECT_EQ(events_[0].origin().source(), "/log");
  EXPECT_EQ(events_[1].loss().unit(), "lines");
  EXPECT_EQ(events_[1].loss().scope(), v1::Loss::SCOPE_SOCKET);
  EXPECT_EQ(events_[1].loss().order_before(), 1u);
  EXPECT_EQ(events_[1].loss().from_ns(), 77);
  EXPECT_FALSE(events_[1].loss().exact());
  pipeline->on_log_position({"journal", "2", true, 77, 1000}, at_ms(5));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 3u);
  EXPECT_EQ(events_[2].loss().cause(), v1::Loss::CAUSE_RATE_LIMIT);
  EXPECT_EQ(events_[2].loss().count(), 1000u);
  EXPECT_TRUE(events_[2].loss().exact());
  const LogCursors cursors = {{"/log", "1"}, {"journal", "2"}};
  EXPECT_EQ(pipeline->save(at_ms(6)).log_cursors, cursors);
  auto next = make();
  next->restore(pipeline->save(at_ms(6)));
  EXPECT_EQ(next->log_cursors(), cursors);
}

TEST_F(PipelineTest, ALineThatKilledIsLeftOutAndToldAndItsCursorKept) {
  LogLine line;
  line.tag = "sshd";
  line.text = line.message = "deadly";
  line.origin = "/log";
  line.cursor = "1";
  alignas(8) std::array<uint8_t, sizeof(CrashNote::Memory)> memory{};
  reinterpret_cast<CrashNote::Memory*>(memory.data())->skipped[0] = CrashNote::name(line);
  CrashNote note(memory);
  auto pipeline = make();
  pipeline->set_crash_note(note);
  pipeline->on_log_line(line, at_ms(1));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].loss().cause(), v1::Loss::CAUSE_CRASH);
  EXPECT_EQ(events_[0].loss().unit(), "lines");
  EXPECT_EQ(pipeline->log_cursors().size(), 1u);
}

TEST_F(PipelineTest, CursorsAreBoundedAndTheLogToldOfLeastRecentlyGoes) {
  auto pipeline = make();
  for (size_t i = 0; i < kLogsMax; ++i) {
    pipeline->on_log_position({std::to_string(i), "x"}, at_ms(1));
  }
  pipeline->on_log_position({"0", "y"}, at_ms(1));
  pipeline->on_log_position({"new", "z"}, at_ms(1));
  const LogCursors& cursors = pipeline->log_cursors();
  ASSERT_EQ(cursors.size(), kLogsMax);
  EXPECT_EQ(cursors[0].first, "2");
  EXPECT_EQ(cursors[kLogsMax - 2], std::make_pair(std::string("0"), std::string("y")));
}

TEST_F(PipelineTest, RecordWithoutAHeaderKeepsItsText) {
  auto pipeline = make();
  pipeline->on_record({1300, "this is no audit record"}, at_ms(1));
  pipeline->close(at_ms(2));
  EXPECT_EQ(pipeline->undecoded(), 1u);
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_TRUE(events_[0].has_other_record());
  EXPECT_EQ(events_[0].incomplete(0), v1::INCOMPLETE_UNPARSED);
  EXPECT_EQ(marks_[0].accounted, 0u);
}

Datagram keys(const std::string& id, const std::string& hex) {
  static std::string kept;
  kept = "audit(" + id + "): tty pid=77 uid=1000 auid=1000 ses=3 major=136 minor=0 comm=\"id\" "
         "data=" + hex;
  return {1319, kept};
}

// A typed line over two records, a restart and the end of its process.
TEST_F(PipelineTest, TypedLinesGoOnOverARestart) {
  PipelineState state;
  {
    auto pipeline = make();
    feed(*pipeline, "1700000000.001:10", at_ms(1));
    pipeline->on_record(keys("1700000000.002:11", "6C730D6563"), at_ms(2));  // ls, Enter, ec
    pipeline->audit_drained(at_ms(100));
    pipeline->flush();
    state = pipeline->save(at_ms(101));
  }
  auto pipeline = make();
  pipeline->restore(state);
  pipeline->on_record(keys("1700000000.200:12", "686F"), at_ms(201));  // ho
  pipeline->audit_drained(at_ms(300));
  pipeline->on_process({ProcessMessage::Kind::exit, 77, 1, 400 * kNsPerMs, 0}, at_ms(400));
  pipeline->audit_drained(at_ms(1000));
  pipeline->flush();
  std::vector<std::string> lines;
  for (const v1::Event& event : events_) {
    if (!event.has_typed_input()) continue;
    EXPECT_EQ(event.typed_input().terminal(), "pts/0");
    EXPECT_EQ(event.typed_input().command().exec_number(), 1u);
    EXPECT_EQ(event.session().ses(), 3u);
    lines.push_back(event.typed_input().edited() + (event.typed_input().unfinished() ? "~" : ""));
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"ls", "~", "echo~"}));
}

// A file access's PATH records are in its own fields, and not a second time beside them.
TEST_F(PipelineTest, NoFieldIsToldTwice) {
  auto pipeline = make();
  const std::string head = "audit(1700000000.001:10): ";
  const std::string call = head + "arch=c000003e syscall=87 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 "
                                  "items=1 ppid=1 pid=77 auid=1000 uid=0 gid=0 euid=0 suid=0 "
                                  "fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm=\"rm\" "
                                  "exe=\"/bin/rm\" key=(null)";
  const std::string cwd = head + "cwd=\"/tmp\"", path = head + "item=0 name=\"a\" nametype=DELETE";
  const std::string title = head + "proctitle=\"rm\"";
  pipeline->on_record({1300, call}, at_ms(1));
  pipeline->on_record({1307, cwd}, at_ms(1));
  pipeline->on_record({1302, path}, at_ms(1));
  pipeline->on_record({1327, title}, at_ms(1));
  pipeline->on_record({1320, head}, at_ms(1));
  pipeline->flush();
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].file_access().path(), "/tmp/a");
  EXPECT_EQ(events_[0].file_access().paths_size(), 1);
  std::string types;
  for (const v1::AuditRecord& record : events_[0].records()) types += record.type_name() + " ";
  EXPECT_EQ(types, "SYSCALL CWD ");
}

}  // namespace
}  // namespace spoor::agent
