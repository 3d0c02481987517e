// A moment as an operator types it (`spoor trail --since`): whatever the text is, it is a moment
// that can be, near now where it is a clock's, or a message that quotes it.
#include "collector/cli/since.h"

#include <cstdlib>
#include <string>

#include "common/clock.h"
#include "common/quoting.h"

namespace {

constexpr int64_t kNow = 1'700'000'000, kDay = 86'400, kYear2262 = 9'214'646'400;

void expect(bool good) {
  if (!good) std::abort();
}

void check(const std::string& text) {
  using spoor::kNsPerSecond;
  const auto moment = spoor::cli::parse_since(text, kNow * kNsPerSecond);
  if (!moment.is_ok()) {
    expect(moment.status().message().starts_with(spoor::shell_quote(text)));
    return;
  }
  const int64_t at = *moment / kNsPerSecond;
  expect(*moment % kNsPerSecond == 0 && text.size() <= 25);
  const bool is_ago = text.find_first_of("smhdw") != text.npos;
  const bool is_clock = !is_ago && text.size() <= 8;
  if (is_ago) expect(at <= kNow && at >= 0);
  else if (is_clock) expect(at > kNow - 2 * kDay && at < kNow + 2 * kDay);
  else expect(at > -2 * kDay && at < kYear2262 + 2 * kDay);
  // Another zone is never further than the earth's.
  if (!is_ago && !is_clock && text.size() > 19 && !text.ends_with('Z')) {
    const auto here = spoor::cli::parse_since(text.substr(0, 16), kNow * kNsPerSecond);
    expect(here.is_ok() && std::abs(*here / kNsPerSecond - at) <= 2 * kDay);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
