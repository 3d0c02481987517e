// What somebody types. Every byte but Enter is shown, in its order; where the bytes are cut into
// records makes no difference; each text is bounded.
#include "agent/decode/typed_line.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "agent/limits.h"

namespace {

using spoor::agent::TypedLine;
using spoor::agent::TypedLines;

void expect(bool good) {
  if (!good) std::abort();
}

struct Line {
  std::string typed, edited;
  bool exact, unfinished;
  bool operator==(const Line&) const = default;
};

std::vector<Line> lines_of(std::string_view bytes, size_t piece) {
  std::vector<Line> out;
  const TypedLines::Sink sink = [&](const TypedLine& line) {
    expect(line.typed.size() <= spoor::agent::kTypedLineBytesMax && !line.typed.empty());
    expect(line.edited.size() <= spoor::agent::kTypedLineBytesMax);
    out.push_back({std::string(line.typed), std::string(line.edited), line.edited_exact,
                   line.unfinished});
  };
  TypedLines lines;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    lines.feed(bytes.substr(at, piece), sink);
    expect(lines.pending().size() <= spoor::agent::kTypedLineBytesMax);
    expect(std::string_view(bytes).substr(0, at + piece).ends_with(lines.pending()));
  }
  lines.flush(sink);
  expect(lines.pending().empty() && lines.bytes() < 16 * spoor::agent::kTypedLineBytesMax);
  return out;
}

// The bytes that a name stands for begin `bytes`: how many they are. 0: they do not.
size_t match_name(std::string_view name, std::string_view bytes) {
  for (size_t size = 1; size <= 16 && size <= bytes.size(); ++size) {
    const std::vector<Line> alone = lines_of(bytes.substr(0, size), size);
    if (alone.size() == 1 && alone[0].typed == name) return size;
  }
  return 0;
}

// `shown`, with names taken back to what they stand for, is `bytes` without its Enters. No byte of
// these is '<', so that each '<' begins a name.
void check_all_is_shown(std::string_view shown, std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes[0] == '\r' || bytes[0] == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    expect(!shown.empty());
    size_t shown_size = 1, size = 1;
    if (shown[0] == '<') {
      shown_size = shown.find('>') + 1;
      size = match_name(shown.substr(0, shown_size), bytes);
      expect(shown_size > 1 && size > 0);
    } else {
      expect(shown[0] == bytes[0]);
    }
    shown.remove_prefix(shown_size);
    bytes.remove_prefix(size);
  }
  expect(shown.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<Line> lines = lines_of(bytes, size + 1);
  expect(lines == lines_of(bytes, 1));
  for (char& c : bytes) {
    if (c == '<') c = '(';
  }
  std::string shown;
  for (const Line& line : lines_of(bytes, 7)) shown += line.typed;
  check_all_is_shown(shown, bytes);
  return 0;
}
