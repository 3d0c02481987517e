#include "collector/cli/found_view.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace spoor::cli {
namespace {

class FoundViewTest : public testing::Test {
 protected:
  FoundViewTest() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
  static v1::FoundItem command() {
    v1::FoundItem out;
    out.set_time_ns(1'700'000'000'811'000'000);
    out.set_host("web1");
    out.set_session("web1:6.k3f");
    out.set_login_name("alice");
    v1::Command& c = *out.mutable_command();
    c.add_args("curl");
    c.add_args("a b");
    c.set_end(v1::Command::END_EXITED);
    return out;
  }
};

TEST_F(FoundViewTest, ALineEach) {
  v1::FoundItem as_root = command(), lost, file;
  as_root.mutable_command()->set_other_user(true);
  as_root.mutable_command()->set_user("root");
  as_root.mutable_command()->set_exit_code(22);
  lost.set_time_ns(1'699'990'000'000'000'000);
  lost.set_host("db1");
  lost.mutable_event()->mutable_event()->mutable_process_ended()->set_signal(9);
  lost.mutable_event()->mutable_event()->mutable_process_ended()->mutable_process()->set_pid(77);
  file = lost;
  file.mutable_event()->mutable_event()->mutable_session_fact();
  v1::FoundItem running = command();
  running.mutable_command()->clear_end();
  EXPECT_EQ(render_found({command(), as_root, running, lost, file}, {}),
            "2023-11-14 +00:00\n"
            "22:13:20.811           web1  web1:6.k3f  alice         curl 'a b'\n"
            "22:13:20.811  exit 22  web1  web1:6.k3f  alice → root  curl 'a b'\n"
            "22:13:20.811  no end   web1  web1:6.k3f  alice         curl 'a b'\n"
            "19:26:40.000  SIGKILL  db1   -           -             process 77 ended, its start is "
            "not known\n"
            "19:26:40.000           db1   -           -             session_fact\n");
  EXPECT_EQ(render_found({}, {}), "");
  const std::string narrow = render_found({command()}, {60, false});
  EXPECT_EQ(narrow, "2023-11-14 +00:00\n22:13:20.811  web1  web1:6.k3f  alice  curl 'a b'\n");
}

TEST_F(FoundViewTest, NoHostChoosesHowItIsShown) {
  v1::FoundItem hostile = command();
  hostile.set_host(std::string(300, 'h'));
  hostile.set_login_name("\x1b[31mroot\n");
  const std::string text = render_found({hostile}, {100, false});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(FoundViewTest, BarsFromTheFirstToTheLast) {
  v1::HistogramResponse histogram;
  for (const uint64_t count : {0, 1'000, 0, 1, 0}) {
    v1::HistogramSpan& span = *histogram.add_spans();
    span.set_begin_ns(1'700'000'000'000'000'000 + histogram.spans_size() * 3'600'000'000'000);
    span.set_count(count);
  }
  std::string full;
  for (int i = 0; i < 50; ++i) full += "▇";
  EXPECT_EQ(render_histogram(histogram, {}), "2023-11-15 00:13  1,000  " + full +
                                                 "\n2023-11-15 01:13      -\n"
                                                 "2023-11-15 02:13      1  ▇\n");
  EXPECT_EQ(render_histogram({}, {}), "");
}

TEST_F(FoundViewTest, WhatAnAnswerIsOf) {
  v1::AnswerHead head;
  EXPECT_EQ(range_text(head), "from the beginning to now (UTC)");
  head.set_since_ns(1'700'000'000'000'000'000);
  head.set_until_ns(1'700'000'001'000'000'000);
  EXPECT_EQ(range_text(head), "from 2023-11-14T22:13:20Z to 2023-11-14T22:13:21Z (UTC)");
  EXPECT_EQ(shortfall_text(head), "");
  head.set_unsure(1'204);
  head.set_looked_through_all(true);
  EXPECT_NE(shortfall_text(head).find("1,204 more may fit"), std::string::npos);
  EXPECT_NE(shortfall_text(head).find("looked through"), std::string::npos);
}

TEST_F(FoundViewTest, ACaretUnderThePlace) {
  EXPECT_EQ(caret_text("usr:alice", "column 1: there is no field usr"), "  usr:alice\n  ^\n");
  EXPECT_EQ(caret_text("a b foo:x", "no: column 5: x"), "  a b foo:x\n      ^\n");
  EXPECT_EQ(caret_text("user:", "column 6: x"), "  user:\n       ^\n");
  EXPECT_EQ(caret_text("user:", "column 7: x"), "");
  EXPECT_EQ(caret_text("us\xc3\xa9", "column 1: x"), "");
  EXPECT_EQ(caret_text("a", "nothing"), "");
}

}  // namespace
}  // namespace spoor::cli
