#include "collector/cli/sessions_view.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <sstream>

#include "common/text_width.h"

namespace spoor::cli {
namespace {

v1::Session session(const std::string& name) {
  setenv("TZ", "UTC", 1);
  tzset();
  v1::Session s;
  s.set_name(name);
  s.set_host("web1");
  s.set_login_name("alice");
  s.mutable_source()->set_address("203.0.113.77");
  s.mutable_source()->set_port(50'000);
  s.set_type(v1::SessionOpened::TYPE_SSH);
  s.set_key_fingerprint("SHA256:7KpY3hQm0vW1dZ4b2sN6xR8tE5uJ9aLcFgHiTkVoXyM");
  s.set_terminal("pts/0");
  s.set_started_ns(1'699'991'839'811'000'000);
  s.set_ended_ns(1'699'991'841'911'000'000);
  s.set_commands(8);
  s.set_losses(2);
  return s;
}

TEST(SessionsView, ATypicalRowFitsEightyColumnsWithNothingCut) {
  EXPECT_EQ(render_sessions({session("web1:6.k3f")}, {80, false}),
            "SESSION     USER   FROM          IN 2023      LASTED  CMDS  FAIL  ROOT  LOSS\n"
            "web1:6.k3f  alice  203.0.113.77  11-14 19:57   2.1 s     8     -     -     2\n");
}

TEST(SessionsView, AllOfATypicalRowFitsAHundredAndTwentyColumns) {
  EXPECT_EQ(render_sessions({session("web1:6.k3f")}, {120, false}),
            "SESSION     USER   KIND  FROM                KEY           STARTED (+00:00)     "
            "LASTED  CMDS  FAIL  ROOT  LOSS\n"
            "web1:6.k3f  alice  ssh   203.0.113.77:50000  key 7KpY3hQm  2023-11-14 19:57:19  "
            " 2.1 s     8     -     -     2\n");
}

TEST(SessionsView, YearsThatDifferAreTold) {
  v1::Session older = session("web1:5.k3f");
  older.set_started_ns(older.started_ns() - 400 * 86'400'000'000'000);
  const std::string text = render_sessions({session("web1:6.k3f"), older}, {80, false});
  EXPECT_NE(text.find("2023-11-14 19:57"), std::string::npos) << text;
  EXPECT_NE(text.find("2022-10-10 19:57"), std::string::npos) << text;
}

TEST(SessionsView, AStateStandsWhereTheDurationWould) {
  v1::Session left = session("web1:6.k3f");
  left.set_state(v1::Session::STATE_LOGGED_OUT);
  left.set_processes_left(2);
  EXPECT_NE(render_sessions({left}, {80, false}).find("  2 left  "), std::string::npos);
  left.set_ended_ns(0);
  EXPECT_NE(render_sessions({left}, {80, false}).find("  open  "), std::string::npos);
}

TEST(SessionsView, HowManyAreHidden) {
  EXPECT_EQ(hidden_text(0), "");
  EXPECT_NE(hidden_text(1).find("1 more is no login ("), std::string::npos);
  EXPECT_NE(hidden_text(1200).find("1,200 more are no logins ("), std::string::npos);
  EXPECT_NE(hidden_text(1).find("--all"), std::string::npos);
}

TEST(SessionsView, ASessionsNameIsNeverCut) {
  std::string name(70, 'h');
  name += ":6.k3f";
  EXPECT_NE(render_sessions({session(name)}, {80, false}).find(name + "  "), std::string::npos);
}

TEST(SessionsView, WithoutAWidthEverythingIsThere) {
  const std::string text = render_sessions({session("web1:6.k3f")}, {0, false});
  EXPECT_NE(text.find("ROOT"), std::string::npos);
  EXPECT_NE(text.find("19:57:19"), std::string::npos);
}

TEST(SessionsView, ColumnsStayAlignedForWideNames) {
  v1::Session wide = session("web1:7.k3f");
  wide.set_login_name("日本語");
  const std::string text = render_sessions({session("web1:6.k3f"), wide}, {0, false});
  std::istringstream in(text);
  size_t width = 0;
  for (std::string line; std::getline(in, line); width = text_width(line)) {
    EXPECT_TRUE(width == 0 || text_width(line) == width) << text;
  }
}

TEST(SessionsView, NoneIsNothing) { EXPECT_EQ(render_sessions({}, {80, true}), ""); }

}  // namespace
}  // namespace spoor::cli
