// Feeds lines `TYPE audit(…): …` through decode, reassembler, field types and correlator. A line
// `TYPE +N` lets N ms pass; `fork PID PARENT`, `exit PID`, and of other threads `thread PID` and
// `left PID`, are the connector's messages. Whatever the bytes are: no event is lost, none is told
// twice, slices stay inside their event, bounds hold.
#include <algorithm>
#include <string>
#include <string_view>

#include "agent/correlate/correlator.h"
#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"
#include "agent/decode/fields.h"
#include "agent/decode/record_fields.h"
#include "agent/decode/sockaddr.h"
#include "tests/fuzz/event_checks.h"

namespace spoor::agent {
namespace {

constexpr int64_t kStartNs = 1'700'000'000 * kNsPerSecond;

class Run {
 public:
  Run()
      : correlator_(Host{}, [this](const Fact& fact) { take(fact); }),
        reassembler_([this](AuditEvent& event) { close(event); }, [](EventKey) {}) {}

  void line(std::string_view line) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = line.substr(std::min(space + 1, line.size()));
    uint16_t type = 0;
    using Kind = ProcessMessage::Kind;
    if (word == "fork" || word == "exit") {
      process(word == "fork" ? Kind::fork : Kind::exit, rest);
    } else if (word == "thread" || word == "left") {
      process(word == "thread" ? Kind::thread_fork : Kind::thread_exit, rest);
    } else if (!parse_number(word, type)) {
      return;
    } else if (rest.starts_with('+')) {
      pass(rest.substr(1));
    } else if (const auto key = header_of(rest)) {
      AuditEvent& event = reassembler_.event_for(*key, now());
      decode_record({type, rest}, *key, event);
      check_event(event);
      reassembler_.record_added(event, now());
      CHECK(reassembler_.bytes_in_flight() <= kInFlightBytesMax || reassembler_.in_flight() == 1);
    }
  }
  void finish() {
    reassembler_.flush();
    CHECK(reassembler_.in_flight() == 0 && reassembler_.bytes_in_flight() == 0);
    pass("60000");
    pass("60000");
    const std::string saved = correlator_.save();
    Correlator next(Host{}, [](const Fact&) {});
    CHECK(next.restore(saved).is_ok());
  }

 private:
  // The reader that remembers the header before this one must say what the other one says.
  std::optional<EventKey> header_of(std::string_view text) {
    size_t body = 0;
    const auto key = decode_header(text, &body);
    const RecordHeader& again = headers_.read(text);
    CHECK(again.key == key && (!key || body == again.body));
    return key;
  }

  Instant now() const { return {kStartNs + ms_ * kNsPerMs, ms_ * kNsPerMs}; }

  void pass(std::string_view number) {
    uint16_t ms = 0;
    if (parse_number(number, ms)) ms_ += ms;
    reassembler_.tick(now());
    correlator_.tick(now());
  }
  void process(ProcessMessage::Kind kind, std::string_view words) {
    const size_t space = std::min(words.find(' '), words.size());
    ProcessMessage message;
    message.kind = kind;
    message.boottime_ns = now().boottime_ns;
    if (!parse_number(words.substr(0, space), message.pid)) return;
    parse_number(words.substr(std::min(space + 1, words.size())), message.parent_pid);
    correlator_.on_process(message, now());
  }
  void close(AuditEvent& event) {
    for (const HasPlace place : {HasPlace::command, HasPlace::file, HasPlace::nothing}) {
      decode_fields(event, place);
      check_event(event);
    }
    const uint64_t dropped = correlator_.events_dropped();
    ended_ = 0;
    correlator_.on_audit(event, now());
    CHECK(ended_ + correlator_.events_dropped() - dropped == 1);
  }
  void take(const Fact& fact) {
    CHECK(fact.order == ++order_);
    if (fact.audit != nullptr && fact.ends_event) ++ended_;
  }

  HeaderReader headers_;
  int64_t ms_ = 1000;
  uint64_t order_ = 0;
  uint64_t ended_ = 0;
  Correlator correlator_;
  Reassembler reassembler_;
};

}  // namespace
}  // namespace spoor::agent

namespace spoor::agent {
namespace {

// The input as the bytes of an address, in both byte orders and in none that is said.
void as_address(std::string_view bytes) {
  for (const uint32_t arch : {0u, 0xC000003Eu, 0x80000016u}) {
    AuditEvent event;
    SocketAddress address;
    CHECK(decode_sockaddr(bytes, arch, event, address) == (bytes.size() >= 2));
    check_address(event, address);
    (void)parse_ip_address(bytes, event, address);
    check_address(event, address);
  }
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  spoor::agent::as_address(rest);
  spoor::agent::Run run;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    run.line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  run.finish();
  return 0;
}
