#include "agent/source/log_item.h"

#include <algorithm>

#include "agent/limits.h"
#include "common/bytes.h"

namespace spoor::agent {
namespace {

enum Kind : uint8_t { kLine = 1, kPosition = 2 };
enum Flag : uint8_t { kCut = 1, kInContainer = 2 };

static_assert(kLogTextBytesMax <= 0xFFFF && kLogFieldBytesMax <= 0xFFFF);

void put(std::string& to, std::string_view text, size_t size_max) {
  text = text.substr(0, size_max);
  append_le(to, static_cast<uint16_t>(text.size()));
  to.append(text);
}

// After the end it yields zeros, and good() turns false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T number() {
    const std::string_view bytes = take(sizeof(T));
    return bytes.empty() ? T{} : load_le<T>(reinterpret_cast<const uint8_t*>(bytes.data()));
  }
  std::string_view string() { return take(number<uint16_t>()); }
  bool is_whole() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool good_ = true;
};

std::optional<LogItem> read_line(Reader& from) {
  LogLine line;
  const auto source = from.number<uint8_t>();
  if (source != static_cast<uint8_t>(LogLine::Source::journal) &&
      source != static_cast<uint8_t>(LogLine::Source::file)) {
    return std::nullopt;
  }
  line.source = static_cast<LogLine::Source>(source);
  const auto flags = from.number<uint8_t>();
  line.is_cut = (flags & kCut) != 0;
  line.in_container = (flags & kInContainer) != 0;
  line.time_ns = from.number<int64_t>();
  for (uint32_t* n : {&line.pid, &line.uid, &line.tag_pid}) *n = from.number<uint32_t>();
  for (std::string_view* text :
       {&line.comm, &line.exe, &line.tag, &line.origin, &line.cursor, &line.text}) {
    *text = from.string();
  }
  const size_t size = from.number<uint16_t>();
  if (!from.is_whole() || size > line.text.size()) return std::nullopt;
  line.message = line.text.substr(line.text.size() - size);
  return line;
}

std::optional<LogItem> read_position(Reader& from) {
  LogPosition position;
  position.lines_lost = from.number<uint8_t>() != 0;
  position.since_ns = from.number<int64_t>();
  position.suppressed = from.number<uint64_t>();
  position.origin = from.string();
  position.cursor = from.string();
  if (!from.is_whole()) return std::nullopt;
  return position;
}

}  // namespace

void write_log_item(const LogItem& item, std::string& to) {
  to.clear();
  if (const auto* position = std::get_if<LogPosition>(&item)) {
    append_le(to, uint8_t{kPosition});
    append_le(to, static_cast<uint8_t>(position->lines_lost));
    append_le(to, position->since_ns);
    append_le(to, position->suppressed);
    put(to, position->origin, kLogFieldBytesMax);
    put(to, position->cursor, kLogCursorBytesMax);
    return;
  }
  const LogLine& line = std::get<LogLine>(item);
  append_le(to, uint8_t{kLine});
  append_le(to, static_cast<uint8_t>(line.source));
  const bool is_cut = line.is_cut || line.text.size() > kLogTextBytesMax;
  append_le(to, static_cast<uint8_t>((is_cut ? kCut : 0) | (line.in_container ? kInContainer : 0)));
  append_le(to, line.time_ns);
  for (const uint32_t n : {line.pid, line.uid, line.tag_pid}) append_le(to, n);
  for (const std::string_view text : {line.comm, line.exe, line.tag, line.origin}) {
    put(to, text, kLogFieldBytesMax);
  }
  put(to, line.cursor, kLogCursorBytesMax);
  put(to, line.text, kLogTextBytesMax);
  const size_t before = line.text.size() - std::min(line.message.size(), line.text.size());
  const size_t kept = std::min(line.text.size(), kLogTextBytesMax);
  append_le(to, static_cast<uint16_t>(kept - std::min(before, kept)));
}

std::optional<LogItem> read_log_item(std::string_view bytes) {
  Reader from(bytes);
  switch (from.number<uint8_t>()) {
    case kLine: return read_line(from);
    case kPosition: return read_position(from);
    default: return std::nullopt;
  }
}

}  // namespace spoor::agent
