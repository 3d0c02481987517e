// Plays its input as a log through all stages up to the facts and to their JSON. Whatever the bytes
// are: each line is counted, a record's text is in an event, and each event is one line of JSON.
#include <string>
#include <string_view>

#include "agent/event_lines.h"
#include "agent/playback.h"
#include "common/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  uint64_t facts = 0, lines = 0;
  EventLines json([&](std::string_view text) {
    CHECK(spoor::is_utf8(text));
    for (const char c : text) lines += c == '\n';
    return spoor::ok();
  });
  const Host host;
  Pipeline pipeline(host, std::nullopt, [&](const Fact& fact, spoor::Instant) {
    ++facts;
    CHECK(json.add(fact, host).is_ok());
  });
  const PlaybackResult result =
      play(std::string_view(reinterpret_cast<const char*>(data), size), pipeline);
  CHECK(json.finish().is_ok());
  CHECK(lines == facts);
  CHECK(pipeline.undecoded() <= result.records);
  CHECK((facts > 0) >= (result.records > 0));
  return 0;
}
