#include "collector/cli/trail_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "common/text_width.h"

namespace spoor::cli {
namespace {

constexpr int64_t kStart = 1'699'991'839'811'000'000;

std::vector<v1::TrailItem> one_command(const std::string& argument) {
  setenv("TZ", "UTC", 1);
  tzset();
  std::vector<v1::TrailItem> items(3);
  v1::Session& session = *items[0].mutable_session();
  session.set_name("web1:6.k3f");
  session.set_host("web1");
  session.set_login_uid(1000);
  session.set_started_ns(kStart);
  session.set_opening_seen(true);
  v1::Command& command = *items[1].mutable_command();
  command.set_number(1);
  command.set_started_ns(kStart);
  command.set_ended_ns(kStart + 5'000'000);
  command.set_end(v1::Command::END_EXITED);
  command.set_exit_code(3);
  command.set_uid(1000);
  command.add_args("echo");
  command.add_args(argument);
  items[2].mutable_lag();
  return items;
}

size_t widest(const std::string& text) {
  size_t width = 0;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) width = std::max(width, text_width(line));
  return width;
}

TEST(TrailView, CutsAtTheWidthAndKeepsTheColumnsAfter) {
  const std::string text = render_trail(one_command(std::string(5000, 'x')), {100, false});
  EXPECT_EQ(widest(text), 100U);
  EXPECT_NE(text.find("xxx…  5 ms  exit 3\n"), std::string::npos) << text;
}

TEST(TrailView, CutsNothingWithoutAWidth) {
  std::string argument(100'000, 'x');
  const std::string text = render_trail(one_command(argument), {0, false});
  argument += "  5 ms  exit 3\n";
  EXPECT_NE(text.find(argument), std::string::npos);
}

TEST(TrailView, EveryWidthHolds) {
  for (size_t width = 1; width < 200; ++width) {
    const auto items = one_command("日本語 e\u0301 🚀🚀🚀🚀🚀🚀🚀🚀");
    const std::string text = render_trail(items, {width, false});
    EXPECT_LE(widest(text), std::max(width, kWidthMin)) << text;
  }
}

TEST(TrailView, ColourChangesNothingButColour) {
  const auto items = one_command("a b");
  std::string coloured = render_trail(items, {90, true});
  EXPECT_NE(coloured.find('\033'), std::string::npos);
  for (size_t at = coloured.find('\033'); at != std::string::npos; at = coloured.find('\033')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, render_trail(items, {90, false}));
}

TEST(TrailView, ALossIsFoldedNeverCut) {
  auto items = one_command("x");
  v1::TrailItem hole;
  hole.mutable_loss()->mutable_loss()->set_count(37);
  hole.mutable_loss()->mutable_loss()->set_unit(std::string(300, 'Q'));  // longer than any line
  hole.mutable_loss()->mutable_loss()->set_exact(true);
  items.insert(items.begin() + 1, hole);
  const std::string text = render_trail(items, {80, false});
  EXPECT_LE(widest(text), 80U);
  EXPECT_EQ(std::count(text.begin(), text.end(), 'Q'), 300);
  EXPECT_NE(text.find("exact —"), std::string::npos);
}

TEST(TrailView, WhatIsNotBelievedIsFoldedNeverCut) {
  auto items = one_command("x");
  v1::TrailItem item;
  v1::DisbelievedRecord& record =
      *item.mutable_event()->mutable_event()->mutable_disbelieved_record();
  record.set_account(std::string(300, 'Q'));
  record.set_reason("the end");
  items.insert(items.begin() + 2, item);
  const std::string text = render_trail(items, {80, false});
  EXPECT_LE(widest(text), 80U);
  EXPECT_EQ(std::count(text.begin(), text.end(), 'Q'), 300);
  EXPECT_NE(text.find("the end"), std::string::npos);
}

TEST(TrailView, WhoActsForAnotherIsNamedOnEveryLine) {
  auto items = one_command("x");
  items[1].mutable_command()->set_uid(0);
  items[1].mutable_command()->set_user("root");
  items[1].mutable_command()->set_other_user(true);
  v1::TrailItem child = items[1];
  child.mutable_command()->set_number(2);
  child.mutable_command()->set_parent(1);
  items.insert(items.begin() + 2, child);
  const std::string text = render_trail(items, {0, false});
  EXPECT_NE(text.find("  [root] echo x"), std::string::npos);
  EXPECT_NE(text.find("└ [root] echo x"), std::string::npos);
}

TEST(TrailView, WithoutALoginUidTheFirstCommandNamesItsUser) {
  auto items = one_command("x");
  items[0].mutable_session()->clear_login_uid();
  EXPECT_NE(render_trail(items, {0, false}).find("[uid 1000] echo x"), std::string::npos);
}

// `count` files of the command, of which the last was refused.
std::vector<v1::TrailItem> with_files(size_t count) {
  auto items = one_command("x");
  for (size_t i = 0; i < count; ++i) {
    v1::TrailItem item;
    v1::Event& event = *item.mutable_event()->mutable_event();
    item.mutable_event()->set_command(1);
    event.mutable_file_access()->set_operation(v1::FileAccess::OPERATION_CREATE);
    event.mutable_file_access()->set_path("/f" + std::to_string(i));
    event.mutable_file_access()->set_path_resolved(true);
    if (i + 1 == count) event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
    items.insert(items.end() - 1, item);
  }
  return items;
}

TEST(TrailView, ManyFilesOfOneCommandAreCounted) {
  const std::string text = render_trail(with_files(400), {0, false});
  EXPECT_NE(text.find("· created /f19\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("/f20"), std::string::npos);
  EXPECT_NE(text.find("  … 380 more of its files, 1 failed (--files shows all)\n"),
            std::string::npos) << text;
  const std::string few = render_trail(with_files(kRunMax + 1), {0, false});
  EXPECT_NE(few.find("could not create /f20\n"), std::string::npos);
  EXPECT_EQ(few.find("more of its"), std::string::npos);
  ViewOptions all{0, false};
  all.filter.files = true;
  EXPECT_NE(render_trail(with_files(400), all).find("/f399\n"), std::string::npos);
  ViewOptions flat{0, false};
  flat.flat = true;
  EXPECT_NE(render_trail(with_files(400), flat).find("/f399\n"), std::string::npos);
}

TEST(TrailView, AFlatOneNamesTheCommandOnEachLine) {
  auto items = with_files(1);
  items[1].mutable_command()->set_pid(2003);
  items[1].mutable_command()->set_cwd("/home");
  items[1].mutable_command()->set_exe("/tmp/echo");
  ViewOptions flat{0, false};
  flat.flat = true;
  const std::string text = render_trail(items, flat);
  EXPECT_NE(text.find("19:57:19.811  [2003] echo x  ! ran /tmp/echo  5 ms  exit 3\n"),
            std::string::npos) << text;
  EXPECT_NE(text.find("[2003] echo · could not create /f0\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("in /home"), std::string::npos);
  flat.filter.files = true;
  EXPECT_EQ(render_trail(items, flat).find("] echo x"), std::string::npos);
}

TEST(TrailView, AnEmptyPartSaysThatItIsOne) {
  ViewOptions part{0, false};
  part.filter.network = true;
  std::vector<v1::TrailItem> items(1);
  items[0].mutable_session();
  EXPECT_NE(render_trail(items, part).find("without --files"), std::string::npos);
  EXPECT_EQ(render_trail(items, {0, false}).find("without --files"), std::string::npos);
}

TEST(TrailView, WhatStillRunsAfterALogoutIsSaidToRun) {
  auto items = one_command("x");
  items[1].mutable_command()->clear_end();
  items[0].mutable_session()->set_ended_ns(kStart + 1);
  EXPECT_NE(render_trail(items, {0, false}).find("end unseen\n"), std::string::npos);
  items[0].mutable_session()->set_state(v1::Session::STATE_LOGGED_OUT);
  items[0].mutable_session()->set_processes_left(1);
  const std::string text = render_trail(items, {0, false});
  EXPECT_NE(text.find("running\n"), std::string::npos) << text;
  EXPECT_NE(text.find("logged out, 1 process still runs"), std::string::npos) << text;
}

TEST(TrailView, AnythingMayBeMissing) {
  EXPECT_NE(render_trail({}, {80, true}), "");
  std::vector<v1::TrailItem> items(2);
  items[0].mutable_command();
  EXPECT_NE(render_trail(items, {80, false}).find("unknown program"), std::string::npos);
  EXPECT_NE(render_trail(items, {80, false}).find("too old to know"), std::string::npos);
}

TEST(TrailView, LagIsTheLastLine) {
  auto items = one_command("x");
  items[2].mutable_lag()->set_bytes_behind(1);
  EXPECT_TRUE(render_trail(items, {0, false}).ends_with("are not shown yet.\n"));
}

}  // namespace
}  // namespace spoor::cli
