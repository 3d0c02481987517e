// Records that this machine's kernel does not write: of every type that has a name, and of other
// architectures. One line each in a log, and what the agent makes of it beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "agent/source/replay.h"
#include "common/audit/names.h"
#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

const std::string kFolder = in_source("tests/golden/agent/");

std::string read_log(const std::string& name) {
  PosixFiles files;
  const auto text = read_file(files, kFolder + name + ".log", 16u << 20);
  EXPECT_TRUE(text.is_ok()) << text.status().message();
  return text.is_ok() ? *text : "";
}

Played play_and_compare(const std::string& name) {
  Played played = play_as_fixed_host(read_log(name));
  std::string lines;
  for (const v1::Event& event : played.events) lines += line_of(event) + "\n";
  expect_golden(kFolder + name + ".txt", lines);
  EXPECT_EQ(played.result.unreadable_lines, 0u);
  EXPECT_EQ(played.undecoded, 0u);
  return played;
}

bool has(const v1::Event& event, v1::Incomplete reason) {
  return std::find(event.incomplete().begin(), event.incomplete().end(), reason) !=
         event.incomplete().end();
}

std::string numbered(const std::string& name) { return name.starts_with("UNKNOWN[") ? "" : name; }

TEST(DocumentedRecords, EveryTypeThatHasANameHasOne) {
  std::map<std::string, int> lines;
  const std::string log = read_log("record_types");
  for (size_t at = log.find("type="); at != std::string::npos; at = log.find("\ntype=", at)) {
    at = log.find("type=", at) + 5;
    ++lines[log.substr(at, log.find(' ', at) - at)];
  }
  for (uint16_t type = 1000; type < 3000; ++type) {
    const std::string name = numbered(record_type_name(type));
    if (name.empty()) continue;
    EXPECT_EQ(lines[name], 1) << name;
    lines.erase(name);
  }
  EXPECT_TRUE(lines.empty()) << lines.begin()->first;
}

TEST(DocumentedRecords, EveryTypeIsDecodedAndTyped) {
  const Played played = play_and_compare("record_types");
  std::map<std::string, int> types;
  for (const v1::Event& event : played.events) {
    EXPECT_FALSE(has(event, v1::INCOMPLETE_UNPARSED)) << line_of(event);
    for (const v1::AuditRecord& record : event.records()) {
      ++types[record.type_name()];
      EXPECT_GT(record.fields_size(), 0) << line_of(event);
    }
  }
  // EXECVE is the command itself; EOE says nothing.
  EXPECT_GT(types.size(), 200u);
  EXPECT_FALSE(types.contains("EOE") || types.contains("EXECVE"));
}

TEST(DocumentedRecords, Architectures) {
  const Played played = play_and_compare("architectures");
  std::map<std::string, int> calls;
  for (const v1::Event& event : played.events) {
    EXPECT_FALSE(has(event, v1::INCOMPLETE_UNPARSED) || has(event, v1::INCOMPLETE_PATHS_MISSING))
        << line_of(event);
    if (event.has_command_started()) ++calls[event.command_started().syscall()];
    if (event.has_other_record()) ++calls[event.other_record().syscall()];
    if (event.has_file_access()) ++calls[event.file_access().syscall()];
    if (event.has_network()) ++calls[event.network().syscall()];
  }
  for (const auto& [call, times] : std::map<std::string, int>{
           {"execve", 6}, {"openat", 12}, {"connect", 12}, {"unlinkat", 6}, {"kill", 6}}) {
    EXPECT_EQ(calls[call], times) << call;
  }
}

// Names are beside the fields, never instead of them; without the suffix the events are the same.
TEST(DocumentedRecords, Enriched) {
  const Played played = play_and_compare("enriched");
  std::string raw;
  std::istringstream lines(read_log("enriched"));
  for (std::string line; std::getline(lines, line);) {
    raw += line.substr(0, line.find('\x1d')) + "\n";
  }
  Played plain = play_as_fixed_host(raw);
  ASSERT_EQ(plain.events.size(), played.events.size());
  int names = 0;
  for (size_t i = 0; i < plain.events.size(); ++i) {
    v1::Event event = played.events[i];
    for (v1::AuditRecord& record : *event.mutable_records()) {
      names += record.enriched_size();
      record.clear_enriched();
    }
    // Of a command's own records nothing but the names was there.
    const auto is_empty = [](const v1::AuditRecord& record) { return record.fields().empty(); };
    auto& records = *event.mutable_records();
    records.erase(std::remove_if(records.begin(), records.end(), is_empty), records.end());
    auto& missing = *event.mutable_incomplete();
    missing.erase(std::remove(missing.begin(), missing.end(), v1::INCOMPLETE_UNPARSED),
                  missing.end());
    EXPECT_EQ(line_of(event), line_of(plain.events[i]));
  }
  EXPECT_GT(names, 30);
}

// Ends that never came, serials that wrapped, records that came late: what is missing is said.
TEST(DocumentedRecords, BrokenEvents) { play_and_compare("broken_events"); }

// Each line is an event or is counted as unreadable; all that comes out is well-formed.
TEST(DocumentedRecords, HostileLogsAreAnswered) {
  const std::string head = "type=SYSCALL msg=audit(1700000000.001:1): ";
  const std::string whole = head + "arch=c000003e syscall=1 pid=7 ppid=1 comm=\"a\"";
  const std::vector<std::string> lines = {
      whole.substr(0, whole.size() - 1),                    // cut within a quote
      whole.substr(0, head.size() + 4),                     // within a key
      head.substr(0, head.size() - 6),                      // within the stamp
      head + std::string("a=\0b \0=\0", 8),                // NULs
      head + "comm=\"\xff\xfe\" \xff=\xff subj=\xc3(",       // no UTF-8
      head + "a=" + std::string(1u << 20, 'x'),             // a megabyte
      "type=EXECVE msg=audit(1700000000.002:2): argc=4294967295 a4294967295=\"x\" a0[9]=41",
      "type=SOCKADDR msg=audit(1700000000.003:3): saddr=0A",
      "type=AVC msg=audit(1700000000.004:4): " + std::string(100'000, '{'),
      "type=USER_CMD msg=audit(1700000000.005:5): pid=1 msg='cmd= op= = =",
      "type=UNKNOWN[65535] msg=audit(99999999999999999999.1:1): ",
      "type=", "type= ", "\xff\xff", std::string(3, '\0'),
  };
  for (const std::string& line : lines) {
    const Played played = play_as_fixed_host(line + "\n" + whole + "\n");
    EXPECT_EQ(played.result.records + played.result.unreadable_lines, 2u) << line.substr(0, 80);
    uint64_t records = 0;
    for (const v1::EventText& text : played.texts) {
      records += static_cast<uint64_t>(text.records_size());
    }
    EXPECT_EQ(records, played.result.records) << line.substr(0, 80);
  }
}

}  // namespace
}  // namespace spoor::agent
