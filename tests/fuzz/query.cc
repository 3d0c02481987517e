// The query language: whatever is typed is a tree that says the same when it is put in parentheses,
// or an error that points into what was typed and shows nothing that paints a terminal.
#include "collector/language/parser.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

using spoor::collector::Expression;

void expect(bool good) {
  if (!good) std::abort();
}

size_t tests_in(const Expression& e) {
  if (e.kind == Expression::Kind::test) return 1;
  expect(e.parts.size() == 1 ? e.kind == Expression::Kind::none : e.parts.size() > 1);
  size_t out = 0;
  for (const Expression& part : e.parts) {
    expect(part.kind != e.kind);
    out += tests_in(part);
  }
  return out;
}

void check(const std::string& text) {
  const spoor::collector::Asked asked{1'700'000'000'000'000'000, absl::UTCTimeZone()};
  const auto query = parse_query(text, asked);
  if (!query.is_ok()) {
    const std::string message = query.status().message();
    expect(message.starts_with("column "));
    const unsigned long column = std::strtoul(message.c_str() + 7, nullptr, 10);
    expect(column >= 1 && column <= text.size() + 1);
    expect(message.find('\x1b') == message.npos && message.find('\0') == message.npos);
    return;
  }
  const std::string tree = query->to_text();
  expect(std::all_of(tree.begin(), tree.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  if (!query->where) return;
  expect(tests_in(*query->where) <= spoor::collector::kQueryPartsMax);
  const bool is_about_events = !query->since_ns && !query->until_ns && !query->same_case &&
                               query->kinds == spoor::collector::default_kinds() &&
                               text.find("case:") == text.npos && text.find("kind:") == text.npos;
  if (!is_about_events) return;
  const auto inside = parse_query("(" + text + ")", asked);
  if (inside.is_ok()) expect(*inside == *query);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}
