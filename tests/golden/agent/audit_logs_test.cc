// Real auditd logs of other distributions and times, where they lie beside the source tree: every
// line is read, every record is in an event, and what comes out is counted in audit_logs.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

const std::string kLogs = in_source("../shared/audit-logs");
const std::string kGolden = in_source("tests/golden/agent/audit_logs.txt");

// The `type=` lines of a log, or of a YAML file that holds some. A date before `type=` is not ours.
std::string records_of(const std::string& text) {
  std::string records;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const size_t start = line.find("type=");
    if (start != std::string::npos) records += line.substr(start) + "\n";
    at = end + 1;
  }
  return records;
}

std::string summary_of(const std::string& name, const Played& played) {
  std::map<std::string, int> kinds, incomplete;
  for (const v1::Event& event : played.events) {
    ++kinds[v1::Event::descriptor()->FindFieldByNumber(event.kind_case())->name()];
    for (const int reason : event.incomplete()) {
      ++incomplete[v1::Incomplete_Name(static_cast<v1::Incomplete>(reason))];
    }
  }
  std::string text = name + ": " + std::to_string(played.result.records) + " records, " +
                     std::to_string(played.result.unreadable_lines) + " unreadable lines, " +
                     std::to_string(played.undecoded) + " undecoded\n";
  for (const auto& [kind, count] : kinds) text += "  " + kind + " " + std::to_string(count) + "\n";
  for (const auto& [reason, count] : incomplete) {
    text += "  " + reason + " " + std::to_string(count) + "\n";
  }
  return text;
}

TEST(AuditLogsTest, EveryLogIsReadAndCounted) {
  PosixFiles files;
  if (!files.list(kLogs).is_ok()) GTEST_SKIP() << "no logs of other distributions at " << kLogs;
  std::string summary;
  for (const std::string folder : {"auparse/testdata", "testdata", "aucoalesce/testdata"}) {
    const auto names = files.list(kLogs + "/" + folder);
    ASSERT_TRUE(names.is_ok());
    for (const std::string& name : *names) {
      if (!name.ends_with(".log") && !name.ends_with(".yaml")) continue;
      const auto text = read_file(files, kLogs + "/" + folder + "/" + name, 64u << 20);
      ASSERT_TRUE(text.is_ok());
      const Played played = play_as_fixed_host(records_of(*text));
      uint64_t records = 0;
      for (const v1::EventText& t : played.texts)
        records += static_cast<uint64_t>(t.records_size());
      EXPECT_GE(records, played.result.records) << name;
      summary += summary_of(folder + "/" + name, played);
    }
  }
  expect_golden(kGolden, summary);
}

}  // namespace
}  // namespace spoor::agent
