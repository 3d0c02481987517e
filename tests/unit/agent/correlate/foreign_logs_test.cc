// Runs logs of real systems, which are not part of this tree, through decode and correlation: those
// in $SPOOR_AUDIT_LOGS, or in shared/audit-logs beside one of the folders above.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "agent/decode/tables.h"
#include "tests/unit/agent/correlate/records.h"

namespace spoor::agent {
namespace {

namespace fs = std::filesystem;
using test::Pipeline;
using test::Record;

fs::path find_logs() {
  if (const char* folder = std::getenv("SPOOR_AUDIT_LOGS")) return folder;
  for (fs::path at = fs::current_path(); at.has_relative_path(); at = at.parent_path()) {
    std::error_code error;
    if (fs::is_directory(at.parent_path() / "shared/audit-logs", error)) {
      return at.parent_path() / "shared/audit-logs";
    }
  }
  return {};
}

// `type=NAME msg=audit(…): …` somewhere in the line.
std::optional<Record> record_of(const std::string& line) {
  const size_t type = line.find("type="), message = line.find(" msg=audit(");
  if (type == std::string::npos || message == std::string::npos || message < type) return {};
  const auto number = record_type_number(line.substr(type + 5, message - type - 5));
  EXPECT_TRUE(number) << line;
  if (!number) return {};
  return Record{*number, line.substr(message + 5)};
}

TEST(ForeignLogs, EveryRecordDecodesAndIsAccountedFor) {
  const fs::path folder = find_logs();
  if (folder.empty()) GTEST_SKIP() << "no audit logs here: set SPOOR_AUDIT_LOGS";
  size_t files = 0, records = 0, unparsed = 0, facts = 0;
  std::map<std::string, size_t> unparsed_types;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".log" && entry.path().extension() != ".yaml") continue;
    ++files;
    Pipeline p;
    size_t fed = 0, closed = 0;
    p.on_closed = [&](const AuditEvent& event) {
      closed += event.records.size();
      for (const auto& record : event.records) {
        if (record.parsed) continue;
        ++unparsed;
        ++unparsed_types[std::string(event.record_text(record))];
      }
    };
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (const auto record = record_of(line)) {
        p.feed(*record, test::at_ms(0));
        ++fed;
      }
    }
    p.reassembler.flush();
    EXPECT_EQ(p.bad_headers, 0u) << entry.path();
    EXPECT_EQ(closed, fed) << entry.path();
    EXPECT_EQ(p.ended.size(), p.events_closed) << entry.path();
    records += fed;
    facts += p.facts.size();
  }
  std::cout << files << " files, " << records << " records, " << unparsed << " unparsed, " << facts
            << " facts\n";
  for (const auto& [text, count] : unparsed_types) std::cout << "  unparsed: " << text << "\n";
  EXPECT_GT(records, 200u);
}

}  // namespace
}  // namespace spoor::agent
