// Each recording of tests/golden/records, named for what it shows, gives the events of
// tests/golden/agent/events. Whatever a record says must also be true of every recording: whole
// events, no loss, every command known by its birth and its end.
#include <gtest/gtest.h>

#include <set>

#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

const std::string kRecords = in_source("tests/golden/records");
const std::string kEvents = in_source("tests/golden/agent/events");

std::vector<std::string> recordings() {
  PosixFiles files;
  std::vector<std::string> names;
  const auto all = files.list(kRecords);
  if (!all.is_ok()) return names;
  for (const std::string& name : *all) {
    if (name.ends_with(".rec")) names.push_back(name.substr(0, name.size() - 4));
  }
  return names;
}

class RecordingTest : public ::testing::TestWithParam<std::string> {};

TEST_P(RecordingTest, GivesItsEvents) {
  PosixFiles files;
  const auto recording = read_file(files, kRecords + "/" + GetParam() + ".rec", 16u << 20);
  ASSERT_TRUE(recording.is_ok());
  const Played played = play_as_fixed_host(*recording);
  std::string lines;
  for (const v1::Event& event : played.events) lines += line_of(event) + "\n";
  expect_golden(kEvents + "/" + GetParam() + ".txt", lines);
}

TEST_P(RecordingTest, IsWholeAndAccountedFor) {
  PosixFiles files;
  const auto recording = read_file(files, kRecords + "/" + GetParam() + ".rec", 16u << 20);
  ASSERT_TRUE(recording.is_ok());
  const Played played = play_as_fixed_host(*recording);
  EXPECT_EQ(played.result.unreadable_lines, 0u);
  EXPECT_EQ(played.undecoded, 0u);
  uint64_t records = 0;
  for (const v1::EventText& text : played.texts)
    records += static_cast<uint64_t>(text.records_size());
  // An event's text travels with each of its facts; no record is missing.
  EXPECT_GE(records, played.result.records);
  std::set<std::pair<uint32_t, uint64_t>> started, ended;
  for (const v1::Event& event : played.events) {
    // In a folder whose path is too long the kernel itself could not write where.
    const bool is_long = GetParam() == "long_paths" && event.has_command_started();
    for (const int missing : event.incomplete()) {
      EXPECT_TRUE(is_long && missing == v1::INCOMPLETE_CWD_MISSING) << line_of(event);
    }
    EXPECT_FALSE(event.has_loss()) << line_of(event);
    if (event.has_command_started()) {
      const v1::ProcessKey& key = event.command_started().command().process();
      EXPECT_NE(key.birth_ns(), 0u) << line_of(event);
      started.emplace(key.pid(), key.birth_ns());
    }
    if (event.has_process_ended()) {
      const v1::ProcessKey& key = event.process_ended().process();
      EXPECT_TRUE(ended.emplace(key.pid(), key.birth_ns()).second) << line_of(event);
      EXPECT_NE(event.process_ended().end_case(), v1::ProcessEnded::END_NOT_SET);
    }
  }
  EXPECT_EQ(started, ended);
}

INSTANTIATE_TEST_SUITE_P(Records, RecordingTest, ::testing::ValuesIn(recordings()),
                         [](const auto& each) { return each.param; });

TEST(RecordingsTest, ThereAreAtLeastTwelve) { EXPECT_GE(recordings().size(), 12u); }

}  // namespace
}  // namespace spoor::agent
