#include "collector/index/session_part_bytes.h"

#include <algorithm>
#include <array>
#include <limits>

#include "common/byte_reader.h"
#include "collector/limits.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

// Bits of a place's first number.
constexpr uint64_t kClosed = 1, kFoundRunning = 2, kHasBoot = 4;
// Bits of how a process ended.
constexpr uint64_t kBad = 1, kSeen = 2;

Status no_part() { return corrupt("index: a part of a session that is none"); }
Status no_event() { return corrupt("index: an event that is none"); }

uint64_t zigzag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
int64_t from_zigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

template <typename Size>
bool adds_up(Size first, uint64_t more) {
  return more <= std::numeric_limits<Size>::max() - first;
}

constexpr std::array kCounts{
    &SessionSums::commands,         &SessionSums::commands_as_root,
    &SessionSums::commands_failed,  &SessionSums::commands_end_unseen,
    &SessionSums::privilege_changes, &SessionSums::privilege_refused,
    &SessionSums::file_changes,     &SessionSums::connections,
    &SessionSums::typed_lines,      &SessionSums::disbelieved,
    &SessionSums::losses,           &SessionSums::events_incomplete,
};

void append_distinct(std::string& to, const DistinctCount& count) {
  append_varint(to, count.least().size() << 1 | (count.is_exact() ? 0u : 1u));
  for (const uint64_t hash : count.least()) append_le(to, hash);
}

bool take_distinct(ByteReader& from, DistinctCount& out) {
  const uint64_t size = from.varint();
  if (size >> 1 > kDistinctMax) return false;
  const ByteView hashes = from.take((size >> 1) * sizeof(uint64_t));
  if (!from.is_ok()) return false;
  std::vector<uint64_t> least;
  for (size_t at = 0; at < hashes.size(); at += 8)
    least.push_back(load_le<uint64_t>(hashes.data() + at));
  const auto count = DistinctCount::of(std::move(least), (size & 1) != 0);
  if (count) out = *count;
  return count.has_value();
}

void append_process(std::string& to, const OpenCommands::Process& process) {
  append_varint(to, process.first);
  append_varint(to, process.second);
}

bool take_process(ByteReader& from, OpenCommands::Process& out) {
  const uint64_t pid = from.varint();
  out = {static_cast<uint32_t>(pid), from.varint()};
  return from.is_ok() && pid == out.first;
}

// Each process once, by itself; so nothing of it matches.
bool take_open(ByteReader& from, OpenCommands& out) {
  OpenCommands::Process process;
  for (uint64_t left = from.varint(); left > 0; --left) {
    if (!take_process(from, process) || out.processes().contains(process)) return false;
    out.start(process);
  }
  for (uint64_t left = from.varint(); left > 0; --left) {
    const uint64_t how = from.varint();
    if (!take_process(from, process) || how > (kBad | kSeen)) return false;
    if (out.ends().contains(process) || out.processes().contains(process)) return false;
    out.end(process, {(how & kBad) != 0, (how & kSeen) != 0});
  }
  return from.is_ok();
}

std::string encode_place(const SessionPart& part, const std::vector<RowRange>& part_rows) {
  std::string out;
  const bool has_boot = part.row.boot_id != Id{};
  append_varint(out, (part.is_closed ? kClosed : 0) | (part.was_found_running ? kFoundRunning : 0) |
                         (has_boot ? kHasBoot : 0));
  append_varint(out, zigzag(part.row.first_ns));
  append_varint(out, static_cast<uint64_t>(part.row.last_ns) -
                         static_cast<uint64_t>(part.row.first_ns));
  append_varint(out, part.row.ses);
  if (has_boot) out += as_text(part.row.boot_id);
  append_varint(out, part.epochs.size());
  for (const auto& [epoch, orders] : part.epochs) {
    append_varint(out, epoch);
    append_varint(out, orders.least);
    append_varint(out, orders.greatest - orders.least);
  }
  append_varint(out, part_rows.size());
  for (const RowRange& rows : part_rows) {
    append_varint(out, rows.block);
    append_varint(out, rows.first);
    append_varint(out, rows.rows);
  }
  return out;
}

bool take_epochs(ByteReader& from, SessionPart& out) {
  for (uint64_t left = from.varint(); left > 0; --left) {
    const uint64_t epoch = from.varint(), least = from.varint(), more = from.varint();
    if (!from.is_ok() || !adds_up(least, more)) return false;
    if (!out.epochs.empty() && epoch <= out.epochs.rbegin()->first) return false;
    out.epochs.emplace_hint(out.epochs.end(), epoch, OrderRange{least, least + more});
  }
  return !out.epochs.empty();
}

bool take_rows(ByteReader& from, SessionPart& out) {
  for (uint64_t left = from.varint(); left > 0; --left) {
    const uint64_t block = from.varint(), first = from.varint(), rows = from.varint();
    const bool fits = first <= std::numeric_limits<uint32_t>::max() &&
                      adds_up(static_cast<uint32_t>(first), rows);
    if (!from.is_ok() || !fits) return false;
    out.rows.push_back({block, static_cast<uint32_t>(first), static_cast<uint32_t>(rows)});
  }
  return from.is_ok();
}

}  // namespace

SessionPartBytes encode_part(const SessionPart& part, const std::vector<RowRange>& rows) {
  SessionPartBytes out;
  out.place = encode_place(part, rows);
  for (const IndexedEvent& event : part.told.events()) {
    const std::string bytes = event.event->SerializeAsString();
    append_varint(out.told, event.epoch);
    append_varint(out.told, bytes.size());
    out.told += bytes;
  }
  for (const auto count : kCounts) append_varint(out.sums, part.sums.*count);
  append_distinct(out.sums, part.sums.files_changed);
  append_distinct(out.sums, part.sums.hosts_contacted);
  append_varint(out.sums, part.sums.open.processes().size());
  for (const auto& process : part.sums.open.processes()) append_process(out.sums, process);
  append_varint(out.sums, part.sums.open.ends().size());
  for (const auto& [process, end] : part.sums.open.ends()) {
    append_varint(out.sums, (end.is_bad ? kBad : 0) | (end.is_seen ? kSeen : 0));
    append_process(out.sums, process);
  }
  return out;
}

Status decode_place(std::string_view bytes, SessionPart& out) {
  ByteReader from(as_bytes(bytes));
  const uint64_t bits = from.varint();
  out.is_closed = (bits & kClosed) != 0;
  out.was_found_running = (bits & kFoundRunning) != 0;
  out.row.first_ns = from_zigzag(from.varint());
  out.row.last_ns =
      static_cast<int64_t>(static_cast<uint64_t>(out.row.first_ns) + from.varint());
  const uint64_t ses = from.varint();
  out.row.ses = static_cast<uint32_t>(ses);
  if ((bits & kHasBoot) != 0) {
    const ByteView boot = from.take(out.row.boot_id.size());
    if (from.is_ok()) std::ranges::copy(boot, out.row.boot_id.begin());
  }
  const bool is_part = from.is_ok() && bits <= (kClosed | kFoundRunning | kHasBoot) &&
                       ses == out.row.ses && out.row.last_ns >= out.row.first_ns &&
                       take_epochs(from, out) && take_rows(from, out) && from.at_end();
  return is_part ? ok() : no_part();
}

Status decode_told(std::string_view bytes, SessionPart& out) {
  ByteReader from(as_bytes(bytes));
  while (!from.at_end()) {
    IndexedEvent event;
    event.epoch = from.varint();
    const ByteView wire = from.take(from.varint());
    auto read = std::make_shared<v1::Event>();
    if (!from.is_ok() || !read->ParseFromArray(wire.data(), static_cast<int>(wire.size())))
      return no_part();
    event.event = std::move(read);
    out.told.add(event);
  }
  return ok();
}

Status decode_sums(std::string_view bytes, SessionPart& out) {
  ByteReader from(as_bytes(bytes));
  for (const auto count : kCounts) out.sums.*count = from.varint();
  const bool is_part = take_distinct(from, out.sums.files_changed) &&
                       take_distinct(from, out.sums.hosts_contacted) &&
                       take_open(from, out.sums.open) && from.at_end();
  return is_part ? ok() : no_part();
}

std::string encode_event(const IndexedEvent& event) {
  std::string out(as_text(event.stream));
  out += static_cast<char>(event.event_class);
  append_varint(out, event.epoch);
  append_varint(out, event.sequence);
  append_varint(out, zigzag(event.received_ns));
  append_varint(out, event.entry);
  append_varint(out, event.agent.size());
  out += event.agent;
  event.event->AppendToString(&out);
  return out;
}

Result<IndexedEvent> decode_event(std::string_view bytes) {
  ByteReader from(as_bytes(bytes));
  IndexedEvent out;
  const ByteView stream = from.take(out.stream.size());
  const ByteView event_class = from.take(1);
  if (!from.is_ok() || event_class[0] < 1 || event_class[0] > kEventClasses) return no_event();
  std::ranges::copy(stream, out.stream.begin());
  out.event_class = static_cast<EventClass>(event_class[0]);
  out.epoch = from.varint();
  out.sequence = from.varint();
  out.received_ns = from_zigzag(from.varint());
  out.entry = from.varint();
  out.agent = as_text(from.take(from.varint()));
  const ByteView wire = from.take(from.left());
  auto event = std::make_shared<v1::Event>();
  if (!from.is_ok() || !event->ParseFromArray(wire.data(), static_cast<int>(wire.size())))
    return no_event();
  out.event = std::move(event);
  return out;
}

}  // namespace spoor::collector
