// The records of every recording, in thousands of other orders: those of several events mixed,
// those of one event shuffled but for its EOE. The events stay what they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/record_fields.h"
#include "agent/source/replay.h"
#include "common/files.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

constexpr int kRoundsEach = 200;
constexpr size_t kEventsMixed = 8;
constexpr uint16_t kEoe = 1320;
const std::string kRecords = in_source("tests/golden/records");

struct Line {
  uint16_t type = 0;
  std::string text;
};
using Records = std::vector<Line>;

std::map<EventKey, Records> events_of(const std::string& recording) {
  std::map<EventKey, Records> events;
  for (size_t at = 0; at < recording.size();) {
    const size_t end = std::min(recording.find('\n', at), recording.size());
    const auto item = parse_replay_line(std::string_view(recording).substr(at, end - at));
    at = end + 1;
    const Datagram* record = item.is_ok() ? std::get_if<Datagram>(&*item) : nullptr;
    const auto key = record ? decode_header(record->text, nullptr) : std::nullopt;
    if (key) events[*key].push_back({record->type, std::string(record->text)});
  }
  return events;
}

// What an event says, whatever order it was said in.
std::string said(AuditEvent& event) {
  decode_fields(event, is_exec(event) ? HasPlace::command : HasPlace::nothing);
  std::vector<std::string> parts;
  for (const AuditEvent::Record& record : event.records) {
    std::string part(event.record_text(record));
    for (uint32_t i = 0; i < record.fields; ++i) {
      const RecordField& field = event.fields[record.first_field + i];
      part.append(" ").append(event.bytes(field.value)).append(event.bytes(field.meaning));
      part.append(std::to_string(field.number));
    }
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  if (event.exec) {
    for (const ExecArgument& arg : event.exec->args) {
      parts.push_back((arg.present ? "arg " : "none ") + std::string(event.bytes(arg.value)));
    }
  }
  if (event.cwd) parts.push_back("cwd " + std::string(event.bytes(*event.cwd)));
  parts.push_back("incomplete " + std::to_string(incomplete_bits(event)));
  parts.push_back((event.ended ? "ended " : "open ") + std::to_string(event.late));
  std::string all;
  for (const std::string& part : parts) all.append(part).append("\n");
  return all;
}

class Reader {
 public:
  Reader() : reassembler_([this](AuditEvent& e) { take(e); }, [](EventKey) {}) {}

  void feed(const Line& line) {
    const EventKey key = *decode_header(line.text, nullptr);
    AuditEvent& event = reassembler_.event_for(key, {});
    decode_record({line.type, line.text}, key, event);
    reassembler_.record_added(event, {});
  }
  std::map<EventKey, std::string> finish() {
    reassembler_.flush();
    EXPECT_EQ(twice_, 0);
    return std::move(events_);
  }

 private:
  void take(AuditEvent& event) { twice_ += !events_.emplace(event.key, said(event)).second; }

  std::map<EventKey, std::string> events_;
  int twice_ = 0;
  Reassembler reassembler_;
};

TEST(Interleavings, GiveTheSameEvents) {
  PosixFiles files;
  const auto names = files.list(kRecords);
  ASSERT_TRUE(names.is_ok());
  std::mt19937 random(4711);
  int rounds = 0;
  for (const std::string& name : *names) {
    if (!name.ends_with(".rec")) continue;
    const auto text = read_file(files, kRecords + "/" + name, 16u << 20);
    ASSERT_TRUE(text.is_ok());
    const std::map<EventKey, Records> events = events_of(*text);
    Reader in_order;
    for (const auto& [key, records] : events) {
      for (const Line& line : records) in_order.feed(line);
    }
    const std::map<EventKey, std::string> want = in_order.finish();
    ASSERT_EQ(want.size(), events.size());
    for (int round = 0; round < kRoundsEach; ++round, ++rounds) {
      std::vector<Records> mixed;
      auto from = events.begin();
      std::advance(from, random() % events.size());
      for (; from != events.end() && mixed.size() < kEventsMixed; ++from) {
        mixed.push_back(from->second);
        Records& last = mixed.back();
        const bool has_end = last.back().type == kEoe;
        std::shuffle(last.begin(), last.end() - (has_end ? 1 : 0), random);
      }
      Reader reader;
      for (std::vector<size_t> next(mixed.size()); ;) {
        std::vector<size_t> open;
        for (size_t i = 0; i < mixed.size(); ++i) {
          if (next[i] < mixed[i].size()) open.push_back(i);
        }
        if (open.empty()) break;
        const size_t one = open[random() % open.size()];
        reader.feed(mixed[one][next[one]++]);
      }
      const std::map<EventKey, std::string> have = reader.finish();
      ASSERT_EQ(have.size(), mixed.size());
      for (const auto& [key, event] : have) ASSERT_EQ(event, want.at(key)) << name << " " << round;
    }
  }
  EXPECT_GT(rounds, 4000);
}

}  // namespace
}  // namespace spoor::agent
