#include "agent/correlate/log_room.h"

#include <array>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr std::array kLineTexts = {&LogLine::comm, &LogLine::exe, &LogLine::tag, &LogLine::message,
                                   &LogLine::text, &LogLine::origin};
constexpr std::array kIds = {&LogEvent::uid, &LogEvent::by_uid, &LogEvent::id};

void put_optional(std::string& to, const auto& value) {
  append_le(to, static_cast<uint8_t>(value.has_value()));
  if (value) append_le(to, *value);
}

template <typename T>
void take_optional(BlobReader& from, std::optional<T>& value) {
  value.reset();
  if (from.number<uint8_t>() != 0) value = from.number<T>();
}

}  // namespace

KeptLine::KeptLine(const LogLine& line, const LogEvent& event, Instant read_at)
    : read(read_at), line_(line), event_(event) {
  line_.cursor = {};
  own();
}

// Copies what is viewed, in one order, and views the copy.
void KeptLine::own() {
  auto bytes = std::make_unique<std::string>();
  const auto each = [&](auto&& visit) {
    for (const auto text : kLineTexts) visit(line_.*text);
    for (const auto text : kLogEventTexts) visit(event_.*text);
  };
  each([&](std::string_view& text) { bytes->append(text); });
  size_t at = 0;
  each([&](std::string_view& text) {
    text = std::string_view(*bytes).substr(at, text.size());
    at += text.size();
  });
  bytes_ = std::move(bytes);
}

void KeptLine::save(std::string& to) const {
  append_le(to, read.realtime_ns);
  append_le(to, read.boottime_ns);
  append_le(to, static_cast<uint8_t>(line_.source));
  append_le(to, static_cast<uint8_t>((line_.is_cut ? 1 : 0) | (line_.rewritten ? 2 : 0) |
                                     (line_.in_container ? 4 : 0)));
  append_le(to, line_.time_ns);
  for (const uint32_t n :
       {line_.pid, line_.uid, line_.tag_pid, event_.port, event_.times}) {
    append_le(to, n);
  }
  append_le(to, static_cast<uint8_t>(event_.kind));
  append_le(to, static_cast<uint8_t>(event_.is_invalid_user));
  for (const auto id : kIds) put_optional(to, event_.*id);
  put_optional(to, event_.certificate_serial);
  for (const auto text : kLineTexts) append_string(to, line_.*text);
  for (const auto text : kLogEventTexts) append_string(to, event_.*text);
}

std::optional<KeptLine> KeptLine::restore(BlobReader& from) {
  KeptLine kept;
  kept.read.realtime_ns = from.number<int64_t>();
  kept.read.boottime_ns = from.number<int64_t>();
  const auto source = from.number<uint8_t>();
  LogLine& line = kept.line_;
  LogEvent& event = kept.event_;
  line.source = source == 1 ? LogLine::Source::journal : LogLine::Source::file;
  const auto flags = from.number<uint8_t>();
  line.is_cut = (flags & 1) != 0;
  line.rewritten = (flags & 2) != 0;
  line.in_container = (flags & 4) != 0;
  line.time_ns = from.number<int64_t>();
  for (uint32_t* n : {&line.pid, &line.uid, &line.tag_pid, &event.port, &event.times}) {
    *n = from.number<uint32_t>();
  }
  const auto kind = from.number<uint8_t>();
  if (kind > static_cast<uint8_t>(LogEvent::Kind::password_changed)) return std::nullopt;
  event.kind = static_cast<LogEvent::Kind>(kind);
  event.is_invalid_user = from.number<uint8_t>() != 0;
  for (const auto id : kIds) take_optional(from, event.*id);
  take_optional(from, event.certificate_serial);
  for (const auto text : kLineTexts) line.*text = from.string();
  for (const auto text : kLogEventTexts) event.*text = from.string();
  if (!from.good()) return std::nullopt;
  kept.own();
  return kept;
}

std::optional<KeptLine> LogRoom::take_due(Instant now) {
  if (lines_.empty()) return std::nullopt;
  const bool full = lines_.size() > kLogLinesWaitingMax || bytes_ > kLogBytesWaitingMax;
  if (!full && now.boottime_ns - lines_.front().read.boottime_ns < kLogWaitNs) return std::nullopt;
  return take([](const KeptLine&) { return true; });
}

bool LogRoom::has_come(int64_t after_ns, int64_t by_ns) const {
  const auto first = std::partition_point(
      lines_.begin(), lines_.end(),
      [&](const KeptLine& line) { return line.read.boottime_ns <= after_ns; });
  return first != lines_.end() && first->read.boottime_ns <= by_ns;
}

void LogRoom::save(std::string& to) const {
  append_le(to, static_cast<uint32_t>(lines_.size()));
  for (const KeptLine& line : lines_) line.save(to);
}

bool LogRoom::restore(BlobReader& from) {
  lines_.clear();
  bytes_ = 0;
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i <= kLogLinesWaitingMax && from.good(); ++i) {
    auto line = KeptLine::restore(from);
    if (!line) break;
    wait(std::move(*line));
  }
  if (from.good() && lines_.size() == count) return true;
  lines_.clear();
  bytes_ = 0;
  return false;
}

}  // namespace spoor::agent
