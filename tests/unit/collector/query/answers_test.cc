#include "collector/query/answers.h"

#include <gmock/gmock.h>

#include "collector/index/memory_index.h"
#include "collector/limits.h"
#include "tests/support/index_answers.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class AnswersTest : public testing::Test {
 protected:
  void add(EventMaker& make, v1::Event e) {
    const Position from = index_.position();
    ASSERT_TRUE(index_.apply({{make.index(std::move(e))}}, from, {from.entry + 1}).is_ok());
  }
  Result<v1::SessionsResponse> list() {
    return list_sessions(index_, request_, [this] { return cancelled_; });
  }
  std::vector<uint32_t> numbers(const v1::SessionsResponse& page) {
    std::vector<uint32_t> out;
    for (const v1::Session& s : page.sessions()) out.push_back(s.ses());
    return out;
  }
  MemoryIndex index_;
  EventMaker make_;
  v1::SessionsRequest request_;
  bool cancelled_ = false;
};

TEST_F(AnswersTest, PagesThroughAll) {
  for (uint8_t i = 1; i <= 150; ++i) add(make_, make_.event(i));
  request_.set_limit(40);
  std::vector<uint32_t> all;
  int pages = 0;
  while (true) {
    const auto page = list();
    ASSERT_TRUE(page.is_ok());
    for (const uint32_t ses : numbers(*page)) all.push_back(ses);
    ++pages;
    if (page->next_cursor().empty()) break;
    request_.set_cursor(page->next_cursor());
  }
  EXPECT_EQ(pages, 4);
  ASSERT_EQ(all.size(), 150u);
  for (size_t i = 0; i < 150; ++i) EXPECT_EQ(all[i], 150 - i);
  request_.Clear();
  EXPECT_EQ(list()->sessions_size(), static_cast<int>(kSessionsDefault));
}

TEST_F(AnswersTest, AFullLastPageHasNoCursor) {
  for (uint8_t i = 1; i <= 4; ++i) add(make_, make_.event(i));
  request_.set_limit(4);
  EXPECT_EQ(list()->next_cursor(), "");
}

// Three hosts that lie about their users must not make the answer too large for everybody.
TEST_F(AnswersTest, APageEndsByItsBytesToo) {
  const std::string much(10'000, 'x');
  for (uint8_t i = 1; i <= 250; ++i) {
    v1::Event e = make_.event(i);
    e.mutable_actor()->set_login_name(much);
    e.mutable_source()->set_address(much);
    e.mutable_source()->set_hostname(much);
    e.mutable_session_fact()->set_method(much);
    e.mutable_session_fact()->set_key_fingerprint(much);
    add(make_, std::move(e));
  }
  request_.set_limit(250);
  const auto first = list();
  ASSERT_TRUE(first.is_ok());
  EXPECT_LT(first->sessions_size(), 250);
  EXPECT_LT(first->ByteSizeLong(), kSessionsBytesMax + 8 * kSummaryTextMax);
  request_.set_cursor(first->next_cursor());
  const auto second = list();
  ASSERT_TRUE(second.is_ok());
  EXPECT_EQ(first->sessions_size() + second->sessions_size(), 250);
  EXPECT_EQ(second->next_cursor(), "");
}

TEST_F(AnswersTest, FiltersByHostAndUser) {
  EventMaker other("db1");
  add(make_, make_.event(1));
  add(other, other.event(2));
  v1::Event root = make_.event(3);
  root.mutable_actor()->set_login_uid(0);
  root.mutable_actor()->set_login_name("root");
  add(make_, root);
  request_.set_host("db1");
  EXPECT_THAT(numbers(*list()), testing::ElementsAre(2));
  request_.set_host("");
  request_.set_user("root");
  EXPECT_THAT(numbers(*list()), testing::ElementsAre(3));
  request_.set_user("1000");
  EXPECT_EQ(list()->sessions_size(), 2);
  request_.set_user("nobody");
  EXPECT_EQ(list()->sessions_size(), 0);
}

TEST_F(AnswersTest, ForeignCursorsAreRefused) {
  for (const char* bad : {"x", "1", "1.", "1.abab.web1", "9999999999999999999999.a.b",
                          "5.zbababababababababababababababab.web1",
                          "5.abababababababababababababababab."}) {
    request_.set_cursor(bad);
    EXPECT_EQ(list().code(), Code::invalid) << bad;
  }
}

TEST_F(AnswersTest, StopsWhenNobodyWaits) {
  add(make_, make_.event(1));
  cancelled_ = true;
  EXPECT_EQ(list().code(), Code::unavailable);
}

TEST_F(AnswersTest, ACommandAsAMessage) {
  v1::Event e = make_.started(1, 10);
  e.mutable_command_started()->add_args(std::string("\xff\0\n", 3));
  e.mutable_command_started()->set_cwd("/tmp");
  e.mutable_kernel()->set_serial(77);
  add(make_, e);
  add(make_, make_.ended(1, 10, 3));
  const SessionKey key{"web1", sample_uid(1)};
  const Trail trail =
      fold(*row_of(index_, key), events_of(index_, key), [] { return false; }).value();
  const v1::TrailItem item = to_message(std::get<Command>(trail.items[0]), trail.session);
  const v1::Command& c = item.command();
  EXPECT_EQ(c.number(), 1u);
  EXPECT_EQ(c.event_id(), "web1/command/1/1");
  EXPECT_EQ(c.args(1), std::string("\xff\0\n", 3));
  EXPECT_EQ(c.cwd(), "/tmp");
  EXPECT_EQ(c.end(), v1::Command::END_EXITED);
  EXPECT_EQ(c.exit_code(), 3u);
  EXPECT_EQ(c.user(), "alice");
  EXPECT_EQ(c.pid(), 10u);
  EXPECT_EQ(c.serial(), 77u);
  EXPECT_EQ(c.order(), 1u);
  EXPECT_EQ(c.process().birth_ns(), 100u);
  const v1::Session session = to_message(index_, trail.session).value();
  EXPECT_EQ(session.name(), "web1:1.kje");
  EXPECT_EQ(session.commands(), 1u);
  EXPECT_EQ(session.started_ns(), e.time_ns());
}

TEST_F(AnswersTest, ACommandSaysAllThatItsStartSaid) {
  v1::Event e = make_.started(1, 10);
  v1::CommandStarted& s = *e.mutable_command_started();
  s.set_parent_pid(9);
  s.set_argc(4);
  s.add_args_missing(2);
  s.add_args_cut(1);
  s.set_comm("cmd");
  s.set_items(1);
  s.add_paths()->set_object("label");
  s.set_syscall("execve");
  s.set_arch(0xC000003E);
  s.add_call_args(7);
  s.set_subject("unconfined");
  e.add_records()->add_enriched()->set_name("AUID");
  Command command;
  command.started.event = std::make_shared<v1::Event>(e);
  const v1::Command c = to_message(command, {}).command();
  EXPECT_TRUE(c.parent_pid() == 9 && c.argc() == 4 && c.items() == 1 && c.arch() == 0xC000003E);
  EXPECT_THAT(c.args_missing(), testing::ElementsAre(2));
  EXPECT_THAT(c.args_cut(), testing::ElementsAre(1));
  EXPECT_THAT(c.call_args(), testing::ElementsAre(7));
  EXPECT_TRUE(c.comm() == "cmd" && c.syscall() == "execve" && c.subject() == "unconfined");
  EXPECT_EQ(c.paths(0).object(), "label");
  EXPECT_EQ(c.credentials().euid(), 1000u);
  EXPECT_EQ(c.records(0).enriched(0).name(), "AUID");
}

TEST_F(AnswersTest, LoginsOnlyAndHowManyAreHidden) {
  const auto opened = [&](uint8_t session, v1::SessionOpened::Type type, bool claimed = false) {
    v1::Event e = make_.event(session);
    e.mutable_session_fact()->set_type(type);
    if (claimed) e.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
    add(make_, e);
  };
  opened(1, v1::SessionOpened::TYPE_SSH);
  opened(2, v1::SessionOpened::TYPE_CRON);
  opened(3, v1::SessionOpened::TYPE_CONSOLE);
  opened(4, v1::SessionOpened::TYPE_USER_MANAGER);
  opened(5, v1::SessionOpened::TYPE_SERVICE);
  opened(6, v1::SessionOpened::TYPE_CONTAINER);
  opened(7, v1::SessionOpened::TYPE_UNSPECIFIED);
  opened(8, v1::SessionOpened::TYPE_CRON, true);  // a line in a log cannot hide it
  request_.set_logins_only(true);
  const auto logins = list();
  EXPECT_THAT(numbers(*logins), testing::ElementsAre(8, 7, 3, 1));
  EXPECT_EQ(logins->hidden(), 4u);
  request_.set_user("nobody");
  EXPECT_EQ(list()->hidden(), 0u);
  request_.Clear();
  EXPECT_EQ(list()->sessions_size(), 8);
  EXPECT_EQ(list()->hidden(), 0u);
}

TEST_F(AnswersTest, ASessionWithAllThatIsKnownOfIt) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_old_ses(9);
  opened.mutable_session_opened()->set_old_login_uid(0);
  opened.mutable_session_opened()->set_local_port(2222);
  add(make_, opened);
  v1::Event fact = make_.event(1);
  fact.mutable_session_fact()->set_method("certificate");
  fact.mutable_session_fact()->set_key_type("ED25519-CERT");
  fact.mutable_session_fact()->set_certificate_id("alice@corp");
  fact.mutable_session_fact()->set_certificate_serial(42);
  fact.mutable_session_fact()->set_certificate_authority("SHA256:ca");
  fact.mutable_session_fact()->set_failures_before(3);
  fact.mutable_session_fact()->set_keys_refused(4);
  fact.mutable_session_fact()->add_logins_of_user(5);
  add(make_, fact);
  v1::Event claim = make_.event(1);
  claim.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
  claim.mutable_session_fact()->set_key_fingerprint("SHA256:abc");
  add(make_, claim);
  v1::Event manager = make_.event(2);
  manager.mutable_session_fact()->add_logins_of_user(1);
  add(make_, manager);
  v1::Event closed = make_.closed(1);
  closed.mutable_session_closed()->set_cause(v1::SessionClosed::CAUSE_LOGGED_OUT);
  closed.mutable_session_closed()->set_processes_left(2);
  add(make_, closed);
  const v1::Session s = list()->sessions(1);
  EXPECT_EQ(s.old_session(), "web1:9.kje");
  EXPECT_TRUE(s.has_old_login_uid());
  EXPECT_EQ(s.local_port(), 2222u);
  EXPECT_EQ(s.method() + s.key_type() + s.certificate_id() + s.certificate_authority(),
            "certificateED25519-CERTalice@corpSHA256:ca");
  EXPECT_EQ(s.certificate_serial(), 42u);
  EXPECT_EQ(s.failures_before(), 3u);
  EXPECT_EQ(s.keys_refused(), 4u);
  EXPECT_THAT(s.claimed(), testing::ElementsAre("key_fingerprint"));
  EXPECT_THAT(s.logins(), testing::ElementsAre("web1:5.kje"));
  EXPECT_THAT(s.user_managers(), testing::ElementsAre("web1:2.kje"));
  EXPECT_EQ(s.state(), v1::Session::STATE_LOGGED_OUT);
  EXPECT_EQ(s.closed_by(), v1::SessionClosed::CAUSE_LOGGED_OUT);
  EXPECT_EQ(s.processes_left(), 2u);
}

TEST_F(AnswersTest, TheSumsOfASession) {
  SessionSummary summary;
  SessionSums& sums = summary.sums;
  uint64_t* const counts[] = {
      &sums.commands, &sums.commands_as_root, &sums.commands_failed, &sums.commands_end_unseen,
      &sums.privilege_changes, &sums.privilege_refused, &sums.file_changes, &sums.connections,
      &sums.typed_lines, &sums.disbelieved, &sums.losses, &sums.events_incomplete};
  for (size_t i = 0; i < std::size(counts); ++i) *counts[i] = i + 1;
  sums.open.start({1, 1});
  sums.files_changed.add("a");
  sums.hosts_contacted.add("b");
  const v1::Session s = to_message(index_, summary).value();
  EXPECT_THAT((std::vector<uint64_t>{s.commands(), s.commands_as_root(), s.commands_failed(),
                                     s.commands_end_unseen(), s.privilege_changes(),
                                     s.privilege_refused(), s.file_changes(), s.connections(),
                                     s.typed_lines(), s.disbelieved(), s.losses(),
                                     s.events_incomplete()}),
              testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  EXPECT_EQ(s.commands_running(), 1u);
  EXPECT_EQ(s.files_changed(), 1u);
  EXPECT_EQ(s.hosts_contacted(), 1u);
  EXPECT_FALSE(s.files_estimated() || s.hosts_estimated());
}

TEST_F(AnswersTest, LossesAndOtherEvents) {
  const IndexedEvent loss = make_.index(make_.loss(4, 6));
  const v1::TrailItem item = to_message(TrailLoss{loss, 4});
  EXPECT_EQ(item.loss().loss().order_after(), 6u);
  EXPECT_EQ(item.loss().order(), 4u);
  const IndexedEvent other = make_.index(make_.closed(1));
  EXPECT_TRUE(to_message(OtherEvent{other}).event().event().has_session_closed());
  EXPECT_EQ(to_message(OtherEvent{other, 7}).event().command(), 7u);
}

}  // namespace
}  // namespace spoor::collector
