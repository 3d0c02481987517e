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
  s.set_terminal("pts/0");
  s.set_started_ns(1'699'991'839'811'000'000);
  s.set_ended_ns(1'699'991'841'911'000'000);
  s.set_commands(8);
  s.set_losses(2);
  return s;
}

TEST(SessionsView, ATypicalRowFitsEightyColumnsWithNothingCut) {
  EXPECT_EQ(render_sessions({session("web1:6.k3f")}, {80, false}),
            "SESSION     USER   FROM          STARTED           LASTED  CMDS  FAIL  LOSS\n"
            "web1:6.k3f  alice  203.0.113.77  2023-11-14 19:57   2.1 s     8     -     2\n");
}

TEST(SessionsView, ASessionsNameIsNeverCut) {
  std::string name(70, 'h');
  name += ":6.k3f";
  EXPECT_NE(render_sessions({session(name)}, {80, false}).find(name + "  "), std::string::npos);
}

TEST(SessionsView, WithoutAWidthEverythingIsThere) {
  const std::string text = render_sessions({session("web1:6.k3f")}, {0, false});
  EXPECT_NE(text.find("TERMINAL"), std::string::npos);
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
