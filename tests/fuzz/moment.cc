// A moment as an operator types it (`--since`, `since:`): whatever the text is, it is a moment
// that can be, near now where it is a clock's, or a message that quotes it.
#include "collector/language/moment.h"

#include <cstdlib>
#include <string>

#include "common/clock.h"
#include "common/quoting.h"

namespace {

using spoor::kNsPerSecond;

constexpr int64_t kNow = 1'700'000'000, kDay = 86'400, kYear2262 = 9'214'646'400;

void expect(bool good) {
  if (!good) std::abort();
}

spoor::Result<int64_t> moment_of(const std::string& text) {
  return spoor::collector::parse_moment(text, kNow * kNsPerSecond, absl::UTCTimeZone());
}

void check(const std::string& text) {
  const auto moment = moment_of(text);
  if (!moment.is_ok()) {
    expect(moment.status().message().starts_with(spoor::shell_quote(text)));
    return;
  }
  const int64_t at = *moment / kNsPerSecond;
  expect(text.size() <= 35 && *moment >= -2 * kDay * kNsPerSecond);
  const bool is_date = text.size() >= 10 && text[4] == '-';
  const bool is_ago = text.size() <= 7 && text.find(':') == text.npos && text.back() != 'y' &&
                      text != "now";
  if (is_ago) expect(at <= kNow && at >= 0);
  else if (!is_date) expect(at > kNow - 2 * kDay && at < kNow + 2 * kDay);
  else expect(at < kYear2262 + 2 * kDay);
  // Another zone is never further than the earth's.
  if (is_date && text.size() > 19 && !text.ends_with('Z')) {
    const auto here = moment_of(text.substr(0, 16));
    expect(here.is_ok() && std::abs(*here / kNsPerSecond - at) <= 2 * kDay);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
