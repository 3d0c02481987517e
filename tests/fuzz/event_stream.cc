// A stream of records as a host under stress gives it: the first eight bytes seed what happens to
// the lines `TYPE audit(…): …` after them. Each is passed on, dropped, doubled, cut, held back and
// let go later; time passes in between. Whatever comes out: every record that went in is in one
// event, every event that began is told of once, every serial is accounted for once, and what is
// held stays bounded.
#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/correlator.h"
#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/fields.h"
#include "agent/decode/record_fields.h"
#include "tests/fuzz/event_checks.h"

namespace spoor::agent {
namespace {

constexpr int64_t kStartNs = 1'700'000'000 * kNsPerSecond;

class Stream {
 public:
  explicit Stream(uint64_t seed)
      : random_(seed),
        correlator_(Host{}, [this](const Fact& fact) { told(fact); }),
        reassembler_([this](AuditEvent& event) { closed(event); },
                     [this](EventKey key) { ++began_[key]; }) {}

  void line(std::string_view line) {
    switch (random_() % 16) {
      case 0: return;  // dropped
      case 1:
        take(line);
        return take(line);
      case 2: return take(line.substr(0, random_() % (line.size() + 1)));
      case 3:
      case 4: held_.emplace_back(line); return;
      case 5: pass(static_cast<int64_t>(random_() % 64)); return take(line);
      case 6:
        if (random_() % 8 == 0) pass(3000);
        return take(line);
      default: take(line);
    }
    if (!held_.empty() && random_() % 4 == 0) let_go();
  }

  void finish() {
    while (!held_.empty()) let_go();
    if (random_() % 2 == 0) pass(3000);
    reassembler_.flush();
    CHECK(reassembler_.in_flight() == 0 && reassembler_.bytes_in_flight() == 0);
    CHECK(records_out_ == records_in_);
    // A late event's serial began with the event before it.
    for (const auto& [key, count] : began_) CHECK(closed_[key] == count);
    for (const auto& [key, count] : closed_) CHECK(began_[key] == count);
  }

 private:
  Instant now() const { return {kStartNs + ms_ * kNsPerMs, ms_ * kNsPerMs}; }

  void pass(int64_t ms) {
    ms_ += ms;
    reassembler_.tick(now());
    correlator_.tick(now());
  }
  void let_go() {
    const size_t at = random_() % held_.size();
    const std::string line = std::move(held_[at]);
    held_[at] = std::move(held_.back());
    held_.pop_back();
    take(line);
  }
  void take(std::string_view line) {
    const size_t space = line.find(' ');
    uint16_t type = 0;
    if (space == std::string_view::npos || !parse_number(line.substr(0, space), type)) return;
    const std::string_view text = line.substr(space + 1);
    const auto key = decode_header(text, nullptr);
    if (!key) return;
    ++records_in_;
    AuditEvent& event = reassembler_.event_for(*key, now());
    CHECK(event.key == *key);
    decode_record({type, text}, *key, event);
    reassembler_.record_added(event, now());
    CHECK(reassembler_.bytes_in_flight() <= kInFlightBytesMax || reassembler_.in_flight() == 1);
  }
  void closed(AuditEvent& event) {
    check_event(event);
    records_out_ += event.records.size() + event.records_cut;
    if (!event.late) ++closed_[event.key];
    decode_fields(event, is_exec(event) ? HasPlace::command : HasPlace::nothing);
    check_event(event);
    ended_ = 0;
    correlator_.on_audit(event, now());
    CHECK(ended_ == 1);
  }
  void told(const Fact& fact) {
    CHECK(fact.order == ++order_);
    if (fact.audit != nullptr && fact.ends_event) ++ended_;
  }

  std::mt19937_64 random_;
  int64_t ms_ = 1000;
  uint64_t order_ = 0, ended_ = 0, records_in_ = 0, records_out_ = 0;
  std::map<EventKey, uint64_t> began_, closed_;
  std::vector<std::string> held_;
  Correlator correlator_;
  Reassembler reassembler_;
};

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint64_t seed = 0;
  if (size < sizeof seed) return 0;
  std::memcpy(&seed, data, sizeof seed);
  std::string_view rest(reinterpret_cast<const char*>(data) + sizeof seed, size - sizeof seed);
  spoor::agent::Stream stream(seed);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    stream.line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  stream.finish();
  return 0;
}
