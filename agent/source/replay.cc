#include "agent/source/replay.h"

#include <libaudit.h>

#include <algorithm>
#include <charconv>

#include "common/audit/names.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kNode = "node=";
constexpr int64_t kTimeNsMax = 4'000'000'000 * kNsPerSecond;  // any two can be added

Status check_time(int64_t ns) {
  return ns >= 0 && ns <= kTimeNsMax ? ok() : invalid("a time that cannot be");
}

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
  RETURN_IF_ERROR(check_time(now.realtime_ns));
  RETURN_IF_ERROR(check_time(now.boottime_ns));
  return ReplayItem(now);
}

Result<ReplayItem> parse_process(std::string_view line) {
  ProcessMessage message;
  RETURN_IF_ERROR(number_field(line, "pid", message.pid));
  RETURN_IF_ERROR(number_field(line, "boot_ns", message.boottime_ns));
  RETURN_IF_ERROR(check_time(message.boottime_ns));
  if (line.starts_with("proc fork ")) {
    message.kind = ProcessMessage::Kind::fork;
    RETURN_IF_ERROR(number_field(line, "ppid", message.parent_pid));
  } else {
    message.kind = ProcessMessage::Kind::exit;
    RETURN_IF_ERROR(number_field(line, "status", message.wait_status));
  }
  return ReplayItem(message);
}

// What most lines of most logs are, asked before libaudit's table, which takes longer than all the
// rest of a line.
struct RecordType {
  std::string_view name;
  uint16_t number;
};
constexpr RecordType kUsual[] = {
    {"SYSCALL", AUDIT_SYSCALL}, {"PATH", AUDIT_PATH},           {"EXECVE", AUDIT_EXECVE},
    {"CWD", AUDIT_CWD},         {"PROCTITLE", AUDIT_PROCTITLE}, {"EOE", AUDIT_EOE}};

// By name, `UNKNOWN[1399]` or number; `invalid` for what is none of these.
Result<uint16_t> record_type(std::string_view name) {
  for (const RecordType& usual : kUsual) {
    if (name == usual.name) return usual.number;
  }
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size()) return number;
  const std::optional<uint16_t> known = record_type_number(name);
  if (!known) return invalid("unknown record type " + std::string(name));
  return *known;
}

Result<ReplayItem> parse_record(std::string_view line) {
  const size_t type_end = line.find(' ');
  if (type_end == std::string_view::npos) return invalid("a record without a body");
  ASSIGN_OR_RETURN(const uint16_t type, record_type(line.substr(5, type_end - 5)));
  line.remove_prefix(type_end + 1);
  if (line.starts_with("msg=")) line.remove_prefix(4);
  return ReplayItem(Datagram{type, line});
}

}  // namespace

// `audit(11/22/2026 10:00:00.123:45) : …`, whose date the user's locale has a say in. The kernel's
// own has no space in it.
bool is_interpreted(const Datagram& record) {
  constexpr std::string_view kHead = "audit(";
  constexpr size_t kHeadBytesMax = 64, kPoint = 16, kColon = 20;
  const std::string_view text = record.text;
  // Ten digits of seconds, three of milliseconds: nearly all, and the rest need not be looked at.
  if (text.size() > kColon && text[kPoint] == '.' && text[kColon] == ':') return false;
  if (!text.starts_with(kHead)) return false;
  const std::string_view head = text.substr(kHead.size(), kHeadBytesMax);
  const size_t space = head.find(' '), close = head.find(')');
  return close != std::string_view::npos && space < close;
}

std::string_view compression_of(std::string_view bytes) {
  struct Magic {
    std::string_view bytes, name;
  };
  constexpr Magic kMagics[] = {{"\x1f\x8b", "gzip"},
                               {"\x28\xb5\x2f\xfd", "zstd"},
                               {{"\xfd" "7zXZ\0", 6}, "xz"},
                               {"BZh", "bzip2"},
                               {"\x04\x22\x4d\x18", "lz4"}};
  for (const Magic& magic : kMagics) {
    if (bytes.starts_with(magic.bytes)) return magic.name;
  }
  return {};
}

std::string_view node_of(std::string_view line) {
  if (!line.starts_with(kNode)) return {};
  line.remove_prefix(kNode.size());
  return line.substr(0, std::min(line.find(' '), line.size()));
}

Result<ReplayItem> parse_replay_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("type=")) return parse_record(line);
  if (line.empty() || line.front() == '#') return ReplayItem();
  if (line.starts_with("clock ")) return parse_clock(line);
  if (line.starts_with("proc fork ") || line.starts_with("proc exit ")) return parse_process(line);
  if (line == "----" || line.starts_with("time->")) return ReplayItem();
  if (line.starts_with(kNode)) {
    line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    if (line.starts_with("type=")) return parse_record(line);
  }
  return invalid("neither a record nor a process message");
}

}  // namespace spoor::agent
