// Plays its input as a log through all stages up to the facts and to their JSON, as `replay` does.
// Whatever the bytes are: a record's text is in an event, and each event is one line of JSON.
#include <algorithm>
#include <string>
#include <string_view>

#include "agent/event_lines.h"
#include "agent/log_host.h"
#include "common/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  uint64_t facts = 0, lines = 0;
  EventLines json([&](std::string_view text) {
    CHECK(spoor::is_utf8(text));
    for (const char c : text) lines += c == '\n';
    return spoor::ok();
  });
  LogHost log("web1", [&](const Fact& fact, const Host& host) {
    ++facts;
    CHECK(host.boot_in_log != 0);
    CHECK(json.add(fact, host).is_ok());
  });
  uint64_t records = 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  CHECK(compression_of(rest).size() < 8);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const auto item = parse_replay_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!item.is_ok()) continue;
    const auto* record = std::get_if<Datagram>(&*item);
    if (record != nullptr && is_interpreted(*record)) continue;
    records += record != nullptr;
    if (record != nullptr) log.play(*record);
    else if (const auto* clock = std::get_if<spoor::Instant>(&*item)) log.play(*clock);
    else if (const auto* message = std::get_if<ProcessMessage>(&*item)) log.play(*message);
  }
  log.finish();
  CHECK(json.finish().is_ok());
  CHECK(lines == facts);
  CHECK(log.counts().records == records);
  CHECK((facts > 0) >= (records > 0));
  return 0;
}
