#include "agent/source/replay.h"

#include <charconv>

#include "common/audit/names.h"

namespace spoor::agent {
namespace {

// The number after ` name=`; every one of them must be there.
template <typename T>
Status number_field(std::string_view line, std::string_view name, T& into) {
  const std::string wanted = " " + std::string(name) + "=";
  const size_t at = line.find(wanted);
  if (at == std::string_view::npos) return invalid("no " + std::string(name) + "=");
  const char* const start = line.data() + at + wanted.size();
  const auto [end, error] = std::from_chars(start, line.data() + line.size(), into);
  if (error != std::errc()) return invalid("a bad number after " + std::string(name) + "=");
  return ok();
}

Result<ReplayItem> parse_clock(std::string_view line) {
  Instant now;
  RETURN_IF_ERROR(number_field(line, "real_ns", now.realtime_ns));
  RETURN_IF_ERROR(number_field(line, "boot_ns", now.boottime_ns));
  return ReplayItem(now);
}

Result<ReplayItem> parse_process(std::string_view line) {
  ProcessMessage message;
  RETURN_IF_ERROR(number_field(line, "pid", message.pid));
  RETURN_IF_ERROR(number_field(line, "boot_ns", message.boottime_ns));
  if (line.starts_with("proc fork ")) {
    message.kind = ProcessMessage::Kind::fork;
    RETURN_IF_ERROR(number_field(line, "ppid", message.parent_pid));
  } else {
    message.kind = ProcessMessage::Kind::exit;
    RETURN_IF_ERROR(number_field(line, "status", message.wait_status));
  }
  return ReplayItem(message);
}

Result<ReplayItem> parse_record(std::string_view line) {
  const size_t type_end = line.find(' ');
  if (type_end == std::string_view::npos) return invalid("a record without a body");
  const std::string_view type = line.substr(5, type_end - 5);
  line.remove_prefix(type_end + 1);
  if (line.starts_with("msg=")) line.remove_prefix(4);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(type.data(), type.data() + type.size(), number);
  if (error == std::errc() && end == type.data() + type.size()) {
    return ReplayItem(Datagram{number, line});
  }
  const std::optional<uint16_t> known = record_type_number(type);
  if (!known) return invalid("unknown record type " + std::string(type));
  return ReplayItem(Datagram{*known, line});
}

}  // namespace

Result<ReplayItem> parse_replay_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.empty() || line.front() == '#') return ReplayItem();
  if (line.starts_with("clock ")) return parse_clock(line);
  if (line.starts_with("proc fork ") || line.starts_with("proc exit ")) return parse_process(line);
  if (line.starts_with("node=")) {
    const size_t end = line.find(' ');
    if (end == std::string_view::npos) return invalid("a line with a node and nothing else");
    line.remove_prefix(end + 1);
  }
  if (line.starts_with("type=")) return parse_record(line);
  return invalid("neither a record nor a process message");
}

}  // namespace spoor::agent
