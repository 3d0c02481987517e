#include "collector/query/answers.h"

#include <gmock/gmock.h>

#include "collector/index/memory_index.h"
#include "collector/limits.h"
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
      fold(*index_.session(key), index_.session_events(key), [] { return false; }).value();
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
  const v1::Session session = to_message(trail.session);
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

TEST_F(AnswersTest, LossesAndOtherEvents) {
  const IndexedEvent loss = make_.index(make_.loss(4, 6));
  const v1::TrailItem item = to_message(TrailLoss{loss, 4});
  EXPECT_EQ(item.loss().loss().order_after(), 6u);
  EXPECT_EQ(item.loss().order(), 4u);
  const IndexedEvent other = make_.index(make_.closed(1));
  EXPECT_TRUE(to_message(OtherEvent{other}).event().event().has_session_closed());
}

}  // namespace
}  // namespace spoor::collector
