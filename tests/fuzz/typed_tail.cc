// What somebody types, in records of any size: the first byte of the input says how they are cut.
// Where no secret is found every byte is shown, in its order; a line with a secret behind it is
// shown without, wherever it is cut; what is held is bounded, also over a restart.
#include "agent/redact/typed_tail.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/limits.h"
#include "common/check.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kSecret = "Xk4-tree";

const RedactRules& rules() {
  static const auto loaded = load_redact_rules(shipped_redact_rules());
  CHECK(loaded.problems.empty());
  return *loaded.rules;
}

std::string shown(std::string_view typed, size_t piece, bool restarts, bool& found) {
  Matcher matcher(rules());
  TypedTail tail;
  std::string out;
  for (size_t at = 0; at < typed.size(); at += piece) {
    matcher.begin();
    out += tail.shown(typed.substr(at, piece), "bash", matcher, found);
    CHECK(tail.bytes() < 8 * kTypedLineBytesMax);
    if (!restarts) continue;
    bool is_cut = false;
    const std::string saved = tail.saved("bash", matcher, is_cut);
    found |= is_cut;
    tail = {};
    tail.restore(saved, is_cut);
  }
  matcher.begin();
  return out + tail.rest("bash", matcher, found);
}

void run(size_t cut, std::string_view input) {
  const std::string typed = std::string(input) + "\r";
  const std::string planted = typed + "mysql -p" + std::string(kSecret) + " shop\r";
  for (const size_t piece : {cut + 1, typed.size() + 100}) {
    for (const bool restarts : {false, true}) {
      bool found = false;
      const std::string out = shown(typed, piece, restarts, found);
      CHECK(found || out == typed);
      const bool was_there = typed.find(kSecret) != typed.npos;
      found = false;
      const std::string without = shown(planted, piece, restarts, found);
      CHECK(found);
      CHECK(was_there || without.find(kSecret) == without.npos);
    }
  }
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size != 0) spoor::agent::run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
